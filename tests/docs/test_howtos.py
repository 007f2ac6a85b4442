"""What the README and the how-tos tell people to do is done here, so that it cannot rot."""

import re
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from airflow_infra.settings.problems import SettingsError
from airflow_infra.settings.readers import load_stack
from infra.s3 import KUBECONFIG_KEY

PROJECT = Path(__file__).parents[2]
AS_OF = date(2026, 11, 22)


def high_memory_snippet() -> dict[str, Any]:
    blocks = re.findall(r"```yaml\n(.*?)```", (PROJECT / "README.md").read_text(), re.DOTALL)
    return YAML(typ="safe").load(next(block for block in blocks if "tolerations" in block))


@pytest.mark.parametrize("stack", ["dev", "sandpit", "prod"])
def test_the_toleration_in_the_readme_is_for_the_taint_of_the_high_memory_nodes(stack: str) -> None:
    groups = load_stack(stack, PROJECT, as_of=AS_OF).settings.eks.cluster.node_groups
    (taint,) = next(group for group in groups if group.name == "high-memory").taints
    (toleration,) = high_memory_snippet()["tolerations"]
    assert toleration == {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": taint.effect}


@pytest.mark.parametrize("stack", ["dev", "sandpit", "prod"])
def test_the_affinity_in_the_readme_selects_the_labels_of_the_high_memory_nodes_only(stack: str) -> None:
    groups = load_stack(stack, PROJECT, as_of=AS_OF).settings.eks.cluster.node_groups
    required = high_memory_snippet()["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    (term,) = required["nodeSelectorTerms"]
    (expression,) = term["matchExpressions"]
    selected = [group.name for group in groups if group.labels.get(expression["key"]) in expression["values"]]
    assert selected == ["high-memory"]


def test_the_sync_in_the_how_to_spares_the_kubeconfig() -> None:
    command = re.search(r"aws s3 sync .*--delete.*", (PROJECT / "docs/publish-dags.md").read_text())
    assert command is not None
    (excluded,) = re.findall(r'--exclude "(.*?)"', command.group())
    assert fnmatch(KUBECONFIG_KEY.removeprefix("dags/"), excluded)


def changed(tmp_path: Path, **values: str) -> Path:
    """A project whose dev stack has other versions."""
    text = (PROJECT / "Pulumi.dev.yaml").read_text()
    for key, value in values.items():
        text, count = re.subn(rf"(?m)^(\s+{key}: ).*$", rf'\g<1>"{value}"', text)
        assert count == 1, f"the how-to's key {key} stands in the stack file once"
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    return tmp_path


def test_upgrading_kubernetes_without_what_follows_it_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load_stack("dev", changed(tmp_path, kubernetes_version="1.35"), as_of=AS_OF)
    paths = {problem.path.rpartition(".")[2] for problem in refused.value.problems}
    assert {"ami_release_version", "kube_proxy_version"} <= paths


def test_the_kubernetes_version_is_upgraded_with_the_versions_that_follow_it(tmp_path: Path) -> None:
    before = changed(
        tmp_path,
        kubernetes_version="1.35",
        kube_proxy_version="v1.35.3-eksbuild.29",
        coredns_version="v1.13.2-eksbuild.31",
        ami_release_version="1.35.8-20260923",
        image_tag="v1.35.2",
    )
    assert load_stack("dev", before, as_of=AS_OF).settings.eks.cluster.kubernetes_version == "1.35"


def test_the_node_group_release_is_upgraded_by_one_value(tmp_path: Path) -> None:
    project = changed(tmp_path, ami_release_version="1.36.4-20260917")
    cluster = load_stack("dev", project, as_of=AS_OF).settings.eks.cluster
    assert cluster.node_group.ami_release_version == "1.36.4-20260917"


def test_the_vpc_cni_is_upgraded_by_one_value(tmp_path: Path) -> None:
    project = changed(tmp_path, vpc_cni_version="v1.23.2-eksbuild.1")
    assert load_stack("dev", project, as_of=AS_OF).settings.eks.cluster.vpc_cni_version == "v1.23.2-eksbuild.1"
