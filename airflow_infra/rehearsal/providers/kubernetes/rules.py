"""Rules of meaning that Kubernetes' schemas leave out, by the definition that a value follows.

What Kubernetes itself refuses is refused here. Three things that Kubernetes accepts and ignores are refused too,
because nobody wants them: an RBAC verb that does not exist, an RBAC resource that its group does not have, and an
unknown Pod Security label. Sources: the RBAC, Pod Security admission, resource quota and limit range pages of the
Kubernetes documentation (general knowledge, not read in a dated source).
"""

import base64
import binascii
import ipaddress
from typing import Any

from airflow_infra.rehearsal.providers.kubernetes.errors import Problem
from airflow_infra.rehearsal.providers.kubernetes.kinds import Kind
from airflow_infra.rehearsal.providers.kubernetes.schema import Schemas, path_text
from airflow_infra.rehearsal.providers.kubernetes.syntax import (
    Path,
    is_dns_label,
    label_problems,
    metadata_problems,
    name_problems,
    quantity,
)
from airflow_infra.rehearsal.providers.suggestions import suggestion

RBAC_GROUP = "rbac.authorization.k8s.io"
VERBS = frozenset(
    {
        "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "*",
        "use", "bind", "escalate", "impersonate", "approve", "sign", "attest",
    }
)  # fmt: skip
_VIRTUAL_RESOURCES = frozenset({"*", "users", "groups", "userextras", "signers", "tokenrequests"})
_POD_SECURITY = "pod-security.kubernetes.io/"
_POD_SECURITY_MODES = ("enforce", "audit", "warn")
_POD_SECURITY_LEVELS = ("privileged", "baseline", "restricted")
_QUOTA_RESOURCES = frozenset(
    {
        "cpu", "memory", "ephemeral-storage", "storage", "requests.cpu", "requests.memory",
        "requests.ephemeral-storage", "requests.storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage",
        "pods", "services", "services.nodeports", "services.loadbalancers", "replicationcontrollers",
        "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims",
    }
)  # fmt: skip
_SELECTOR_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def problems(schemas: Schemas, kind: Kind, manifest: dict[str, Any]) -> list[Problem]:
    """What is wrong in a manifest of a built-in kind, beyond its schema."""
    found = name_problems(kind, manifest.get("metadata") or {})
    if kind.kind == "Namespace":
        found += _pod_security((manifest.get("metadata") or {}).get("labels") or {}, schemas.minor)
    if kind.kind == "Secret":
        found += _secret(manifest)
    if kind.kind in {"RoleBinding", "ClusterRoleBinding"}:
        found += _binding(kind.kind, manifest)
    for path, definition, value in schemas.positions(kind, manifest):
        found += _position(schemas, path, definition, value)
    return found


def _position(schemas: Schemas, path: Path, definition: str, value: Any) -> list[Problem]:
    if definition == "Quantity":
        if isinstance(value, str | int | float) and quantity(value) is None:
            return [Problem(path_text(path), f"{value!r} is no quantity, such as 500m, 2 or 1.5Gi")]
        return []
    if not isinstance(value, dict):
        return []
    match definition:
        case "ObjectMeta":
            return metadata_problems(path, value)
        case "LabelSelector":
            return _selector(path, value)
        case "PolicyRule" if "verbs" in value:
            return _rule(schemas, path, value)
        case "ResourceRequirements":
            return _ordered(path, value, ("requests", "limits"))
        case "LimitRangeItem":
            return _ordered(path, value, ("min", "defaultRequest", "default", "max"))
        case "ResourceQuotaSpec":
            return _quota(path, value)
        case "IPBlock":
            return _ip_block(path, value)
        case "Container" | "EphemeralContainer" if isinstance(value.get("name"), str):
            if not is_dns_label(value["name"]):
                return [Problem(path_text((*path, "name")), f"{value['name']!r} is no DNS-1123 label")]
        case _:
            pass
    return []


def _pod_security(labels: dict[str, Any], minor: str) -> list[Problem]:
    found: list[Problem] = []
    known = [mode + suffix for mode in _POD_SECURITY_MODES for suffix in ("", "-version")]
    for key, value in labels.items():
        if not key.startswith(_POD_SECURITY):
            continue
        path, word = path_text(("metadata", "labels", key)), key.removeprefix(_POD_SECURITY)
        if word not in known:
            reason = "no Pod Security label: Kubernetes ignores it"
            found.append(Problem(path, reason + suggestion(word, known)))
        elif word in _POD_SECURITY_MODES and value not in _POD_SECURITY_LEVELS:
            found.append(Problem(path, f"expected one of {', '.join(_POD_SECURITY_LEVELS)}, got {value!r}"))
        elif word.endswith("-version") and value != "latest" and not str(value).startswith("v1."):
            found.append(Problem(path, f"expected latest or a minor such as v{minor}, got {value!r}"))
    return found


def _secret(manifest: dict[str, Any]) -> list[Problem]:
    found: list[Problem] = []
    for key, value in (manifest.get("data") or {}).items():
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError, TypeError):
            found.append(Problem(path_text(("data", key)), "expected base64; plain text belongs in stringData"))
    return found


