"""The admission policies on disk, as the Gatekeeper objects that they become. Pure: no Pulumi, no cluster.

A folder below `policies` holds one policy: `src.rego` (Rego v1) and `cel.yaml` (variables and validations) say the
same, `constraint.yaml` applies it, `suite.yaml` gives the verdict on each of the `samples`. `shared` is what all of
them start from.
"""

import copy
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_FOLDER = Path(__file__).parent / "policies"
_SHARED = "shared"

Manifest = dict[str, Any]


def read_yaml(path: Path) -> Any:
    """Content of a YAML file with one document."""
    return YAML(typ="safe").load(path)


@dataclass(frozen=True)
class Policy:
    """One admission policy, in both of Gatekeeper's languages."""

    name: str
    """Folder's name, and the constraint's."""
    variables: Sequence[Manifest]
    """CEL variables, each seeing those before it: `name` and `expression`."""
    validations: Sequence[Manifest]
    """CEL validations: `expression` and `messageExpression`."""
    rego: str
    rego_libraries: Sequence[str]
    applied: Manifest
    """The constraint as it is on disk."""

    @property
    def kind(self) -> str:
        """Kind of the constraint, which the template defines."""
        return str(self.applied["kind"])

    def template(self) -> Manifest:
        """The ConstraintTemplate. Gatekeeper evaluates the CEL, and the Rego only where CEL is switched off."""
        return {
            "apiVersion": "templates.gatekeeper.sh/v1",
            "kind": "ConstraintTemplate",
            "metadata": {"name": self.kind.lower()},
            "spec": {
                "crd": {"spec": {"names": {"kind": self.kind}}},
                "targets": [
                    {
                        "target": "admission.k8s.gatekeeper.sh",
                        "code": [
                            {
                                "engine": "K8sNativeValidation",
                                "source": {"variables": [*self.variables], "validations": [*self.validations]},
                            },
                            {
                                "engine": "Rego",
                                "source": {"version": "v1", "rego": self.rego, "libs": [*self.rego_libraries]},
                            },
                        ],
                    }
                ],
            },
        }

    def constraint(self, enforcement_action: str, exempt_namespaces: Sequence[str]) -> Manifest:
        """The constraint with a stack's enforcement action and exempt namespaces."""
        manifest = copy.deepcopy(self.applied)
        manifest["spec"]["enforcementAction"] = enforcement_action
        manifest["spec"]["match"]["excludedNamespaces"] = [*exempt_namespaces]
        return manifest


def policy_names() -> list[str]:
    """Names of the policies, sorted."""
    return sorted(folder.name for folder in _FOLDER.iterdir() if folder.is_dir() and folder.name != _SHARED)


def policy_folder(name: str) -> Path:
    """Folder of a policy. Raises `ValueError`, with a suggestion, when there is none of that name."""
    names = policy_names()
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(names)}"
        raise ValueError(f"there is no admission policy {name}: {hint}")
    return _FOLDER / name


def load_policy(name: str) -> Policy:
    """Read one policy."""
    folder = policy_folder(name)
    shared, own = read_yaml(_FOLDER / _SHARED / "cel.yaml"), read_yaml(folder / "cel.yaml")
    return Policy(
        name=name,
        variables=[*shared["variables"], *own["variables"]],
        validations=own["validations"],
        rego=(folder / "src.rego").read_text(encoding="utf-8"),
        rego_libraries=[path.read_text(encoding="utf-8") for path in sorted((_FOLDER / _SHARED).glob("*.rego"))],
        applied=read_yaml(folder / "constraint.yaml"),
    )
