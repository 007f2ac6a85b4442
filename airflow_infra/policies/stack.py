"""The admission policies of one stack: each with the stack's action, exempt namespaces and parameters."""

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from airflow_infra.policies.library import Manifest, Policy, load_policies
from airflow_infra.policies.parameters import stack_parameters
from airflow_infra.settings.eks import EnforcementAction
from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings

POLICIES = Path("infra", "eks", "policies")
"""Where a project keeps its policies, below its directory."""


@dataclass(frozen=True)
class AppliedPolicy:
    """A policy as a stack applies it."""

    policy: Policy
    action: EnforcementAction
    exempt_namespaces: tuple[str, ...]
    parameters: Manifest | None

    @property
    def template(self) -> Manifest:
        """The ConstraintTemplate."""
        return self.policy.template()

    @property
    def constraint(self) -> Manifest:
        """The constraint."""
        return self.policy.constraint(self.action, self.exempt_namespaces, self.parameters)

    @property
    def mutators(self) -> list[Manifest]:
        """The Assign objects. A dry run changes no pod, so it has none."""
        return [] if self.action == "dryrun" else self.policy.mutators(self.exempt_namespaces)


@dataclass(frozen=True)
class StackPolicies:
    """Every policy of a stack, sorted by name."""

    policies: tuple[AppliedPolicy, ...]

    @property
    def templates(self) -> list[Manifest]:
        """The ConstraintTemplates, one for each policy."""
        return [applied.template for applied in self.policies]

    @property
    def constraints(self) -> list[Manifest]:
        """The constraints, one for each policy."""
        return [applied.constraint for applied in self.policies]

    @property
    def mutators(self) -> list[Manifest]:
        """The Assign objects, sorted by name, which is the order in which Gatekeeper applies them."""
        return sorted(
            (mutator for applied in self.policies for mutator in applied.mutators),
            key=lambda mutator: str(mutator["metadata"]["name"]),
        )

    def write(self, into: Path) -> None:
        """Write templates and constraints as `gator test -f DIR` reads them, a file for each.

        gator knows no mutation: what it is given to judge has to be mutated before.
        """
        for kind, manifests in (("templates", self.templates), ("constraints", self.constraints)):
            (into / kind).mkdir(parents=True)
            for manifest in manifests:
                path = into / kind / f"{manifest['metadata']['name']}.yaml"
                path.write_text(json.dumps(manifest, indent=2), encoding="utf-8")


def stack_policies(folder: Path, settings: StackSettings, names: Names) -> StackPolicies:
    """The policies of a folder as a stack applies them. Without an action in the settings, the one on disk.

    Raises `ValueError` when the settings name a policy that does not exist, or a policy's parameters are missing.
    """
    gatekeeper, policies = settings.eks.gatekeeper, load_policies(folder)
    _known(tuple(gatekeeper.policies), tuple(policy.name for policy in policies))
    return StackPolicies(
        tuple(
            AppliedPolicy(
                policy,
                gatekeeper.policies.get(policy.name) or policy.applied["spec"]["enforcementAction"],
                gatekeeper.exempt_namespaces,
                stack_parameters(policy, settings, names),
            )
            for policy in policies
        )
    )


def _known(named: Sequence[str], names: Sequence[str]) -> None:
    for name in named:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(names)}"
            raise ValueError(f"there is no admission policy {name}: {hint}")
