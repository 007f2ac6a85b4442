"""A model of Gatekeeper's controller: it turns constraint templates into kinds, while its release stands.

Source: Gatekeeper's documentation on constraint templates, and on Kubernetes-native validation (general knowledge, not
read in a dated source); facts of chart 3.23.
"""

import re
from typing import Any

from airflow_infra.rehearsal.providers.kubernetes import gatekeeper_mutators, gatekeeper_schema, releases
from airflow_infra.rehearsal.providers.kubernetes.api import InMemoryApi
from airflow_infra.rehearsal.providers.kubernetes.cel import cel_problems
from airflow_infra.rehearsal.providers.kubernetes.client import Object, Reference, reference_of
from airflow_infra.rehearsal.providers.kubernetes.custom import CustomKind, schema_problems, structural_problems
from airflow_infra.rehearsal.providers.kubernetes.errors import Problem
from airflow_infra.rehearsal.providers.kubernetes.schema import Schemas, schemas

TEMPLATE_GROUP = "templates.gatekeeper.sh"
CONSTRAINT_GROUP = "constraints.gatekeeper.sh"
TARGET = "admission.k8s.gatekeeper.sh"
_CHART = "gatekeeper"


class Gatekeeper:
    """Gatekeeper's controller and webhook. Implements Controller."""

    def admit(self, api: InMemoryApi, manifest: Object) -> list[Problem] | None:
        """What is wrong with a constraint template or an Assign object."""
        if gatekeeper_mutators.is_assign(manifest):
            return gatekeeper_mutators.assign_problems(manifest)
        if not _is_template(manifest):
            return None
        return template_problems(schemas(api.minor), manifest, api.not_checked)

    def missing(self, api: InMemoryApi, api_version: str, kind: str) -> str | None:
        """Why there is no constraint of a kind."""
        if api_version != f"{CONSTRAINT_GROUP}/v1beta1":
            return None
        templates = {
            template["spec"]["crd"]["spec"]["names"]["kind"]
            for template in api.objects(f"{TEMPLATE_GROUP}/v1", "ConstraintTemplate")
        }
        message = f"no kind {kind} in {api_version}"
        if kind in templates:
            return f"{message}: ConstraintTemplate {kind.lower()} stands, but no release of Gatekeeper that serves it"
        standing = f"; there are {', '.join(sorted(templates))}" if templates else ""
        advice = "a constraint has to depend on its template"
        return f"{message}: no ConstraintTemplate {kind.lower()!r} stands in cluster {api.name}{standing}; {advice}"

    def changed(self, api: InMemoryApi, obj: Object, deleted: bool) -> None:
        """Register the kinds of templates when they or Gatekeeper's release appear; remove those of deleted ones."""
        if _is_template(obj) and deleted:
            api.discard(_definition_reference(obj))
        elif _is_template(obj) or obj.get("type") == "helm.sh/release.v1":
            if not any(release.chart == _CHART for release in releases.deployed(api)):
                return
            templates = [obj] if _is_template(obj) else api.objects(f"{TEMPLATE_GROUP}/v1", "ConstraintTemplate")
            for template in templates:
                self._register(api, template)

    def _register(self, api: InMemoryApi, template: Object) -> None:
        api.modelled.add("Gatekeeper: a template becomes a kind, status.created")
        api.put(constraint_kind(template).definition(), _CHART)
        api.set_status(reference_of(template), {"created": True})


def constraint_kind(template: Object) -> CustomKind:
    """The kind that a template brings, with the schema of its constraints."""
    spec = template["spec"]["crd"]["spec"]
    word, parameters = spec["names"]["kind"], spec.get("validation", {}).get("openAPIV3Schema")
    schema = gatekeeper_schema.constraint(parameters)
    return CustomKind(CONSTRAINT_GROUP, ("v1beta1",), word, word.lower(), "Cluster", schema)


def template_problems(served: Schemas, template: Object, not_checked: set[str]) -> list[Problem]:
    """What Gatekeeper would find wrong in a template; what cannot be looked at is added to `not_checked`."""
    found = structural_problems(gatekeeper_schema.TEMPLATE, template)
    if found:
        return found
    spec, name = template["spec"], template["metadata"]["name"]
    word: str = spec["crd"]["spec"]["names"]["kind"]
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,62}", word):
        found.append(Problem("spec.crd.spec.names.kind", f"expected letters and digits, got {word!r}"))
    elif word.lower() != name:
        reason = f"expected {word.lower()!r}, the lower case of spec.crd.spec.names.kind, got {name!r}"
        found.append(Problem("metadata.name", reason))
    parameters = spec["crd"]["spec"].get("validation", {}).get("openAPIV3Schema")
    if parameters is not None:
        found += schema_problems(served, parameters, "spec.crd.spec.validation.openAPIV3Schema")
    if len(spec["targets"]) != 1:
        return [*found, Problem("spec.targets", f"expected one target, got {len(spec['targets'])}")]
    return found + _target_problems(spec["targets"][0], f"ConstraintTemplate {name}", not_checked)


def _target_problems(target: dict[str, Any], what: str, not_checked: set[str]) -> list[Problem]:
    at, code = "spec.targets[0]", target.get("code") or []
    found: list[Problem] = []
    if target["target"] != TARGET:
        found.append(Problem(f"{at}.target", f"expected {TARGET}, got {target['target']!r}"))
    if not code and not target.get("rego"):
        found.append(Problem(f"{at}.code", f"missing: expected code of {' or '.join(gatekeeper_schema.ENGINES)}"))
    if target.get("rego"):
        found += _rego_problems(f"{at}.rego", target["rego"])
    for index, entry in enumerate(code):
        path, source = f"{at}.code[{index}].source", entry["source"]
        wrong = structural_problems(gatekeeper_schema.SOURCES[entry["engine"]], source, path)
        if wrong:
            found += wrong
        elif entry["engine"] == "Rego":
            found += _rego_problems(f"{path}.rego", source["rego"])
        else:
            found += cel_problems(path, source, what, not_checked)
    engines = [entry["engine"] for entry in code]
    if target.get("rego") or "Rego" in engines:
        not_checked.add("the Rego of constraint templates: only Gatekeeper itself compiles it")
    found += [
        Problem(f"{at}.code", f"engine {engine} stands {engines.count(engine)} times")
        for engine in gatekeeper_schema.ENGINES
        if engines.count(engine) > 1
    ]
    return found


def _rego_problems(path: str, rego: str) -> list[Problem]:
    """What shows without a Rego parser: the package, and the rule that Gatekeeper asks for."""
    if not re.search(r"(?m)^package\s+[A-Za-z_]", rego):
        return [Problem(path, "no package declaration")]
    if not re.search(r"(?m)^violation\b", rego):
        return [Problem(path, "no rule named violation: Gatekeeper asks for no other")]
    return []


def _is_template(obj: Object) -> bool:
    return obj.get("kind") == "ConstraintTemplate" and str(obj.get("apiVersion")).startswith(f"{TEMPLATE_GROUP}/")


def _definition_reference(template: Object) -> Reference:
    definition = constraint_kind(template).definition()
    return Reference(definition["apiVersion"], definition["kind"], None, definition["metadata"]["name"])