def _binding(kind: str, manifest: dict[str, Any]) -> list[Problem]:
    found: list[Problem] = []
    role = manifest.get("roleRef") or {}
    expected = ("ClusterRole",) if kind == "ClusterRoleBinding" else ("Role", "ClusterRole")
    if role.get("kind") and role["kind"] not in expected:
        found.append(Problem("roleRef.kind", f"a {kind} binds a {' or '.join(expected)}, got {role['kind']!r}"))
    if role.get("apiGroup") and role["apiGroup"] != RBAC_GROUP:
        found.append(Problem("roleRef.apiGroup", f"expected {RBAC_GROUP}, got {role['apiGroup']!r}"))
    for index, subject in enumerate(manifest.get("subjects") or []):
        path, word = ("subjects", index), subject.get("kind")
        group = subject.get("apiGroup")
        if word not in {"User", "Group", "ServiceAccount"}:
            found.append(Problem(path_text((*path, "kind")), f"expected User, Group or ServiceAccount, got {word!r}"))
        elif word == "ServiceAccount" and not subject.get("namespace"):
            found.append(Problem(path_text((*path, "namespace")), "missing: a ServiceAccount needs its namespace"))
        elif word == "ServiceAccount" and group:
            found.append(Problem(path_text((*path, "apiGroup")), f"a ServiceAccount has none, got {group!r}"))
        elif word != "ServiceAccount" and group not in {None, "", RBAC_GROUP}:
            found.append(Problem(path_text((*path, "apiGroup")), f"expected {RBAC_GROUP}, got {group!r}"))
    return found


def _rule(schemas: Schemas, path: Path, rule: dict[str, Any]) -> list[Problem]:
    found: list[Problem] = []
    for index, verb in enumerate(rule.get("verbs") or []):
        if verb not in VERBS:
            reason = f"there is no verb {verb!r}: Kubernetes would accept it and grant nothing"
            reason += (
                "; describe needs get, and list of events" if verb == "describe" else suggestion(verb, list(VERBS))
            )
            found.append(Problem(path_text((*path, "verbs", index)), reason))
    groups = rule.get("apiGroups") or []
    served = {group: {kind.plural for kind, _ in schemas.kinds.values() if kind.group == group} for group in groups}
    if not groups or not all(served.values()):
        return found  # a group of custom resources or of an aggregated API: its resources are not known here
    known = set[str]().union(*served.values())
    for index, resource in enumerate(rule.get("resources") or []):
        if str(resource).partition("/")[0] not in known | _VIRTUAL_RESOURCES:
            where = " or ".join(repr(group) for group in groups)
            reason = f"API group {where} has no resource {resource!r}: Kubernetes would accept it and grant nothing"
            found.append(
                Problem(path_text((*path, "resources", index)), reason + suggestion(str(resource), list(known)))
            )
    return found


def _selector(path: Path, selector: dict[str, Any]) -> list[Problem]:
    found: list[Problem] = []
    for key, value in (selector.get("matchLabels") or {}).items():
        found += label_problems((*path, "matchLabels", key), key, value)
    for index, expression in enumerate(selector.get("matchExpressions") or []):
        at, operator, values = (*path, "matchExpressions", index), expression.get("operator"), expression.get("values")
        if operator not in _SELECTOR_OPERATORS:
            reason = f"expected one of {', '.join(_SELECTOR_OPERATORS)}, got {operator!r}"
            found.append(Problem(path_text((*at, "operator")), reason))
        elif operator in {"In", "NotIn"} and not values:
            found.append(Problem(path_text((*at, "values")), f"missing: {operator} needs values"))
        elif operator in {"Exists", "DoesNotExist"} and values:
            found.append(Problem(path_text((*at, "values")), f"{operator} takes no values"))
    return found


def _ordered(path: Path, value: dict[str, Any], rising: tuple[str, ...]) -> list[Problem]:
    """Resource amounts that must rise from one field to the next, where both name the resource."""
    found: list[Problem] = []
    amounts = {field: value.get(field) or {} for field in rising}
    for position, low in enumerate(rising):
        for high in rising[position + 1 :]:
            for resource in amounts[low].keys() & amounts[high].keys():
                below, above = quantity(amounts[low][resource]), quantity(amounts[high][resource])
                if below is not None and above is not None and below > above:
                    reason = f"{amounts[low][resource]} is above {high}.{resource} {amounts[high][resource]}"
                    found.append(Problem(path_text((*path, low, resource)), reason))
    return found


def _quota(path: Path, spec: dict[str, Any]) -> list[Problem]:
    def known(resource: str) -> bool:
        return (
            resource in _QUOTA_RESOURCES
            or "/" in resource
            or resource.startswith(("hugepages-", "requests.hugepages-"))
        )

    return [
        Problem(
            path_text((*path, "hard", resource)),
            f"no resource that a quota knows{suggestion(resource, list(_QUOTA_RESOURCES))}",
        )
        for resource in spec.get("hard") or {}
        if not known(resource)
    ]


def _ip_block(path: Path, block: dict[str, Any]) -> list[Problem]:
    try:
        whole = ipaddress.ip_network(block.get("cidr", ""), strict=False)
    except ValueError:
        return [Problem(path_text((*path, "cidr")), f"expected a CIDR such as 10.0.0.0/8, got {block.get('cidr')!r}")]
    return [
        Problem(path_text((*path, "except", index)), f"{cidr!r} is not inside {whole}")
        for index, cidr in enumerate(block.get("except") or [])
        if not _inside(cidr, whole)
    ]


def _inside(cidr: str, whole: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        part: Any = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False
    return part.version == whole.version and part != whole and part.subnet_of(whole)


def custom_problems(kind: Kind, manifest: dict[str, Any]) -> list[Problem]:
    """What is wrong in the metadata of a custom resource."""
    metadata: dict[str, Any] = manifest.get("metadata") or {}
    return name_problems(kind, metadata) + metadata_problems(("metadata",), metadata)
