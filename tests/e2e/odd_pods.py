"""Pods with one thing odd about them: each field of a full pod, set to what it may and what it may not be."""

import copy
from collections.abc import Iterator
from typing import Any

Manifest = dict[str, Any]

_IMAGE = "local.invalid/task:1"
_EXPRESSION = {"key": "pool", "operator": "In", "values": ["large"]}
_TERM = {
    "labelSelector": {"matchLabels": {"app": "task"}},
    "topologyKey": "kubernetes.io/hostname",
}
FULL: Manifest = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "full",
        "namespace": "airflow",
        "labels": {"dag_id": "hello"},
        "annotations": {"iam.amazonaws.com/role": "task"},
    },
    "spec": {
        "restartPolicy": "Never",
        "serviceAccountName": "default",
        "automountServiceAccountToken": False,
        "activeDeadlineSeconds": 3600,
        "hostNetwork": False,
        "hostPID": False,
        "hostIPC": False,
        "hostUsers": True,
        "shareProcessNamespace": False,
        "nodeSelector": {"pool": "large"},
        "dnsPolicy": "ClusterFirst",
        "hostname": "task",
        "schedulerName": "default-scheduler",
        "securityContext": {
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "runAsNonRoot": True,
            "fsGroup": 1000,
            "supplementalGroups": [1000],
            "fsGroupChangePolicy": "Always",
            "seccompProfile": {"type": "RuntimeDefault"},
            "appArmorProfile": {"type": "RuntimeDefault"},
            "seLinuxOptions": {"type": "container_t", "level": "s0"},
            "sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}],
            "windowsOptions": {"hostProcess": False},
        },
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {
                            "matchExpressions": [_EXPRESSION],
                            "matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}],
                        }
                    ]
                },
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 1, "preference": {"matchExpressions": [{"key": "zone", "operator": "Exists"}]}}
                ],
            },
            "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [_TERM]},
            "podAntiAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": _TERM}]
            },
        },
        "tolerations": [
            {"key": "pool", "operator": "Equal", "value": "large", "effect": "NoExecute", "tolerationSeconds": 60},
            {"operator": "Exists"},
        ],
        "volumes": [
            {"name": "scratch", "emptyDir": {"sizeLimit": "1Gi"}},
            {"name": "settings", "configMap": {"name": "settings"}},
            {"name": "secret", "secret": {"secretName": "secret"}},
            {"name": "claim", "persistentVolumeClaim": {"claimName": "claim"}},
            {
                "name": "token",
                "projected": {
                    "sources": [
                        {"serviceAccountToken": {"audience": "sts.amazonaws.com", "path": "token"}},
                        {"configMap": {"name": "more"}},
                    ]
                },
            },
            {"name": "driver", "csi": {"driver": "efs.csi.aws.com"}},
        ],
        "initContainers": [
            {
                "name": "setup",
                "image": _IMAGE,
                "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
                "securityContext": {"runAsUser": 1000, "allowPrivilegeEscalation": False},
            },
            {"name": "sidecar", "image": _IMAGE, "restartPolicy": "Always"},
        ],
        "containers": [
            {
                "name": "base",
                "image": _IMAGE,
                "imagePullPolicy": "IfNotPresent",
                "terminationMessagePolicy": "File",
                "command": ["run"],
                "args": ["--fast"],
                "env": [{"name": "MODE", "value": "fast"}],
                "ports": [{"name": "http", "containerPort": 8080, "hostPort": 0, "protocol": "TCP"}],
                "volumeMounts": [{"name": "scratch", "mountPath": "/scratch", "subPath": "task"}],
                "resources": {
                    "requests": {"cpu": "500m", "memory": "1Gi", "ephemeral-storage": "1Gi"},
                    "limits": {"cpu": "1", "memory": "1Gi"},
                },
                "livenessProbe": {"httpGet": {"port": 8080, "host": ""}},
                "lifecycle": {"preStop": {"exec": {"command": ["stop"]}}},
                "securityContext": {
                    "privileged": False,
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "runAsUser": 1000,
                    "runAsNonRoot": True,
                    "procMount": "Default",
                    "capabilities": {"add": ["CHOWN"], "drop": ["ALL"]},
                    "seccompProfile": {"type": "Localhost", "localhostProfile": "task.json"},
                    "appArmorProfile": {"type": "Localhost", "localhostProfile": "task"},
                    "seLinuxOptions": {"type": "container_t"},
                },
            }
        ],
    },
}
GONE = object()
"""The field is left out."""
VALUES: tuple[Any, ...] = (
    GONE, None, "", "x", "Bad Name!", "-", "a/b", "abc/../d", "/abs", "x" * 64, "x" * 254, "0", "1", "-1", "1.5", "2Gi",
    0, 1, -1, 1.5, 3.0, 70_000, 2**31, 2**63, True, False, [], [None], ["x"], {}, {"x": None}, {"x": "y"},
    "Exists", "Equal", "NotIn", "Gt", "DoesNotExist", "NoSchedule", "Never", "Always", "OnFailure", "Unconfined",
    "Localhost", "Unmasked", "windows", "system-node-critical", "SYS_ADMIN", "CAP_SYS_ADMIN", "kernel.msgmax",
)  # fmt: skip


