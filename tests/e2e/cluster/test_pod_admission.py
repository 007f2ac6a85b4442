"""What the API server itself refuses and fills in, by `check` and by a real one: 1.36.3, no Gatekeeper."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.assurance.admission.defaulting import Defaulting
from airflow_infra.assurance.admission.pod_security import PodSecurity
from airflow_infra.assurance.admission.schema import PodSchema
from airflow_infra.assurance.admission.validation import validate
from airflow_infra.assurance.check.types import Finding
from airflow_infra.cluster.api import Api, ApiError, Manifest
from airflow_infra.cluster.cluster import Cluster
from airflow_infra.rehearsal.providers.kubernetes.syntax import quantity
from airflow_infra.settings.eks import AirflowNamespace
from tests.e2e.odd_pods import FULL, odd_pods

PODS = "/api/v1/namespaces/airflow/pods"
LIMITS = AirflowNamespace()
EVERY = 3
"""Of the odd pods: there are ten thousand of them."""
NOT_LOOKED_AT = ("livenessProbe", "lifecycle", "labelSelector", "serviceAccountName = '", "= '-'")
"""What validation.py says it leaves out; and a lone sign, which the API server takes for zero."""
STATUS = {"schema": {400, 422}, "api server": {403, 422}, "pod security": {403, 422}}
"""Pod security speaks last: a pod that it refuses may be invalid for what is left out."""


@pytest.fixture(scope="module")
def api(binaries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    cluster = Cluster(tmp_path_factory.mktemp("pods") / "cluster", binaries)
    cluster.up()
    api = cluster.api()
    enforce = {"pod-security.kubernetes.io/enforce": "baseline"}
    limits = {
        "type": "Container",
        "defaultRequest": {"cpu": LIMITS.default_cpu, "memory": LIMITS.default_memory},
        "default": {"memory": LIMITS.default_memory},
    }
    api.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "airflow", "labels": enforce}},
        _named("LimitRange", "tasks", spec={"limits": [limits]}),
        _named("ServiceAccount", "default", automountServiceAccountToken=False),
    )
    _wait_for_the_limit_range(api)
    yield api
    cluster.down()


def _named(kind: str, name: str, **rest: Any) -> Manifest:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "airflow"}, **rest}


def _wait_for_the_limit_range(api: Api) -> None:
    """The admission plugin reads limit ranges from a cache."""
    pod = _named("Pod", "first", spec={"containers": [{"name": "base", "image": "local.invalid/task:1"}]})
    deadline = time.monotonic() + 30
    while not api.call("POST", PODS, pod, dryRun="All")["spec"]["containers"][0]["resources"]:
        assert time.monotonic() < deadline, "the limit range does not show"
        time.sleep(0.1)


class Own:
    """What `check` asks before it asks the policies."""

    def __init__(self) -> None:
        self._schema, self._defaulting, self._security = PodSchema("1.36"), Defaulting(LIMITS), PodSecurity("1.36")

    def findings(self, pod: Manifest) -> tuple[Finding, ...]:
        return self._schema.findings(pod) or validate(self.stored(pod)) or self._security.findings(self.stored(pod))

    def stored(self, pod: Manifest) -> Manifest:
        return self._defaulting.defaulted(self._schema.without_nulls(pod))


@pytest.fixture(scope="module")
def own() -> Own:
    return Own()


def _created(api: Api, pod: Manifest) -> Manifest | ApiError:
    try:
        return api.call("POST", PODS, pod, dryRun="All", fieldValidation="Strict")
    except ApiError as error:
        return error


def _looked_at() -> list[tuple[str, Manifest]]:
    made = [one for number, one in enumerate(odd_pods()) if number % EVERY == 0 or one[0].startswith("more: ")]
    return [(what, pod) for what, pod in made if not any(part in what for part in NOT_LOOKED_AT)]


def test_a_pod_with_everything_is_taken_by_both(api: Api, own: Own) -> None:
    assert own.findings(FULL) == ()
    assert not isinstance(_created(api, FULL), ApiError)


@dataclass(frozen=True)
class Compared:
    what: str
    pod: Manifest
    findings: tuple[Finding, ...]
    answer: Manifest | ApiError


@pytest.fixture(scope="module")
def compared(api: Api, own: Own) -> list[Compared]:
    return [Compared(what, pod, own.findings(pod), _created(api, pod)) for what, pod in _looked_at()]


def test_both_refuse_the_same_pods(compared: list[Compared], record_property: Callable[[str, object], None]) -> None:
    disagreements: list[str] = []
    counts: Counter[str] = Counter()
    for one in compared:
        by = one.findings[0].by if one.findings else "admitted"
        counts[by] += 1
        status, said = (one.answer.status, one.answer.message) if isinstance(one.answer, ApiError) else (201, "created")
        if status not in STATUS.get(by, {201}):
            disagreements.append(f"{one.what}: {[found.message for found in one.findings]}, but {status} {said}")
    said = ", ".join(f"{count} {by}" for by, count in counts.most_common())
    record_property("compared", f"the API server by itself: {len(compared)} odd pods, {said}")
    assert disagreements == []
    assert min(counts[by] for by in (*STATUS, "admitted")) > 20


def test_pod_security_gives_the_api_servers_reasons(compared: list[Compared]) -> None:
    count = 0
    for one in compared:
        if isinstance(one.answer, ApiError) and one.answer.status == 403 and one.findings[0].by == "pod security":
            count += 1
            # An annotation of AppArmor is made a field by the API server, so that more is blamed for it.
            parts = [found.message.partition(": ")[2] for found in one.findings if "AppArmor" not in found.message]
            assert all(part in one.answer.message for part in parts), f"{one.what}: {parts}, but {one.answer.message}"
    assert count > 20


def test_the_same_is_filled_in(compared: list[Compared], own: Own) -> None:
    count = 0
    for one in compared:
        # A pod that asks for its token gets a volume for it, which is left out here: the policies refuse such a pod.
        if not isinstance(one.answer, ApiError) and not one.what.startswith("spec.automountServiceAccountToken"):
            count += 1
            assert _what_counts(own.stored(one.pod)) == _what_counts(one.answer), one.what
    assert count > 100


def _what_counts(pod: Manifest) -> Manifest:
    spec = pod["spec"]
    return {
        "accounts": [spec.get("serviceAccountName"), spec.get("serviceAccount")],
        "tolerations": [{key: value for key, value in one.items() if value != ""} for one in spec["tolerations"]],
        "volumes": [sorted(one) for one in spec.get("volumes") or ()],
        "containers": [
            (_amounts(one, "requests"), _amounts(one, "limits"), [port.get("hostPort") or 0 for port in one["ports"]])
            if one.get("ports")
            else (_amounts(one, "requests"), _amounts(one, "limits"))
            for field in ("initContainers", "containers")
            for one in spec.get(field) or ()
        ],
    }


def _amounts(container: Manifest, field: str) -> dict[str, Any]:
    return {name: quantity(amount) for name, amount in (container["resources"].get(field) or {}).items()}
