"""The admission policies of a folder, as the Gatekeeper objects that they become.

A folder below `policies` holds one policy: `src.rego` (Rego v1) and `cel.yaml` (variables, validations, and the schema
of the parameters if there are any) say the same, `constraint.yaml` applies it, `assign.yaml`, where there is one, fills
in what a pod left out, and `suite.yaml` gives the verdict on each of the `samples` (airflow_infra.policies.suites).
`shared` is what all of them start from.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

Manifest = dict[str, Any]

_SHARED = "shared"
_PARTS = ("cel.yaml", "src.rego", "constraint.yaml", "suite.yaml")
_CEL_KEYS = {"parameters", "variables", "validations"}


def read_documents(path: Path) -> list[Any]:
    """Documents of a YAML file. Raises `ValueError`, with the place, when it is none."""
    try:
        return list(YAML(typ="safe").load_all(path))
    except YAMLError as error:
        raise ValueError(f"{path}: not YAML: {error}") from error


def read_mapping(path: Path) -> Manifest:
    """The one document of a YAML file. Raises `ValueError` when it holds anything but one mapping."""
    documents = read_documents(path)
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise ValueError(f"{path}: expected one document, a mapping")
    return documents[0]


@dataclass(frozen=True)
class Policy:
    """One admission policy, in both of Gatekeeper's languages."""

    name: str
    """Folder's name, and the constraint's."""
    variables: Sequence[Manifest]
    """CEL variables, each seeing those before it: `name` and `expression`. Parameters are in `variables.params`."""
    validations: Sequence[Manifest]
    """CEL validations: `expression` and `messageExpression`."""
    rego: str
    """Its parameters are in `input.parameters`."""
    rego_libraries: Sequence[str]
    parameters: Manifest | None
    """OpenAPI v3 schema of the constraint's parameters, or None for a policy without any."""
    applied: Manifest
    """The constraint as it is on disk, with the parameters that its samples rely on."""
    assigns: Sequence[Manifest] = ()
    """Gatekeeper's Assign objects as they are on disk."""

    @property
    def kind(self) -> str:
        """Kind of the constraint, which the template defines."""
        return str(self.applied["kind"])

    def template(self) -> Manifest:
        """The ConstraintTemplate. Gatekeeper evaluates the CEL, and the Rego only where CEL is switched off."""
        crd: Manifest = {"names": {"kind": self.kind}}
        if self.parameters is not None:
            crd["validation"] = {"openAPIV3Schema": copy.deepcopy(self.parameters)}
        cel = {"variables": copy.deepcopy([*self.variables]), "validations": copy.deepcopy([*self.validations])}
        rego = {"version": "v1", "rego": self.rego, "libs": [*self.rego_libraries]}
        return {
            "apiVersion": "templates.gatekeeper.sh/v1",
            "kind": "ConstraintTemplate",
            "metadata": {"name": self.kind.lower()},
            "spec": {
                "crd": {"spec": crd},
                "targets": [
                    {
                        "target": "admission.k8s.gatekeeper.sh",
                        "code": [
                            {"engine": "K8sNativeValidation", "source": cel},
                            {"engine": "Rego", "source": rego},
                        ],
                    }
                ],
            },
        }

    def constraint(
        self, enforcement_action: str, exempt_namespaces: Sequence[str], parameters: Manifest | None
    ) -> Manifest:
        """The constraint with a stack's enforcement action, exempt namespaces and parameters.

        `parameters` replace those on disk; None for a policy without any. Raises `ValueError` when the policy declares
        parameters and gets none, or the other way round.
        """
        if (parameters is None) != (self.parameters is None):
            declares = "declares no parameters" if self.parameters is None else "declares parameters"
            raise ValueError(f"admission policy {self.name} {declares}, and got {parameters}")
        manifest = copy.deepcopy(self.applied)
        manifest["spec"]["enforcementAction"] = enforcement_action
        manifest["spec"]["match"]["excludedNamespaces"] = [*exempt_namespaces]
        if parameters is not None:
            manifest["spec"]["parameters"] = copy.deepcopy(parameters)
        return manifest

    def mutators(self, exempt_namespaces: Sequence[str]) -> list[Manifest]:
        """The Assign objects with a stack's exempt namespaces."""
        manifests = copy.deepcopy([*self.assigns])
        for manifest in manifests:
            manifest["spec"]["match"]["excludedNamespaces"] = [*exempt_namespaces]
        return manifests


