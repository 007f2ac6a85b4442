"""How a pod of Gatekeeper's release is run as a process: what is carried over, and what in other words.

Nothing is dropped silently: a flag, a mount or a variable that is not known here is a problem, and the pod is not run.
The flags are those of Gatekeeper 3.23.1 (`gatekeeper --help`, main.go).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CARRIED = frozenset(
    (
        "additional-mutating-webhook-configs-to-rotate-certs",
        "additional-validating-webhook-configs-to-rotate-certs",
        "admission-events-involved-namespace",
        "alsologtostderr",
        "audit-channel",
        "audit-chunk-size",
        "audit-connection",
        "audit-events-involved-namespace",
        "audit-from-cache",
        "audit-interval",
        "audit-match-kind-only",
        "cert-service-name",
        "constraint-violations-limit",
        "default-create-vap-binding-for-constraints",
        "default-create-vap-for-templates",
        "default-k8s-native-validation-failure-policy",
        "default-wait-for-vapb-generation",
        "disable-cert-rotation",
        "disable-enforcementaction-validation",
        "disable-opa-builtin",
        "emit-admission-events",
        "emit-audit-events",
        "enable-external-data",
        "enable-generator-resource-expansion",
        "enable-k8s-native-validation",
        "enable-mutation",
        "enable-referential-rules",
        "enable-tls-healthcheck",
        "enable-violation-export",
        "exempt-namespace",
        "exempt-namespace-prefix",
        "exempt-namespace-suffix",
        "external-data-provider-response-cache-ttl",
        "log-denies",
        "log-level",
        "log-level-encoder",
        "log-level-key",
        "log-mutations",
        "log-stats-admission",
        "log-stats-audit",
        "logtostderr",
        "max-serving-threads",
        "mutating-webhook-configuration-name",
        "mutation-annotations",
        "operation",
        "readiness-retries",
        "stderrthreshold",
        "sync-vap-enforcement-scope",
        "tls-min-version",
        "v",
        "validating-webhook-configuration-name",
        "vmodule",
    )
)
"""Flags that mean the same in a process as in a container."""

PUT_IN_OTHER_WORDS = frozenset(
    (
        "api-cache-dir",
        "cert-dir",
        "health-addr",
        "host",
        "metrics-backend",
        "port",
        "prometheus-port",
        "shutdown-delay",
    )
)
"""Flags that say where something is, or where to listen; see `Place.flags`."""

CERTIFICATES, AUDIT = "/certs", "/tmp/audit"  # noqa: S108 - a path inside the container
_VARIABLE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")


@dataclass(frozen=True)
class Place:
    """Where a pod's process finds what the container has elsewhere. Ports are on loopback."""

    binary: Path
    folder: Path
    """The pod's own: `kubeconfig` of its service account, `certs` with its secret, `audit` for what it writes."""
    webhook_port: int
    health_port: int

    def flags(self) -> list[str]:
        """What replaces the flags that are put in other words.

        The Prometheus exporter would listen on every address; the other one only connects, and not before a day is
        over. A process that is to end need not wait for the network to forget it.
        """
        return [
            f"--kubeconfig={self.folder / 'kubeconfig'}",
            "--host=127.0.0.1",
            f"--port={self.webhook_port}",
            f"--health-addr=127.0.0.1:{self.health_port}",
            f"--cert-dir={self.folder / 'certs'}",
            f"--api-cache-dir={self.folder / 'audit'}",
            "--metrics-backend=opentelemetry",
            "--otlp-endpoint=127.0.0.1:9",
            "--otlp-metric-interval=24h",
            "--shutdown-delay=0",
        ]


@dataclass(frozen=True)
class Plan:
    """How to run a pod, or why it can't be run."""

    command: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    problems: tuple[str, ...] = ()


def plan(pod: Mapping[str, Any], place: Place, version: str) -> Plan:
    """Put a pod's container in a process's words. `version` is the binary's, like v3.23.1."""
    containers = pod["spec"]["containers"]
    if len(containers) != 1 or pod["spec"].get("initContainers"):
        return Plan(problems=("one container was expected, and none to initialise",))
    container = containers[0]
    flags, problems = _flags(container)
    environment, unknown = _environment(pod, container)
    problems += unknown + _mounts(pod, container) + _program(container, version)
    if problems:
        return Plan(problems=tuple(problems))
    return Plan((str(place.binary), *flags, *place.flags()), environment)


def webhook_ports(pod: Mapping[str, Any]) -> frozenset[str]:
    """What a Service may call the port that the webhook listens on: its number in the release, and its name."""
    container = pod["spec"]["containers"][0]
    numbers = [value for name, value in _split(container) if name == "port"]
    names = [port.get("name", "") for port in container.get("ports", []) if str(port["containerPort"]) in numbers]
    return frozenset([*numbers, *names])


def _flags(container: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    carried: list[str] = []
    problems: list[str] = []
    for argument, (name, _) in zip(container.get("args", []), _split(container), strict=True):
        if name in CARRIED:
            carried.append(argument)
        elif name not in PUT_IN_OTHER_WORDS:
            problems.append(f"{argument}: not known how to carry this over to a process outside the cluster")
    return carried, problems


def _split(container: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each argument as the flag's name and its value; no name where it is not a flag."""
    parts = [argument.partition("=") for argument in container.get("args", [])]
    return [(name.lstrip("-") if name.startswith("-") else "", value) for name, _, value in parts]


def _environment(pod: Mapping[str, Any], container: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    fields = {"metadata.name": pod["metadata"]["name"], "metadata.namespace": pod["metadata"]["namespace"]}
    environment: dict[str, str] = {}
    problems: list[str] = []
    for variable in container.get("env", []):
        name, source = variable["name"], variable.get("valueFrom")
        if source is None:
            value = variable.get("value", "")
            environment[name] = _VARIABLE.sub(lambda found: environment.get(found[1], found[0]), value)
        elif source.get("fieldRef", {}).get("fieldPath") in fields:
            environment[name] = fields[source["fieldRef"]["fieldPath"]]
        else:
            problems.append(f"variable {name}: not known where its value comes from")
    if container.get("envFrom"):
        problems.append("envFrom: not known how to carry this over to a process outside the cluster")
    return environment, problems


def _mounts(pod: Mapping[str, Any], container: Mapping[str, Any]) -> list[str]:
    kinds = {CERTIFICATES: "secret", AUDIT: "emptyDir"}
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
    return [
        f"the mount at {mount['mountPath']}: only {CERTIFICATES} (a secret) and {AUDIT} (an emptyDir) are known here"
        for mount in container.get("volumeMounts", [])
        if "/serviceaccount" not in mount["mountPath"]
        and kinds.get(mount["mountPath"], "nothing") not in volumes[mount["name"]]
    ]


def _program(container: Mapping[str, Any], version: str) -> list[str]:
    problems = [] if container.get("command", ["/manager"]) == ["/manager"] else [f"command {container['command']}"]
    tag = container["image"].rpartition(":")[2]
    if tag != version:
        problems.append(f"the release runs {container['image']}, and what was built here is {version}")
    return problems
