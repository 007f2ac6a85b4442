"""A folder with one small policy, to break; settings and names of the dev stack."""

from datetime import date
from pathlib import Path

import pytest

from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import load_stack
from airflow_infra.settings.stack import StackSettings

PROJECT = Path(__file__).parents[2]
FILES = {
    "shared/cel.yaml": "variables: []\nvalidations: []\n",
    "shared/lib.rego": "package lib\n",
    "no-names/cel.yaml": """\
parameters: {type: object, properties: {forbidden: {type: string}}}
validations:
  - expression: variables.anyObject.metadata.name != variables.params.forbidden
    messageExpression: '"no"'
""",
    "no-names/src.rego": "package nonames\n",
    "no-names/constraint.yaml": """\
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NoNames
metadata: {name: no-names}
spec: {enforcementAction: warn, match: {excludedNamespaces: [kube-system]}, parameters: {forbidden: bob}}
""",
    "no-names/assign.yaml": """\
kind: Assign
metadata: {name: no-names}
spec: {match: {excludedNamespaces: [kube-system]}}
""",
    "no-names/suite.yaml": """\
apiVersion: test.gatekeeper.sh/v1alpha1
kind: Suite
metadata: {name: no-names}
tests:
  - name: no-names
    template: template.yaml
    constraint: constraint.yaml
    cases:
      - name: bob
        object: samples/bob.yaml
        assertions: [{violations: 1, message: "^no$"}]
      - name: alice
        object: samples/alice.yaml
        assertions: [{violations: no}]
""",
    "no-names/samples/bob.yaml": "{kind: Pod, metadata: {name: bob}}\n",
    "no-names/samples/alice.yaml": "{kind: Pod, metadata: {name: alice}}\n",
}


class PolicyFolder:
    """A folder of policies whose files can be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text, encoding="utf-8")

    def change(self, name: str, text: str, replacement: str) -> None:
        """Replace a piece of a file, which must be there."""
        assert text in FILES[name]
        self.write(name, FILES[name].replace(text, replacement))


@pytest.fixture
def folder(tmp_path: Path) -> PolicyFolder:
    return PolicyFolder(tmp_path / "policies")


@pytest.fixture(scope="session")
def settings() -> StackSettings:
    return load_stack("dev", PROJECT, as_of=date(2026, 11, 22)).settings


@pytest.fixture(scope="session")
def names(settings: StackSettings) -> Names:
    return Names("dev", settings.account.id, settings.account.region)
