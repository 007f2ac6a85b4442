"""What the API server refuses in containers: names, images, resources, ports, mounts, security contexts."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

from airflow_infra.assurance.admission.wording import LARGEST_ID, Problem, not_one_of
from airflow_infra.assurance.check.types import Manifest
from airflow_infra.rehearsal.providers.kubernetes.syntax import is_dns_label, is_qualified_name, quantity

_LISTS = ("containers", "initContainers", "ephemeralContainers")
_STANDARD = frozenset({"cpu", "memory", "ephemeral-storage"})
_PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
_FOR_RUNNING_ONES = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
_RESTARTS = ("Always", "OnFailure", "Never")
_LAST_PORT = 65535
_is_name = lru_cache(maxsize=4096)(is_dns_label)
_PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")


def container_problems(spec: Manifest, volumes: set[str]) -> Iterator[Problem]:
    """What is wrong with all the containers of a pod, which has these volumes."""
    if not spec.get("containers"):
        yield "spec.containers", "missing, but at least one is required"
    names: set[str] = set()
    for field in _LISTS:
        for index, container in enumerate(spec.get(field) or ()):
            path, name = f"spec.{field}[{index}]", container.get("name") or ""
            if not _is_name(name):
                reason = f"{name!r} is no DNS-1123 label: lower-case letters, digits and '-', at most 63"
                yield f"{path}.name", reason if name else "missing, but required"
            elif name in names:
                yield f"{path}.name", f"{name!r} is the name of another container of the pod"
            names.add(name)
            yield from _container(path, container, volumes, spec)
            if field == "initContainers" and container.get("restartPolicy") != "Always":
                for forbidden in _FOR_RUNNING_ONES:
                    if forbidden in container:
                        reason = "may not be set for an init container without restartPolicy: Always"
                        yield f"{path}.{forbidden}", reason


def _container(path: str, container: Manifest, volumes: set[str], spec: Manifest) -> Iterator[Problem]:
    if not container.get("image"):
        yield f"{path}.image", "missing, but required"
    for field, words in (
        ("imagePullPolicy", ("Always", "IfNotPresent", "Never")),
        ("terminationMessagePolicy", ("File", "FallbackToLogsOnError")),
        ("restartPolicy", _RESTARTS),
    ):
        if container.get(field) and container[field] not in words:
            yield not_one_of(f"{path}.{field}", container[field], words)
    if container.get("restartPolicy") == "":
        yield not_one_of(f"{path}.restartPolicy", "", _RESTARTS)
    if container.get("resources"):
        yield from resource_problems(f"{path}.resources", container["resources"])
    if container.get("ports"):
        yield from _ports(f"{path}.ports", container["ports"], host_network=bool(spec.get("hostNetwork")))
    if container.get("volumeMounts"):
        yield from _mounts(f"{path}.volumeMounts", container["volumeMounts"], volumes)
    for index, variable in enumerate(container.get("env") or ()):
        name = variable.get("name") or ""
        if not _is_variable(name):
            yield f"{path}.env[{index}].name", f"{name!r} is no name: printable ASCII characters without '='"
        if variable.get("value") and variable.get("valueFrom"):
            yield f"{path}.env[{index}].valueFrom", "may not be specified when value is not empty"
    context = container.get("securityContext")
    if context:
        yield from security_problems(f"{path}.securityContext", context)
        yield from _contradictions(f"{path}.securityContext", context, spec)


def _contradictions(path: str, context: Manifest, spec: Manifest) -> Iterator[Problem]:
    mount = context.get("procMount")
    if mount is not None and mount not in {"Default", "Unmasked"}:
        yield not_one_of(f"{path}.procMount", mount, ("Default", "Unmasked"))
    elif mount == "Unmasked" and spec.get("hostUsers") is not False:
        yield f"{path}.procMount", "hostUsers must be false to use Unmasked"
    if context.get("allowPrivilegeEscalation") is False:
        if context.get("privileged"):
            yield path, "cannot set allowPrivilegeEscalation to false and privileged to true"
        if "CAP_SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or ()):
            yield path, "cannot set allowPrivilegeEscalation to false and add the capability CAP_SYS_ADMIN"


def resource_problems(path: str, resources: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with requests and limits."""
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for field, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            number = _amount(amount)
            if number is None:
                yield f"{path}.{field}.{name}", f"{amount!r} is no quantity, such as 500m, 2 or 1.5Gi"
            elif number < 0:
                yield f"{path}.{field}.{name}", f"{amount} must be 0 or more"
            elif name not in _STANDARD:
                yield from _other(f"{path}.{field}.{name}", name, number)
    for name, amount in requests.items():
        asked, limit = _amount(amount), _amount(limits.get(name, ""))
        if asked is None:
            continue
        if limit is None:
            if name not in limits and not _overcommits(name):
                yield f"{path}.limits", f"a limit of {name} is required beside the request: it is not shared"
        elif asked > limit:
            yield f"{path}.requests", f"{amount} must be less than or equal to {name} limit of {limits[name]}"
        elif asked != limit and not _overcommits(name):
            yield f"{path}.requests", f"{amount} must be equal to {name} limit of {limits[name]}"


