"""Pod Security level baseline, which the airflow namespace enforces: the API server itself refuses by it.

Rules and wording as in Kubernetes 1.36.3 (k8s.io/pod-security-admission/policy, read November 2026), in the order in
which the API server names them. Where a rule changed with a minor, the stack's minor decides, as the namespace's label
names no version; those of sysctls and SELinux options are as they have been since 1.32.
"""

from collections.abc import Iterator
from typing import Any

from airflow_infra.assurance.check.types import Finding, Manifest

_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
_PROFILES = frozenset({"RuntimeDefault", "Localhost"})
_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
        "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    }
)  # fmt: skip
_SELINUX_TYPES = frozenset({"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"})
_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    }
)  # fmt: skip
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("postStart", "preStop")
_HOSTS_SINCE = (1, 34)
_UNMASKED_IN_USER_NAMESPACE_SINCE = (1, 35)

Violation = tuple[str, str]
"""What is forbidden, and who sets it."""


class PodSecurity:
    """Level baseline as one Kubernetes minor, such as `1.36`, has it."""

    def __init__(self, minor: str) -> None:
        major, _, rest = minor.partition(".")
        version = (int(major), int(rest))
        self._judges_hosts = version >= _HOSTS_SINCE
        self._relaxes_proc_mount = version >= _UNMASKED_IN_USER_NAMESPACE_SINCE

    def findings(self, pod: Manifest) -> tuple[Finding, ...]:
        """What the level forbids in a pod, which is as it is after mutation."""
        spec = pod["spec"]
        containers = [container for field in _CONTAINERS for container in spec.get(field) or ()]
        violations = [*self._violations(pod, containers)]
        return tuple(
            Finding("pod security", f'violates PodSecurity "baseline:latest": {reason} ({detail})', path)
            for (reason, detail), path in violations
        )

    def _violations(self, pod: Manifest, containers: list[Manifest]) -> Iterator[tuple[Violation, str]]:
        spec = pod["spec"]
        security: Manifest = spec.get("securityContext") or {}
        contexts = [(one.get("name", ""), one["securityContext"]) for one in containers if one.get("securityContext")]
        annotations = (pod.get("metadata") or {}).get("annotations") or {}
        yield from _at("spec.securityContext", _app_armor(security, contexts, annotations))
        yield from _at("spec.containers", _capabilities(contexts))
        spaces = [f"{name}=true" for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name)]
        if spaces:
            yield ("host namespaces", ", ".join(spaces)), f"spec.{spaces[0].removesuffix('=true')}"
        host_paths = [one.get("name", "") for one in spec.get("volumes") or () if "hostPath" in one]
        if host_paths:
            yield ("hostPath volumes", f"{_plural('volume', host_paths)} {_quoted(host_paths)}"), "spec.volumes"
        yield from _at("spec.containers", _host_ports(containers))
        if self._judges_hosts:
            yield from _at("spec.containers", _hosts(containers))
        privileged = [name for name, context in contexts if context.get("privileged")]
        if privileged:
            detail = f"{_who(privileged)} must not set securityContext.privileged=true"
            yield ("privileged", detail), "spec.containers"
        if not (self._relaxes_proc_mount and spec.get("hostUsers") is False):
            yield from _at("spec.containers", _proc_mount(contexts))
        yield from _at("spec.securityContext", _selinux(security, contexts))
        yield from _at("spec.securityContext", _seccomp(security, contexts))
        unsafe = [
            name for name in (one.get("name", "") for one in security.get("sysctls") or ()) if name not in _SYSCTLS
        ]
        if unsafe:
            yield ("forbidden sysctls", ", ".join(unsafe)), "spec.securityContext.sysctls"
        yield from _at("spec.securityContext", _host_process(security, contexts))


Contexts = list[tuple[str, Manifest]]


def _at(path: str, violations: Iterator[Violation]) -> Iterator[tuple[Violation, str]]:
    for violation in violations:
        yield violation, path


def _app_armor(security: Manifest, contexts: Contexts, annotations: dict[str, str]) -> Iterator[Violation]:
    setters, values = _set_badly(security, contexts, "appArmorProfile")
    forbidden = sorted(
        f'{key}="{value}"'
        for key, value in annotations.items()
        if key.startswith(_APP_ARMOR) and value not in {"", "runtime/default"} and not value.startswith("localhost/")
    )
    if forbidden:
        setters.append(_plural("annotation", forbidden))
        values += forbidden
    if setters:
        reason = _plural("forbidden AppArmor profile", values)
        yield reason, f"{' and '.join(setters)} must not set AppArmor profile type to {_quoted(values)}"


def _seccomp(security: Manifest, contexts: Contexts) -> Iterator[Violation]:
    setters, values = _set_badly(security, contexts, "seccompProfile")
    if setters:
        detail = f"must not set securityContext.seccompProfile.type to {_quoted(values)}"
        yield "seccompProfile", f"{' and '.join(setters)} {detail}"


