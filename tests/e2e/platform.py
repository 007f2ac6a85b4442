"""A real API server with all that the dev stack's program puts on it, asked about pods without keeping them."""

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

from airflow_infra.cli.rehearse import RehearseOptions, rehearsal
from airflow_infra.cluster.api import MERGE, ApiError, Manifest
from airflow_infra.cluster.cluster import Cluster
from airflow_infra.cluster.release import Gatekeeper
from airflow_infra.settings.readers import load_stack
from tests.e2e.answers import Answer
from tests.e2e.pods import NAMESPACES, SERVICE_ACCOUNTS

PROJECT = Path(__file__).parents[2]
STACK = load_stack("dev", PROJECT, as_of=date(2026, 11, 22))
CLIENTS = 4
ROUNDS = 3
"""Right answers in a row until the servers count as settled: Gatekeeper has two webhooks, asked in turn."""

_REGISTRATION = "/apis/admissionregistration.k8s.io/v1"
_CONSTRAINTS = "/apis/constraints.gatekeeper.sh/v1beta1"


class Try(NamedTuple):
    """A request that changes nothing: to create a pod, or to put it in the place of one."""

    method: Literal["POST", "PUT"]
    path: str
    pod: Manifest


def creation(pod: Manifest) -> Try:
    """To create a pod in its namespace."""
    return Try("POST", pods_path(pod), pod)


def update(pod: Manifest) -> Try:
    """To change a pod that exists: by its own subresource where it has got an ephemeral container."""
    below = "/ephemeralcontainers" if pod["spec"].get("ephemeralContainers") else ""
    return Try("PUT", f"{pods_path(pod)}/{pod['metadata']['name']}{below}", pod)


def pods_path(pod: Manifest) -> str:
    """Where the pods of its namespace are."""
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods"


class Platform:
    """The API server, as an administrator has it, and its Gatekeeper."""

    def __init__(self, cluster: Cluster) -> None:
        self._api = cluster.api()
        self.gatekeeper = Gatekeeper(cluster)
        for namespace in NAMESPACES:
            for name in SERVICE_ACCOUNTS:
                if self._api.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}") is None:
                    metadata = {"name": name, "namespace": namespace}
                    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
                    self._api.apply({**account, "automountServiceAccountToken": False})

    def answers(self, tries: Iterable[Try]) -> list[Answer]:
        """What the API server says to each, in their order."""
        with ThreadPoolExecutor(CLIENTS) as clients:
            return list(clients.map(self._answer, tries))

    def _answer(self, one: Try) -> Answer:
        try:
            stored = self._api.call(one.method, one.path, one.pod, dryRun="All", fieldValidation="Strict")
        except ApiError as error:
            return Answer(error.status, error.message, {})
        return Answer(200, "", stored)

    def keep(self, pods: Sequence[Manifest]) -> list[Manifest | None]:
        """Create pods that no scheduler touches: each as it is stored, or None where it is refused."""

        def kept(pod: Manifest) -> Manifest | None:
            unscheduled = {**pod, "spec": {**pod["spec"], "schedulerName": "nobody"}}
            try:
                return self._api.call("POST", pods_path(pod), unscheduled)
            except ApiError as error:
                if error.status not in (403, 422):
                    raise
                return None

        with ThreadPoolExecutor(CLIENTS) as clients:
            return list(clients.map(kept, pods))

    def policies(self) -> list[Manifest]:
        """The ValidatingAdmissionPolicies that Gatekeeper has made of the templates."""
        return self._api.call("GET", f"{_REGISTRATION}/validatingadmissionpolicies")["items"]

    def webhook(self) -> Manifest:
        """Gatekeeper's validating webhook."""
        name = "gatekeeper-validating-webhook-configuration"
        return self._api.call("GET", f"{_REGISTRATION}/validatingwebhookconfigurations/{name}")["webhooks"][0]

    def settle(self, probes: Iterable[Manifest], answered: Callable[[Answer], object]) -> None:
        """Wait until pods that are refused by one policy each are answered as they should be, again and again."""
        tries, deadline, rounds = [creation(pod) for pod in probes], time.monotonic() + 90, 0
        while rounds < ROUNDS:
            wrong = [answer for answer in self.answers(tries) if not answered(answer)]
            rounds = 0 if wrong else rounds + 1
            assert time.monotonic() < deadline, f"not settled: {wrong[0]}"
            time.sleep(0.3)

    def enforce(self, action: Literal["dryrun", "webhook", "deny"]) -> None:
        """Make all constraints record only, or refuse at Gatekeeper's webhook only, or refuse as the stack says."""
        spec: Manifest = {"enforcementAction": action, "scopedEnforcementActions": None}
        if action == "webhook":
            point = {"action": "deny", "enforcementPoints": [{"name": "validation.gatekeeper.sh"}]}
            spec = {"enforcementAction": "scoped", "scopedEnforcementActions": [point]}
        kinds = [one["name"] for one in self._api.call("GET", _CONSTRAINTS)["resources"] if "/" not in one["name"]]
        for kind in kinds:
            for one in self._api.call("GET", f"{_CONSTRAINTS}/{kind}")["items"]:
                self._api.call("PATCH", f"{_CONSTRAINTS}/{kind}/{one['metadata']['name']}", {"spec": spec}, MERGE)


@contextmanager
def platform(binaries: Path, folder: Path) -> Generator[Platform]:
    """What the program makes of an empty API server; it is taken down afterwards."""
    cluster = Cluster(folder, binaries)
    cluster.up()
    try:
        with rehearsal(STACK, PROJECT, options=RehearseOptions(kubeconfig=cluster.kubeconfig())) as running:
            running.up()
            assert running.result.errors == []
            yield Platform(cluster)
    finally:
        cluster.down()