def policy_names(folder: Path) -> tuple[str, ...]:
    """Names of the policies in a folder, sorted. Raises `ValueError` when there are none."""
    names = (
        sorted(one.name for one in folder.iterdir() if one.is_dir() and one.name != _SHARED) if folder.exists() else []
    )
    if not names:
        raise ValueError(f"{folder} holds no admission policy: expected a folder for each")
    return tuple(names)


@cache
def load_policies(folder: Path) -> tuple[Policy, ...]:
    """Read the policies of a folder, sorted by name. Read once in a process: what changes on disk later is not seen.

    Raises `ValueError` when a policy lacks a part, or one of its files does not hold what it should.
    """
    names, shared = policy_names(folder), read_mapping(folder / _SHARED / "cel.yaml")
    libraries = tuple(path.read_text(encoding="utf-8") for path in sorted((folder / _SHARED).glob("*.rego")))
    return tuple(_load(folder / name, shared, libraries) for name in names)


def _load(folder: Path, shared: Manifest, libraries: Sequence[str]) -> Policy:
    missing = [part for part in _PARTS if not (folder / part).is_file()]
    if missing:
        raise ValueError(f"{folder} lacks {', '.join(missing)}: expected {', '.join(_PARTS)} of each admission policy")
    cel = read_mapping(folder / "cel.yaml")
    unknown = cel.keys() - _CEL_KEYS
    if unknown:
        problem = f"unknown key {', '.join(sorted(unknown))}"
        raise ValueError(f"{folder / 'cel.yaml'}: {problem}: expected {', '.join(sorted(_CEL_KEYS))}")
    if "validations" not in cel and "refused" not in [variable["name"] for variable in cel.get("variables", [])]:
        raise ValueError(f"{folder / 'cel.yaml'}: expected validations, or a variable named refused for the shared one")
    assigns = folder / "assign.yaml"
    policy = Policy(
        name=folder.name,
        variables=(*shared["variables"], *cel.get("variables", [])),
        validations=tuple(cel.get("validations", shared["validations"])),
        rego=(folder / "src.rego").read_text(encoding="utf-8"),
        rego_libraries=libraries,
        parameters=cel.get("parameters"),
        applied=read_mapping(folder / "constraint.yaml"),
        assigns=tuple(read_documents(assigns)) if assigns.exists() else (),
    )
    _check_objects(policy, folder)
    return policy


def _check_objects(policy: Policy, folder: Path) -> None:
    """The constraint, and the mutators, have what a stack's settings replace, and are named as they are deployed."""
    applied, at = policy.applied, folder / "constraint.yaml"
    if applied.get("metadata", {}).get("name") != policy.name:
        raise ValueError(f"{at}: expected metadata.name to be {policy.name}, the name of the folder")
    spec = applied.get("spec", {})
    if "match" not in spec or "enforcementAction" not in spec:
        raise ValueError(f"{at}: expected spec.match and spec.enforcementAction")
    if ("parameters" in spec) != (policy.parameters is not None):
        expected = "spec.parameters, as cel.yaml declares them" if policy.parameters else "no spec.parameters"
        raise ValueError(f"{at}: expected {expected}")
    if not policy.rego.startswith(f"package {policy.kind.lower()}\n"):
        raise ValueError(f"{folder / 'src.rego'}: expected package {policy.kind.lower()} in its first line")
    for manifest in policy.assigns:
        if manifest.get("kind") != "Assign" or "match" not in manifest.get("spec", {}):
            raise ValueError(f"{folder / 'assign.yaml'}: expected objects of kind Assign, each with spec.match")
        if not f"{manifest['metadata']['name']}-".startswith(f"{policy.name}-"):
            raise ValueError(f"{folder / 'assign.yaml'}: expected names that begin with {policy.name}")
