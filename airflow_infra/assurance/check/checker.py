"""One pod to one verdict: what the API server, the policies and the scheduler would make of it, without a cluster."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from airflow_infra.assurance.admission.cel_reads import cel_reads
from airflow_infra.assurance.admission.defaulting import Defaulting
from airflow_infra.assurance.admission.engine import CelEngine
from airflow_infra.assurance.admission.gator import GatorEngine
from airflow_infra.assurance.admission.matching import namespace_of
from airflow_infra.assurance.admission.mutation import Mutation
from airflow_infra.assurance.admission.pod_security import PodSecurity
from airflow_infra.assurance.admission.reads import Reads
from airflow_infra.assurance.admission.schema import PodSchema
from airflow_infra.assurance.admission.validation import validate
from airflow_infra.assurance.check.placeholders import depends, touches, with_stand_ins, without
from airflow_infra.assurance.check.shape import shape
from airflow_infra.assurance.check.types import Finding, FoundPod, Manifest, Verdict
from airflow_infra.assurance.placement.nodes import Milli
from airflow_infra.assurance.placement.placement import DECIDES_WHERE, Placement
from airflow_infra.assurance.placement.quota import exceeded
from airflow_infra.assurance.placement.roles import assumed_role
from airflow_infra.assurance.placement.scheduling import requested
from airflow_infra.policies.stack import stack_policies
from airflow_infra.settings.names import AIRFLOW_NAMESPACE, Names
from airflow_infra.settings.stack import StackSettings

_REMEMBERED = 4096
"""Verdicts that are kept. A stream of pods repeats its shapes, or it does not."""

Ask = Callable[[Manifest], tuple[Finding, ...]]
"""Asks the policies about a pod, which is as it is after mutation."""


class Checker:
    """The checks of one stack."""

    def __init__(self, settings: StackSettings, names: Names, folder: Path, gator: Path | None = None) -> None:
        """`folder` holds the admission policies; `gator` evaluates them, or where it is None their CEL does here.

        Raises `ValueError` when the policies cannot be used.
        """
        policies = stack_policies(folder, settings, names)
        self._settings, self._names = settings, names
        self._schema = PodSchema(settings.eks.cluster.kubernetes_version)
        self._defaulting = Defaulting(settings.eks.airflow)
        self._mutation = Mutation(policies.mutators)
        self._cel = CelEngine(policies)
        self._gator = None if gator is None else GatorEngine(policies, gator)
        self._ask: Ask = (self._gator or self._cel).findings
        self._pod_security = PodSecurity(settings.eks.cluster.kubernetes_version)
        self._placement = Placement(settings)
        self._remembered: dict[bytes, Verdict] = {}
        self._readers: dict[str, dict[str, Reads]] = {}

    def check(self, pod: Manifest, unknown: tuple[str, ...] = (), startup_timeout_s: int | None = None) -> Verdict:
        """Judge one pod that would be created. The pod given is left as it is.

        Args:
            pod: apiVersion v1, kind Pod. Without a namespace it is taken to be in the airflow namespace.
            unknown: fields that hold a placeholder.
            startup_timeout_s: seconds that its operator waits for it to start; None: nobody waits.

        Raises:
            GatorError: when gator is asked, and fails.
        """
        if unknown:
            return self._check_unknown(pod, unknown, startup_timeout_s, self._ask)
        key = shape(pod, startup_timeout_s)
        if key is None:
            return self._judge(pod, startup_timeout_s, self._ask)
        verdict = self._remembered.get(key)
        if verdict is None:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            verdict = self._remembered[key] = self._judge(pod, startup_timeout_s, self._ask)
        return verdict

    @property
    def at_once(self) -> bool:
        """Whether gator is asked, which takes half a second for one pod or many."""
        return self._gator is not None

    def check_all(self, pods: Sequence[FoundPod]) -> list[Verdict]:
        """Judge pods as `check` does, with one run of gator for all of them where it is asked."""
        if self._gator is None:
            return [self.check(found.pod, found.unknown, found.startup_timeout_s) for found in pods]
        asked: list[Manifest] = []

        def note(pod: Manifest) -> tuple[Finding, ...]:
            asked.append(pod)
            return ()

        # Whether the policies are asked does not depend on their answers: so first find out what they are asked.
        for found in pods:
            self._check(found, note)
        answers = iter(self._gator.review(asked))
        return [self._check(found, lambda _: next(answers)) for found in pods]

    def _check(self, found: FoundPod, ask: Ask) -> Verdict:
        if found.unknown:
            return self._check_unknown(found.pod, found.unknown, found.startup_timeout_s, ask)
        return self._judge(found.pod, found.startup_timeout_s, ask)

    def admitted(self, pod: Manifest) -> Manifest:
        """A sound pod as the policies see it: with the API server's defaults, and mutated."""
        return self._mutation.mutated(self._defaulting.defaulted(self._schema.without_nulls(pod)))

    def _unsound(self, pod: Manifest) -> tuple[Finding, ...]:
        """What the API server refuses before it asks any policy."""
        return self._schema.findings(pod) or self._invalid(pod, self.admitted(pod))

    def _invalid(self, pod: Manifest, stored: Manifest) -> tuple[Finding, ...]:
        return tuple(self._defaulting.explained(finding, pod) for finding in validate(stored))

    def _judge(self, pod: Manifest, startup_timeout_s: int | None, ask: Ask) -> Verdict:
        unsound = self._schema.findings(pod)
        if unsound:
            return Verdict("refused", unsound)
        stored = self.admitted(pod)
        invalid = self._invalid(pod, stored)
        if invalid:
            # The API server stops here. What the policies would say next is often what its author has to change;
            # that one fails on what is missing is not.
            next_said = (finding for finding in self._forbidden(stored, ask) if not finding.failed)
            refused_by, warnings = _by_action((*invalid, *next_said))
            return Verdict("refused", refused_by, warnings)
        asked = requested(stored["spec"])
        refused_by, warnings = _by_action((*self._forbidden(stored, ask), *self._over_quota(stored, asked)))
        placed = self._placement.place(stored["spec"], asked, startup_timeout_s)
        assumed = assumed_role(stored, self._settings, self._names)
        problems = placed.problems
        if assumed.problem is not None:
            problems = (*problems, assumed.problem)
        namespace = namespace_of(pod)
        if namespace != AIRFLOW_NAMESPACE:
            problems = (*problems, f"not checked: what the namespace {namespace} limits by itself")
        verdict = "refused" if refused_by else "admitted"
        return Verdict(verdict, refused_by, warnings, placed.groups, problems, assumed.role, placed.fatal)

    def _forbidden(self, stored: Manifest, ask: Ask) -> tuple[Finding, ...]:
        """What Pod Security and the policies say of a pod as it is after mutation."""
        by_policies = ask(stored)
        if namespace_of(stored) != AIRFLOW_NAMESPACE:
            return by_policies
        return (*self._pod_security.findings(stored), *by_policies)

    def _over_quota(self, stored: Manifest, asked: Milli) -> tuple[Finding, ...]:
        if namespace_of(stored) != AIRFLOW_NAMESPACE:
            return ()
        return tuple(exceeded(asked, self._settings.eks.airflow))

    def _check_unknown(
        self, pod: Manifest, unknown: tuple[str, ...], startup_timeout_s: int | None, ask: Ask
    ) -> Verdict:
        """Judge a pod of which some fields are unknown: refused if none of them can change that.

        What is found counts if whoever found it reads none of the unknown fields. An unknown field that nobody reads
        matters too where the API server takes no text but some, such as Always or Never.
        """
        readers = self._readers_of(namespace_of(pod))
        pod = with_stand_ins(pod, unknown)
        refused = [finding.path for finding in self._unsound(pod) if finding.path is not None]
        decisive = tuple(
            path
            for path in unknown
            if any(_reads(reader, path) for reader in readers.values()) or any(touches(one, [path]) for one in refused)
        )
        if not decisive:
            return self._judge(pod, startup_timeout_s, ask)
        problems = tuple(f"not known before it runs: {path}" for path in decisive)
        nothing_said = Verdict("unknown", problems=problems)
        if touches("metadata.namespace", decisive):
            return nothing_said
        if any(touches(path, decisive) for path in refused):
            pod = without(pod, decisive)
        unsound = self._unsound(pod)
        if unsound:
            certain = tuple(finding for finding in unsound if not touches(finding.path, decisive))
            return Verdict("refused", certain, problems=problems) if certain else nothing_said
        stored = self.admitted(pod)
        asked = requested(stored["spec"])
        refused_by, warnings = _by_action(
            finding
            for finding in (*self._forbidden(stored, ask), *self._over_quota(stored, asked))
            if not depends(finding, [path for path in decisive if _reads(readers[finding.by], path)])
        )
        placed = None
        if not any(_reads(readers["placement"], path) for path in decisive):
            placed = self._placement.place(stored["spec"], asked, startup_timeout_s)
        return Verdict(
            "refused" if refused_by else "unknown",
            refused_by,
            warnings,
            placed.groups if placed else (),
            (*problems, *(placed.problems if placed else ())),
            fatal=placed.fatal if placed else (),
        )

    def _readers_of(self, namespace: str) -> dict[str, Reads]:
        """What of a pod each of those reads who have a say in its verdict, by the name they have in findings."""
        readers = self._readers.get(namespace)
        if readers is None:
            policies = self._cel.policies_of(namespace).policies
            where = Reads().add(*DECIDES_WHERE)
            readers = self._readers[namespace] = {
                **{policy.applied.policy.name: cel_reads([policy]) for policy in policies},
                "pod security": Reads().add(*_POD_SECURITY),
                "quota": where,
                "placement": where,
                "namespace": Reads().add("metadata.namespace"),
            }
        return readers


_POD_SECURITY = (
    *(f"spec.{name}" for name in ("securityContext", "hostNetwork", "hostPID", "hostIPC", "hostUsers", "volumes")),
    *(
        f"spec.{containers}[*].{name}"
        for containers in ("containers", "initContainers", "ephemeralContainers")
        for name in ("securityContext", "ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle")
    ),
)
_APP_ARMOR = 'metadata.annotations["container.apparmor'


def _reads(reader: Reads, path: str) -> bool:
    return reader.covers(path) or path.startswith(_APP_ARMOR)


def _by_action(findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Findings that refuse, and those that only warn or record."""
    found = tuple(findings)
    return (
        tuple(finding for finding in found if finding.action == "deny"),
        tuple(finding for finding in found if finding.action != "deny"),
    )
