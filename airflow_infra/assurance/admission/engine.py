"""The engine that judges pods by the policies of a stack, without a cluster and without Gatekeeper."""

from airflow_infra.assurance.admission.cel import CelPolicies, Refusal
from airflow_infra.assurance.admission.findings import field_of, messages
from airflow_infra.assurance.admission.matching import matches_namespace, namespace_of
from airflow_infra.assurance.check.types import Finding, Manifest
from airflow_infra.policies.stack import StackPolicies


class CelEngine:
    """The policies' CEL, in this process.

    It says what Gatekeeper's webhook says, and what the API server says by itself by the ValidatingAdmissionPolicies
    that Gatekeeper makes of the same source: both match by the constraint.
    """

    def __init__(self, policies: StackPolicies) -> None:
        """Raises `ValueError` for a constraint that matches by what is not understood here."""
        self._matches = [
            (applied, matches_namespace(applied.constraint["spec"]["match"], f"policy {applied.policy.name}"))
            for applied in policies.policies
        ]
        self._by_namespace: dict[str, CelPolicies] = {}

    def findings(self, pod: Manifest) -> tuple[Finding, ...]:
        """What the policies say of one pod that is created, which is as it is after mutation."""
        refusals = self.policies_of(namespace_of(pod)).refusals(pod, _request(pod))
        return tuple(found for refusal in refusals for found in _findings(refusal, pod)) if refusals else ()

    def policies_of(self, namespace: str) -> CelPolicies:
        """The policies that pods of a namespace are judged by, compiled when first asked for."""
        found = self._by_namespace.get(namespace)
        if found is None:
            found = CelPolicies([applied for applied, matches in self._matches if matches(namespace)])
            self._by_namespace[namespace] = found
        return found


def _request(pod: Manifest) -> Manifest:
    metadata = pod.get("metadata") or {}
    kind = {"group": "", "version": "v1", "kind": "Pod"}
    return {
        "operation": "CREATE",
        "kind": kind,
        "name": metadata.get("name", ""),
        "namespace": metadata.get("namespace", ""),
    }


def _findings(refusal: Refusal, pod: Manifest) -> list[Finding]:
    applied = refusal.policy
    return [
        Finding(applied.policy.name, text, field_of(text, pod), applied.action, failed=refusal.failed)
        for text in messages(refusal.message)
    ]
