import json
import subprocess
from typing import Any

from airflow_infra.settings.airflow import kubernetes_connection
from infra.utils import startup_script

IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/alpine:3.22"


def exported(script: str) -> str:
    """What a shell that ran the script hands to Airflow."""
    command = f'{script}\nprintf %s "$AIRFLOW_CONN_KUBERNETES_DEFAULT"'
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout


def sidecar(image: str) -> dict[str, Any]:
    return json.loads(kubernetes_connection(image))["extra"]


def test_the_connection_names_the_sidecars_image() -> None:
    assert sidecar(IMAGE)["xcom_sidecar_container_image"] == IMAGE


def test_the_sidecar_passes_the_policy_on_privilege_escalation() -> None:
    context = json.loads(sidecar(IMAGE)["xcom_sidecar_container_security_context"])
    assert context == {"allowPrivilegeEscalation": False}


def test_airflow_gets_the_connection_from_the_environment() -> None:
    assert exported(startup_script(IMAGE, None)) == kubernetes_connection(IMAGE)


def test_the_stacks_own_script_runs_after_it() -> None:
    script = startup_script(IMAGE, "export OWN=1\n")
    assert script.index("AIRFLOW_CONN_KUBERNETES_DEFAULT") < script.index("export OWN=1")


def test_an_image_with_shell_characters_runs_nothing() -> None:
    image = "registry/it's;$(touch)"
    assert exported(startup_script(image, None)) == kubernetes_connection(image)
