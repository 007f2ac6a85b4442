"""What `check` says of pods that are created and of updates, put beside a real API server's answers."""

from pathlib import Path
from typing import Any

from airflow_infra.assurance.admission.pod_security import PodSecurity
from airflow_infra.assurance.check.checker import Checker
from airflow_infra.assurance.check.types import Finding, Manifest
from airflow_infra.policies.stack import StackPolicies
from airflow_infra.rehearsal.providers.kubernetes.syntax import quantity
from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings
from tests.e2e.engines import OwnEngine

AIRFLOW = "airflow"
_TOKEN = "kube-api-access-"
"""The volume that the API server adds for a token of its own; `check` leaves it out."""


class WithoutMutation(Checker):
    """What happens while Gatekeeper is down: nobody fills in what a pod left out."""

    def admitted(self, pod: Manifest) -> Manifest:
        """A sound pod with the API server's defaults only."""
        return self._defaulting.defaulted(self._schema.without_nulls(pod))


def checker(kind: type[Checker], settings: StackSettings, policies: Path, gator: Path | None = None) -> Checker:
    """A checker of the dev stack."""
    return kind(settings, Names("dev", settings.account.id, settings.account.region), policies, gator)


class UpdateJudge:
    """What is said of a change of a pod that exists."""

    def __init__(self, policies: StackPolicies, minor: str) -> None:
        self._engine, self._security = OwnEngine(policies), PodSecurity(minor)

    def findings(self, new: Manifest, old: Manifest) -> tuple[Finding, ...]:
        """Pod Security looks again only where a container is added; the policies always do."""
        request = {"operation": "UPDATE", "object": new, "oldObject": old}
        found = tuple(Finding(name, message) for name, message in self._engine.refusals({"request": request}).items())
        if new["metadata"]["namespace"] == AIRFLOW and new["spec"].get("ephemeralContainers"):
            return (*self._security.findings(new), *found)
        return found


def what_is_filled_in(pod: Manifest) -> Manifest:
    """What of a pod defaults and mutators touch, in words that are the same for a pod of ours and one of the server."""
    spec = pod["spec"]
    return {
        "accounts": [spec["serviceAccountName"], spec["serviceAccount"]],
        "security": _context(spec.get("securityContext")),
        "tolerations": [{key: value for key, value in one.items() if value != ""} for one in spec["tolerations"]],
        "volumes": [sorted(one) for one in spec.get("volumes") or () if not one["name"].startswith(_TOKEN)],
        "containers": [
            (one["name"], _context(one.get("securityContext")), _amounts(one, "requests"), _amounts(one, "limits"))
            for field in ("initContainers", "containers")
            for one in spec.get(field) or ()
        ],
    }


def _context(context: Manifest | None) -> Manifest:
    found = dict(context or {})
    if "capabilities" in found:  # an empty list is none
        found["capabilities"] = {name: names for name, names in found["capabilities"].items() if names}
    return found


def _amounts(container: Manifest, field: str) -> dict[str, Any]:
    return {name: quantity(amount) for name, amount in (container["resources"].get(field) or {}).items()}