def _set_badly(security: Manifest, contexts: Contexts, field: str) -> tuple[list[str], list[str]]:
    """Who sets a profile of a type that is not allowed, and to what."""
    values = {profile.get("type", "") for profile in (security.get(field),) if profile is not None} - _PROFILES
    setters = ["pod"] if values else []
    bad = [name for name, one in contexts if field in one and one[field].get("type", "") not in _PROFILES]
    if bad:
        setters.append(_who(bad))
        values |= {one[field].get("type", "") for _, one in contexts if field in one} - _PROFILES
    return setters, sorted(values)


def _capabilities(contexts: Contexts) -> Iterator[Violation]:
    added = [(name, (context.get("capabilities") or {}).get("add") or ()) for name, context in contexts]
    bad = [name for name, words in added if not _CAPABILITIES.issuperset(words)]
    if bad:
        values = sorted({word for _, words in added for word in words} - _CAPABILITIES)
        detail = f"{_who(bad)} must not include {_quoted(values)} in securityContext.capabilities.add"
        yield "non-default capabilities", detail


def _host_ports(containers: list[Manifest]) -> Iterator[Violation]:
    used = [
        (one.get("name", ""), {str(port["hostPort"]) for port in one["ports"] if port.get("hostPort")})
        for one in containers
        if one.get("ports")
    ]
    bad = [name for name, ports in used if ports]
    if bad:
        ports = sorted(set[str]().union(*(ports for _, ports in used)))
        verb = "uses" if len(bad) == 1 else "use"
        yield "hostPort", f"{_who(bad)} {verb} {_plural('hostPort', ports)} {', '.join(ports)}"


def _hosts(containers: list[Manifest]) -> Iterator[Violation]:
    named = [(one.get("name", ""), set(_hosts_of(one))) for one in containers]
    bad = sorted({name for name, hosts in named if hosts})
    if bad:
        hosts = sorted(set[str]().union(*(hosts for _, hosts in named)))
        verb, what = "uses" if len(bad) == 1 else "use", _plural("probe or lifecycle host", hosts)
        yield "probe or lifecycle host", f"{_who(bad)} {verb} {what} {_quoted(hosts)}"


def _hosts_of(container: Manifest) -> Iterator[str]:
    lifecycle: Manifest = container.get("lifecycle") or {}
    handlers = [container.get(name) for name in _PROBES] + [lifecycle.get(name) for name in _HANDLERS]
    for handler in handlers:
        for action in ("httpGet", "tcpSocket"):
            host = ((handler or {}).get(action) or {}).get("host")
            if host:
                yield host


def _proc_mount(contexts: Contexts) -> Iterator[Violation]:
    bad = [(name, one["procMount"]) for name, one in contexts if one.get("procMount", "Default") != "Default"]
    if bad:
        values = sorted({value for _, value in bad})
        yield (
            "procMount",
            f"{_who([name for name, _ in bad])} must not set securityContext.procMount to {_quoted(values)}",
        )


def _selinux(security: Manifest, contexts: Contexts) -> Iterator[Violation]:
    def bad(options: Any) -> bool:
        return bool(options) and (
            options.get("type", "") not in _SELINUX_TYPES or bool(options.get("user")) or bool(options.get("role"))
        )

    everywhere = [security.get("seLinuxOptions"), *(context.get("seLinuxOptions") for _, context in contexts)]
    found: list[Manifest] = [options for options in everywhere if options and bad(options)]
    if not found:
        return
    names = [name for name, context in contexts if bad(context.get("seLinuxOptions"))]
    setters = (["pod"] if bad(security.get("seLinuxOptions")) else []) + ([_who(names)] if names else [])
    types = sorted({options.get("type", "") for options in found} - _SELINUX_TYPES)
    data = [f"{_plural('type', types)} {_quoted(types)}"] if types else []
    data += [f"{field} may not be set" for field in ("user", "role") if any(options.get(field) for options in found)]
    detail = f"{' and '.join(setters)} set forbidden securityContext.seLinuxOptions: {'; '.join(data)}"
    yield "seLinuxOptions", detail


def _host_process(security: Manifest, contexts: Contexts) -> Iterator[Violation]:
    def set_in(context: Manifest) -> bool:
        return bool((context.get("windowsOptions") or {}).get("hostProcess"))

    names = [name for name, context in contexts if set_in(context)]
    setters = (["pod"] if set_in(security) else []) + ([_who(names)] if names else [])
    if setters:
        yield "hostProcess", f"{' and '.join(setters)} must not set securityContext.windowsOptions.hostProcess=true"


def _who(names: list[str]) -> str:
    return f"{_plural('container', names)} {_quoted(names)}"


def _plural(word: str, things: list[str]) -> str:
    return word if len(things) == 1 else f"{word}s"


def _quoted(words: list[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
