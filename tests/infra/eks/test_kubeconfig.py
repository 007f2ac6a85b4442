import json

from infra.eks.kubeconfig import kubeconfig


def _user(text: str) -> dict[str, object]:
    (user,) = json.loads(text)["users"]
    return user["user"]


def test_a_kubeconfig_holds_a_command_and_no_credentials() -> None:
    text = kubeconfig("airflow-dev", "eu-west-1", "https://example.org", "Y2E=", "arn:aws:iam::111122223333:role/a")
    assert set(_user(text)) == {"exec"}


def test_a_kubeconfig_without_a_role_asks_as_whoever_uses_it() -> None:
    text = kubeconfig("airflow-dev", "eu-west-1", "https://example.org", "Y2E=")
    assert "--role-arn" not in text


def test_a_kubeconfig_trusts_the_clusters_own_authority() -> None:
    (cluster,) = json.loads(kubeconfig("airflow-dev", "eu-west-1", "https://example.org", "Y2E="))["clusters"]
    assert cluster["cluster"] == {"server": "https://example.org", "certificate-authority-data": "Y2E="}
