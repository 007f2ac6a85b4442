"""What the real API server answers, and whether that is what `check` says: who refuses, and in which words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from airflow_infra.assurance.check.types import Finding, Manifest

_BY_POLICY = re.compile(
    r"ValidatingAdmissionPolicy '(?P<policy>[^']*)' with binding '(?P=policy)-(?P<name>[^']*)' "
    r"denied request: (?P<message>.*)",
    re.S,
)
_BY_WEBHOOK = re.compile(r'admission webhook "validation\.gatekeeper\.sh" denied the request: (?P<lines>.*)', re.S)
_LINE = re.compile(r"^\[([\w-]+)\] ", re.M)
_BY_POD_SECURITY = "violates PodSecurity"
_BY_QUOTA = "exceeded quota"
_TOKEN = re.compile(r"volume kube-api-access-\w{5}: .*")
"""Of the volume that the API server adds for a token, which `check` leaves out: it says who asked for the token."""


@dataclass(frozen=True)
class Answer:
    """What the API server says to a request that it only tries."""

    status: int
    message: str
    pod: Manifest
    """As it would be stored; empty where it is refused."""

    @property
    def policy(self) -> dict[str, str]:
        """The one policy that the API server itself refuses by: the first of all."""
        found = _BY_POLICY.search(self.message)
        return {found["name"]: _without_token(found["message"])} if found else {}

    @property
    def webhook(self) -> dict[str, str]:
        """All policies that Gatekeeper refuses by."""
        found = _BY_WEBHOOK.search(self.message)
        if found is None:
            return {}
        _, *parts = _LINE.split(found["lines"])
        names, messages = parts[::2], [part.strip() for part in parts[1::2]]
        return {name: _without_token(message) for name, message in zip(names, messages, strict=True)}

    @property
    def by(self) -> str:
        """Who refuses."""
        if self.status < 300:
            return "nobody"
        if self.policy or self.webhook:
            return "policies"
        if self.status == 400:
            return "schema"
        if _BY_POD_SECURITY in self.message:
            return "pod security"
        return "quota" if _BY_QUOTA in self.message else "api server"


def by_policy(findings: Iterable[Finding]) -> dict[str, str]:
    """What each policy says of a pod, in one message as in the cluster."""
    found: dict[str, list[str]] = {}
    for finding in findings:
        if finding.by not in _OTHERS:
            found.setdefault(finding.by, []).append(finding.message)
    return {name: " | ".join(messages) for name, messages in found.items()}


_OTHERS = ("schema", "api server", "pod security", "quota")


def disagreement(findings: Sequence[Finding], answer: Answer) -> str | None:
    """What the API server says otherwise than `check`, whose findings come in the API server's order."""
    ours = by_policy(findings)
    first = "nobody" if not findings else findings[0].by if findings[0].by in _OTHERS else "policies"
    agrees = first == answer.by or (first == "schema" and answer.status == 422 and answer.by == "api server")
    if agrees and first == "policies":
        agrees = answer.webhook == ours if answer.webhook else answer.policy.items() <= ours.items()
    if agrees and first == "pod security":
        parts = [one.message.partition(": ")[2] for one in findings if one.by == "pod security"]
        agrees = all(part in answer.message for part in parts)
    said = [f"{one.by}: {one.message}" for one in findings]
    return None if agrees else f"check: {said or 'admitted'}; API server: {answer.status} {answer.message}"


def _without_token(message: str) -> str:
    return " | ".join(part for part in message.split(" | ") if not _TOKEN.fullmatch(part))
