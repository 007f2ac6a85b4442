import json
import subprocess

from infra.utils import startup_script

IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/alpine:3.22"


def connection(script: str) -> dict[str, object]:
    """What a shell that ran the script hands to Airflow."""
    run = subprocess.run(
        ["bash", "-c", f'{script}\nprintf %s "$AIRFLOW_CONN_KUBERNETES_DEFAULT"'],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


def test_the_connection_names_the_sidecars_image() -> None:
    assert connection(startup_script(IMAGE, None)) == {
        "conn_type": "kubernetes",
        "extra": {"xcom_sidecar_container_image": IMAGE},
    }


def test_the_stacks_own_script_runs_after_it() -> None:
    script = startup_script(IMAGE, "export OWN=1\n")
    assert script.index("AIRFLOW_CONN_KUBERNETES_DEFAULT") < script.index("export OWN=1")


def test_an_image_with_shell_characters_runs_nothing() -> None:
    image = "registry/it's;$(touch)"
    assert connection(startup_script(image, None))["extra"] == {"xcom_sidecar_container_image": image}
