"""The two readers of settings, and the config as Pulumi hands it to a program."""

import json
from datetime import date
from pathlib import Path

import pytest

from airflow_infra.settings.problems import SettingsError
from airflow_infra.settings.readers import PROJECT, Stack, load_stack, program_config, settings_from_config, stack_names

AS_OF = date(2026, 11, 22)
EXAMPLE = Path(__file__).with_name("Pulumi.example.yaml")


def load(project: Path, text: str, stack: str = "example") -> Stack:
    (project / f"Pulumi.{stack}.yaml").write_text(text, "utf-8")
    return load_stack(stack, project, as_of=AS_OF)


def example() -> str:
    return EXAMPLE.read_text("utf-8")


def test_a_stack_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"):
        (tmp_path / name).touch()
    with pytest.raises(SettingsError) as caught:
        load_stack("prd", tmp_path, as_of=AS_OF)
    assert str(caught.value) == (
        "Pulumi.prd.yaml: there is no stack 'prd': the stacks of this project are dev, prod (did you mean prod?)"
    )


def test_a_stack_is_a_name_and_no_path(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no stack '\.\./dev'"):
        load_stack("../dev", tmp_path, as_of=AS_OF)


def test_the_projects_own_file_is_no_stack(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    assert stack_names(tmp_path) == []


def test_a_stack_whose_name_no_bucket_could_carry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'Dev_1' cannot name AWS resources"):
        load(tmp_path, example(), stack="Dev_1")


def test_lines_are_known_by_key_path(tmp_path: Path) -> None:
    lines = load(tmp_path, example()).lines
    text = example().splitlines()
    assert "kubernetes_version" in text[lines["eks.cluster.kubernetes_version"] - 1]
    assert "name: high-memory" in text[lines["eks.cluster.node_groups[1].name"] - 1]
    assert "core.parallelism" in text[lines['mwaa.configuration_options["core.parallelism"]'] - 1]


def test_keys_may_stand_without_the_projects_namespace(tmp_path: Path) -> None:
    assert load(tmp_path, example().replace(f"{PROJECT}:", "")).settings == load(tmp_path, example()).settings


def test_other_namespaces_and_pulumis_own_keys_are_left_alone(tmp_path: Path) -> None:
    text = example().replace("config:\n", "config:\n  aws:token: {secure: AAAB}\n  other:anything: [1]\n", 1)
    text += "encryptionsalt: v1:abc\nsecretsprovider: awskms://alias/pulumi\n"
    assert load(tmp_path, text).settings.account.id == "111122223333"


def test_the_config_of_a_program_is_text_or_json_by_full_key(tmp_path: Path) -> None:
    text = example().replace("config:\n", "config:\n  aws:region: eu-west-1\n  aws:retries: 3\n", 1)
    config = program_config(load(tmp_path, text))
    assert config["aws:region"] == "eu-west-1"
    assert config["aws:retries"] == "3"
    assert json.loads(config[f"{PROJECT}:tags"]) == {"owner": "data-engineering"}


def test_secrets_of_other_namespaces_are_not_handed_to_a_program(tmp_path: Path) -> None:
    text = example().replace("config:\n", "config:\n  other:token: {secure: AAAB}\n", 1)
    assert "other:token" not in program_config(load(tmp_path, text))


def test_the_program_reads_the_same_settings_from_its_config(tmp_path: Path) -> None:
    stack = load(tmp_path, example())
    config = program_config(stack)

    def get_object(key: str) -> object:
        value = config.get(f"{PROJECT}:{key}")
        return None if value is None else json.loads(value)

    assert settings_from_config("example", get_object) == stack.settings


def test_the_program_is_told_of_every_problem_without_lines() -> None:
    config = {"tags": {"owner": 5}, "vpc": {"cidr": "10.0.0.0/16"}}
    with pytest.raises(SettingsError) as caught:
        settings_from_config("dev", config.get)
    said = str(caught.value).splitlines()
    assert "Pulumi.dev.yaml: tags.owner: 5: expected text: put it in quotes" in said
    assert "Pulumi.dev.yaml: vpc.cidr: unknown key (did you mean cidr_block?)" in said
    assert "Pulumi.dev.yaml: mwaa: missing: Airflow environment." in said


def test_settings_that_only_a_date_could_refuse_do_not_stop_the_program(tmp_path: Path) -> None:
    text = (
        example()
        .replace('"1.36"', '"1.31"')
        .replace("v1.36.0-eksbuild.25", "v1.31.14-eksbuild.32")
        .replace("1.36.4-20261003", "1.31.14-20260923")
        .replace("v1.36.1", "v1.31.5")
    )
    with pytest.raises(SettingsError, match="standard support ended on 2025-11-26"):
        load(tmp_path, text)
