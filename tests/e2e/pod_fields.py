"""Parts of generated pods: what single fields hold, as hypothesis strategies."""

import copy
from typing import Any

from hypothesis import strategies as st

Manifest = dict[str, Any]
Strategy = st.SearchStrategy[Any]

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_DIGEST = "@sha256:" + 64 * "0"


def fields(**strategies: Strategy) -> Strategy:
    """A mapping in which each field is set or not."""
    return st.fixed_dictionaries({}, optional=strategies)


def capabilities(names: list[str]) -> Strategy:
    added = st.lists(st.sampled_from(names), max_size=3) if names else st.just([])
    return fields(capabilities=fields(add=added, drop=st.just(["ALL"])))


def profile(*types: str) -> Strategy:
    return st.sampled_from(types).map(
        lambda name: {"type": name, **({"localhostProfile": "task.json"} if name == "Localhost" else {})}
    )


RESOURCES: list[Manifest] = [
    {},
    {"requests": {}, "limits": {}},
    {"requests": {"cpu": "1", "memory": "1Gi"}},
    {"limits": {"cpu": "1", "memory": "1Gi"}},
    {"requests": {"cpu": "1m", "memory": "10Mi"}},
    {"requests": {"cpu": 1, "memory": 1073741824}, "limits": {"cpu": 2, "memory": 1073741824}},
    {"requests": {"cpu": 0.5, "memory": "1e9"}, "limits": {"memory": "2e9"}},
    {"requests": {"cpu": "0", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
    {"requests": {"cpu": "0m", "memory": "0"}, "limits": {"memory": "0Gi"}},
    {"requests": {"cpu": "0.0", "memory": 0}, "limits": {"memory": "0e3"}},
    {"requests": {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Gi"}, "limits": {"memory": "1.5Gi"}},
]
ALLOWED_VOLUMES: list[Manifest] = [
    {"emptyDir": {}},
    {"configMap": {"name": "settings"}},
    {"secret": {"secretName": "password"}},
    {"persistentVolumeClaim": {"claimName": "claim"}},
    {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
    {"projected": {"sources": [{"configMap": {"name": "settings"}}]}},
    {"csi": {"driver": "s3.csi.aws.com"}},
]


def token(*audiences: str | None) -> Manifest:
    """A projected volume with a token for each audience; None is the API server's own."""
    sources = [
        {"serviceAccountToken": {"path": f"token-{at}", **({} if audience is None else {"audience": audience})}}
        for at, audience in enumerate(audiences)
    ]
    return {"projected": {"sources": sources}}


OTHER_VOLUMES: list[Manifest] = [
    {"hostPath": {"path": "/var/run"}},
    {"nfs": {"server": "nfs.invalid", "path": "/"}},
    {"image": {"reference": "registry.invalid/model:1"}},
    token(None),
    token("sts.amazonaws.com"),
    token("pods.eks.amazonaws.com", "vault"),
    token(""),
    {"projected": {"sources": []}},
]


def volumes(kinds: list[Manifest], least: int = 0) -> Strategy:
    return st.lists(st.sampled_from(kinds), min_size=least, max_size=3).map(
        lambda chosen: [{"name": f"volume-{at}", **copy.deepcopy(kind)} for at, kind in enumerate(chosen)]
    )


_IMAGES = (
    *("alpine", "alpine:3.22", f"alpine{_DIGEST}", "apache/airflow:3.3.1", "docker.io/alpine", "docker.io/a/b"),
    *("index.docker.io/alpine", "index.docker.io/a/b", "localhost/task", "localhost:5000/task", "host:5000/task"),
    *("HOST/task", "host/task", "é.example/task", "É/task", "task\nof two lines", "/", "//task", ":", "a b/c"),
    *("registry.invalid/" + "a" * 400, "docker.io/", "docker.io", "index.docker.io/"),
)


def images(registries: list[str]) -> Strategy:
    near = [
        "{}/task:1",
        "{}/a/b" + _DIGEST,
        "{}:5000/task",
        "{}.example/task",
        "{}-other/task",
        "{}",
        "{}:1",
        "{}" + _DIGEST,
        "library/{}/task",
        "X{}/task",
        "{}/",
    ]
    shaped = st.tuples(st.sampled_from(near), st.sampled_from(registries)).map(lambda both: both[0].format(both[1]))
    known = st.sampled_from(_IMAGES)
    odd = st.text("aZ.:/@-é\n ", min_size=1, max_size=12).map(str.strip).filter(bool)
    return st.one_of(shaped, known, odd)


def roles(below: str, names: tuple[str, ...]) -> Strategy:
    role = st.sampled_from(names).flatmap(lambda name: st.sampled_from((name, below + name)))
    return role.map(lambda value: {"iam.amazonaws.com/role": value, "note": "x"})


def on(group: Manifest) -> Manifest:
    """What places a pod on a group."""
    label, *_ = group["labels"]
    term = {"matchExpressions": [{"key": label["key"], "operator": "In", "values": [label["value"]]}]}
    return {
        "tolerations": [{"operator": "Equal", **taint} for taint in group["taints"]],
        "affinity": {"nodeAffinity": {_REQUIRED: {"nodeSelectorTerms": [term]}}},
    }


def tolerations(groups: list[Manifest]) -> Strategy:
    taints = [taint for group in groups for taint in group["taints"]]
    keys, values = sorted({taint["key"] for taint in taints}), sorted({taint["value"] for taint in taints})
    key, effect = st.sampled_from([*keys, *keys, "other"]), fields(effect=st.sampled_from(("NoSchedule", "NoExecute")))
    value = st.sampled_from([*values, *values, "other", ""])
    equal = st.tuples(key, effect, fields(operator=st.just("Equal")), fields(value=value))
    exists = st.tuples(fields(key=key), effect, st.just({"operator": "Exists"}))
    return st.one_of(
        equal.map(lambda parts: {"key": parts[0], **parts[1], **parts[2], **parts[3]}),
        exists.map(lambda parts: {**parts[0], **parts[1], **parts[2]}),
        st.sampled_from([{"operator": "Equal", **taint} for taint in taints]),
    )


def placement(groups: list[Manifest], toleration: Strategy) -> Strategy:
    labels = [label for group in groups for label in group["labels"]]
    keys, values = sorted({label["key"] for label in labels}), sorted({label["value"] for label in labels})
    pair = st.sampled_from([(label["key"], label["value"]) for label in labels]) | st.tuples(
        st.sampled_from([*keys, "other"]), st.sampled_from([*values, "other"])
    )
    listed = st.one_of(
        pair.map(lambda it: {"key": it[0], "operator": "In", "values": [it[1]]}),
        pair.map(lambda it: {"key": it[0], "operator": "In", "values": [it[1], "other"]}),
        pair.map(lambda it: {"key": it[0], "operator": "NotIn", "values": [it[1]]}),
        st.sampled_from(keys).map(lambda key: {"key": key, "operator": "Exists"}),
        st.sampled_from(keys).map(lambda key: {"key": key, "operator": "DoesNotExist"}),
        st.sampled_from(keys).map(lambda key: {"key": key, "operator": "Gt", "values": ["1"]}),
    )
    term = fields(
        matchExpressions=st.lists(listed, max_size=2),
        matchFields=st.just([{"key": "metadata.name", "operator": "In", "values": ["node"]}]),
    )
    required = st.lists(term, min_size=1, max_size=2).map(lambda terms: {_REQUIRED: {"nodeSelectorTerms": terms}})
    fitting = st.sampled_from([on(group) for group in groups])
    return fields(
        tolerations=fitting.map(lambda it: it["tolerations"]) | st.lists(toleration, min_size=1, max_size=2),
        nodeSelector=st.lists(pair, max_size=1).map(dict),
        affinity=st.one_of(
            fitting.map(lambda it: it["affinity"]),
            required.map(lambda it: {"nodeAffinity": it}),
            st.sampled_from([{}, {"nodeAffinity": {}}]),
        ),
        nodeName=st.sampled_from(("", "node")),
    )
