"""What the API server fills in before policies see a pod, as far as policies or the scheduler can see it.

Sources: Kubernetes 1.36.3, pkg/apis/core/v1/defaults.go, and the admission plugins limitranger, serviceaccount and
defaulttolerationseconds, which run in this order before the mutating webhooks. Left out: what nothing here looks at
(restart policy, pull policy, grace period, priority ...) and the volume of a service account's token, which the
platform's service accounts switch off and the policies refuse to those who switch it on.
"""

import re
from dataclasses import replace
from typing import Any

from airflow_infra.assurance.admission.matching import namespace_of
from airflow_infra.assurance.admission.reads import Reads
from airflow_infra.assurance.check.types import Finding, Manifest
from airflow_infra.settings.eks import AirflowNamespace
from airflow_infra.settings.names import AIRFLOW_NAMESPACE

_CONTAINERS = ("containers", "initContainers")
_REQUESTS = re.compile(r"spec\.(?P<field>containers|initContainers)\[(?P<index>\d+)\]\.resources\.requests")
_KEPT_ON_LOST_NODE = tuple(
    {"key": f"node.kubernetes.io/{condition}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    for condition in ("not-ready", "unreachable")
)


class Defaulting:
    """Defaults of the API server, and of the airflow namespace."""

    def __init__(self, limits: AirflowNamespace) -> None:
        self._requests = {"cpu": limits.default_cpu, "memory": limits.default_memory}
        self._limits = {"memory": limits.default_memory}

    def defaulted(self, pod: Manifest) -> Manifest:
        """A pod without nulls as the mutating webhooks get it. The pod given is left as it is."""
        namespace = namespace_of(pod)
        spec = dict(pod.get("spec") or {})
        for field in _CONTAINERS:
            if spec.get(field):
                spec[field] = [self._container(one, namespace, spec) for one in spec[field]]
        if spec.get("volumes"):
            # A volume that names no source is an empty folder.
            spec["volumes"] = [one if one.keys() - {"name"} else {**one, "emptyDir": {}} for one in spec["volumes"]]
        spec.setdefault("securityContext", {})
        account = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
        spec["serviceAccountName"] = spec["serviceAccount"] = account
        spec["tolerations"] = _tolerations(spec.get("tolerations") or [])
        metadata = {**(pod.get("metadata") or {}), "namespace": namespace}
        return {**pod, "metadata": metadata, "spec": spec}

    def explained(self, finding: Finding, pod: Manifest) -> Finding:
        """What the API server refuses in a pod, with what to do where a limit that it filled in is the reason."""
        place = _REQUESTS.fullmatch(finding.path or "")
        if place is None or not finding.message.endswith(f" memory limit of {self._limits['memory']}"):
            return finding
        resources = pod["spec"][place["field"]][int(place["index"])].get("resources") or {}
        if "memory" in (resources.get("limits") or {}):
            return finding
        advice = (
            f"(the default limit of the {AIRFLOW_NAMESPACE} namespace, as the container names none): "
            f"write limits: {{memory: {resources['requests']['memory']}}}"
        )
        return replace(finding, message=f"{finding.message} {advice}")

    def reads(self) -> Reads:
        """What of a pod decides about the defaults."""
        found = Reads().add(
            "metadata.namespace",
            "spec.hostNetwork",
            "spec.serviceAccountName",
            "spec.serviceAccount",
            "spec.tolerations",
            "spec.volumes[*]",
        )
        return found.add(*(f"spec.{field}[*].{part}" for field in _CONTAINERS for part in ("resources", "ports")))

    def _container(self, container: Manifest, namespace: str, spec: Manifest) -> Manifest:
        resources: Manifest = container.get("resources") or {}
        limits, requests = _quantities(resources.get("limits")), _quantities(resources.get("requests"))
        requests = {**limits, **requests}
        if namespace == AIRFLOW_NAMESPACE:
            limits, requests = {**self._limits, **limits}, {**self._requests, **requests}
        filled = {**container, "resources": {**resources, "limits": limits, "requests": requests}}
        for name in ("limits", "requests"):
            if not filled["resources"][name]:
                del filled["resources"][name]
        if spec.get("hostNetwork") and container.get("ports"):
            filled["ports"] = [
                port if port.get("hostPort") else {**port, "hostPort": port.get("containerPort", 0)}
                for port in container["ports"]
            ]
        return filled


def _quantities(amounts: Any) -> dict[str, Any]:
    """Quantities as the API server hands them on, as text."""
    return {name: amount if isinstance(amount, str) else str(amount) for name, amount in (amounts or {}).items()}


def _tolerations(tolerations: list[Manifest]) -> list[Manifest]:
    """Tolerations, with those of a node that is lost for a while, where a pod has none of its own for that."""
    added = [
        ours
        for ours in _KEPT_ON_LOST_NODE
        if not any(
            theirs.get("key", "") in {ours["key"], ""} and theirs.get("effect", "") in {"NoExecute", ""}
            for theirs in tolerations
        )
    ]
    return [*tolerations, *added]