def _other(path: str, name: str, number: Decimal) -> Iterator[Problem]:
    if name.startswith("hugepages-"):
        return
    if not is_qualified_name(name) or "/" not in name or name.startswith("requests."):
        yield path, f"{name!r} is no resource: cpu, memory, ephemeral-storage, hugepages-<size>, or one with a domain"
    elif not _overcommits(name) and number != number.to_integral_value():
        yield path, f"must be an integer: {name} is counted in whole devices"


def _overcommits(name: str) -> bool:
    return ("/" not in name or "kubernetes.io/" in name) and not name.startswith("hugepages-")


@lru_cache(maxsize=4096)
def _is_variable(name: str) -> bool:
    return name != "" and "=" not in name and name.isprintable() and name.isascii()


@lru_cache(maxsize=4096)
def _amount(value: str) -> Decimal | None:
    return quantity(value)


def _ports(path: str, ports: list[Manifest], *, host_network: bool) -> Iterator[Problem]:
    names: set[str] = set()
    taken: set[tuple[Any, ...]] = set()
    for index, port in enumerate(ports):
        at, own, host = f"{path}[{index}]", port.get("containerPort", 0), port.get("hostPort", 0)
        if not 1 <= own <= _LAST_PORT:
            yield f"{at}.containerPort", f"must be between 1 and {_LAST_PORT}, got {own}"
        if host and not 1 <= host <= _LAST_PORT:
            yield f"{at}.hostPort", f"must be between 1 and {_LAST_PORT}, got {host}"
        elif host and host_network and host != own:
            yield f"{at}.hostPort", "must match containerPort when hostNetwork is true"
        if port.get("protocol") and port["protocol"] not in {"TCP", "UDP", "SCTP"}:
            yield not_one_of(f"{at}.protocol", port["protocol"], ("TCP", "UDP", "SCTP"))
        name, use = port.get("name"), (port.get("protocol") or "TCP", port.get("hostIP"), host)
        if name and not _PORT_NAME.fullmatch(name):
            yield f"{at}.name", f"{name!r} is no name of a port: lower-case letters, digits and '-', at most 15"
        elif name and name in names:
            yield f"{at}.name", f"{name!r} is the name of another port"
        if host and use in taken:
            yield f"{at}.hostPort", f"{host} is taken by another port"
        names.add(name or "")
        taken.add(use)


def _mounts(path: str, mounts: list[Manifest], volumes: set[str]) -> Iterator[Problem]:
    places: set[str] = set()
    for index, mount in enumerate(mounts):
        name, place = mount.get("name") or "", mount.get("mountPath") or ""
        if name not in volumes:
            yield f"{path}[{index}].name", f"the pod has no volume {name!r}"
        if not place or place in places:
            reason = f"{place!r} is the path of another mount" if place else "missing, but required"
            yield f"{path}[{index}].mountPath", reason
        places.add(place)
        inner = mount.get("subPath") or ""
        if not _relative(inner):
            yield f"{path}[{index}].subPath", f"{inner!r} must be a relative path without '..'"


def _relative(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/")


def security_problems(path: str, context: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with the part of a security context that pods and containers share."""
    for field in ("runAsUser", "runAsGroup", "fsGroup"):
        if not 0 <= context.get(field, 0) <= LARGEST_ID:
            yield f"{path}.{field}", f"must be between 0 and {LARGEST_ID}"
    for field in ("seccompProfile", "appArmorProfile"):
        profile = context.get(field)
        if profile is None:
            continue
        if profile.get("type") not in _PROFILES:
            yield not_one_of(f"{path}.{field}.type", profile.get("type"), _PROFILES)
        elif (profile["type"] == "Localhost") != ("localhostProfile" in profile):
            yield f"{path}.{field}.localhostProfile", "must be set when the type is Localhost, and only then"
        elif "localhostProfile" in profile:
            name = profile["localhostProfile"]
            if field == "appArmorProfile" and (not name or name != name.strip()):
                yield f"{path}.{field}.localhostProfile", f"{name!r} is no name of a profile"
            elif field == "seccompProfile" and not _relative(name):
                yield f"{path}.{field}.localhostProfile", f"{name!r} must be a relative path without '..'"