def odd_pods() -> Iterator[tuple[str, Manifest]]:
    """What is odd, and the pod."""
    for path in _paths(FULL, ()):
        for value in VALUES:
            yield f"{'.'.join(map(str, path))} = {'(gone)' if value is GONE else repr(value)[:40]}", _with(path, value)
    yield from ((f"more: {path} = {value!r}", _with(path, value)) for path, value in _MORE)


_SPEC: tuple[str | int, ...] = ("spec",)
_BASE: tuple[str | int, ...] = ("spec", "containers", 0)
_MORE: list[tuple[tuple[str | int, ...], Any]] = [
    ((*_SPEC, "hostNetwork"), True),
    ((*_SPEC, "priorityClassName"), "system-cluster-critical"),
    ((*_SPEC, "priorityClassName"), "own"),
    ((*_SPEC, "priority"), 5),
    ((*_SPEC, "os"), {"name": "linux"}),
    ((*_SPEC, "os"), {"name": "solaris"}),
    ((*_SPEC, "runtimeClassName"), "gvisor"),
    ((*_SPEC, "preemptionPolicy"), "Never"),
    ((*_SPEC, "ephemeralContainers"), [{"name": "debug", "image": _IMAGE}]),
    ((*_SPEC, "volumes", 0), {"name": "scratch", "hostPath": {"path": "/a"}}),
    ((*_SPEC, "volumes", 0), {"name": "scratch", "hostPath": {"path": "/a/../b"}}),
    ((*_SPEC, "volumes", 0), {"name": "scratch", "hostPath": {"path": "/a", "type": "Nothing"}}),
    ((*_SPEC, "volumes", 0), {"name": "scratch", "emptyDir": {}, "configMap": {"name": "a"}}),
    ((*_SPEC, "volumes", 1, "name"), "scratch"),
    ((*_SPEC, "initContainers", 0, "name"), "base"),
    ((*_SPEC, "initContainers", 0, "livenessProbe"), {"exec": {"command": ["x"]}}),
    ((*_BASE, "ports", 0, "hostPort"), 8080),
    ((*_BASE, "livenessProbe", "httpGet", "host"), "elsewhere"),
    ((*_BASE, "resources"), {"requests": {"memory": "4Gi"}}),
    ((*_BASE, "resources"), {"requests": {"gpu": "1"}}),
    ((*_BASE, "resources"), {"requests": {"nvidia.com/gpu": "1"}}),
    ((*_BASE, "resources"), {"limits": {"nvidia.com/gpu": "1"}}),
    ((*_BASE, "resources"), {"limits": {"nvidia.com/gpu": "1.5"}}),
    ((*_BASE, "resources"), {"requests": {"cpu": 1, "memory": 1.5e9}, "limits": {"memory": 2e9}}),
    ((*_BASE, "resources"), {"requests": {"cpu": "1e3", "memory": "1E"}, "limits": {"memory": "1E"}}),
    ((*_BASE, "securityContext", "capabilities", "add"), ["CHOWN", "NET_RAW"]),
    ((*_BASE, "securityContext", "windowsOptions"), {"hostProcess": True}),
    ((*_BASE, "securityContext", "seLinuxOptions", "user"), "system_u"),
    (("metadata", "annotations", "container.apparmor.security.beta.kubernetes.io/sidecar"), "unconfined"),
    (("metadata", "annotations", "container.apparmor.security.beta.kubernetes.io/sidecar"), "runtime/default"),
    (("metadata", "annotations", "bad key"), "x"),
    (("metadata", "labels", "bad key"), "x"),
    (("metadata", "labels", "Example.com/a"), "x"),
    (("metadata", "generateName"), "x-"),
]


def _paths(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if path and path not in {("apiVersion",), ("kind",), ("metadata",), ("metadata", "namespace")}:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _paths(item, (*path, index))


def _with(path: tuple[str | int, ...], value: Any) -> Manifest:
    pod = copy.deepcopy(FULL)
    place: Any = pod
    for step in path[:-1]:
        place = place[step]
    if value is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = copy.deepcopy(value)
    return pod
