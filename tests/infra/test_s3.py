import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_infra.settings.names import Names
from infra.s3 import bucket_policy
from tests.infra.recording import Recording

DEPLOYER = "arn:aws:iam::111122223333:role/restricted-admin"


@pytest.fixture
def statements(names: Names) -> dict[str, Any]:
    return {statement["Sid"]: statement for statement in bucket_policy(names, DEPLOYER)["Statement"]}


def test_the_bucket_refuses_plain_http(statements: dict[str, Any]) -> None:
    statement = statements["TlsOnly"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("sid", ["WritersOnlyInDags", "KubeconfigByDeployerOnly"])
def test_only_the_deployer_and_root_are_spared(statements: dict[str, Any], sid: str) -> None:
    assert statements[sid]["Condition"] == {
        "ArnNotEquals": {"aws:PrincipalArn": [DEPLOYER, "arn:aws:iam::111122223333:root"]}
    }


def test_nobody_else_writes_outside_of_dags(statements: dict[str, Any]) -> None:
    assert statements["WritersOnlyInDags"]["NotResource"] == "arn:aws:s3:::airflow-dev-mwaa-111122223333/dags/*"


def test_nobody_else_writes_or_deletes_the_kubeconfig(statements: dict[str, Any]) -> None:
    statement = statements["KubeconfigByDeployerOnly"]
    assert statement["Resource"] == "arn:aws:s3:::airflow-dev-mwaa-111122223333/dags/.kube/*"
    assert {"s3:PutObject*", "s3:DeleteObject*"} <= set(statement["Action"])


def test_the_policy_locks_nobody_out_of_the_bucket_itself(statements: dict[str, Any]) -> None:
    """With TLS, everything but writing objects stays a matter of IAM, the policy's own change included."""
    for sid in ("WritersOnlyInDags", "KubeconfigByDeployerOnly"):
        assert not [action for action in statements[sid]["Action"] if "Bucket" in action or action == "s3:*"]


def test_all_four_public_access_blocks_are_on(deployed: Recording) -> None:
    block = deployed.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "mwaa")
    switches = {key: value for key, value in block.inputs.items() if key != "bucket"}
    assert switches == {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }


def test_objects_belong_to_the_buckets_owner(deployed: Recording) -> None:
    controls = deployed.one("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "mwaa")
    assert controls.inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_destroying_the_bucket_never_deletes_other_peoples_dags(deploy: Callable[..., Recording]) -> None:
    for stateful in (True, False):
        bucket = deploy(protection={"stateful": stateful}).one("aws:s3/bucket:Bucket", "mwaa")
        assert "forceDestroy" not in bucket.inputs
        assert bucket.protect == stateful


def test_old_versions_expire_but_the_last_ones_stay_for_a_roll_back(deployed: Recording) -> None:
    lifecycle = deployed.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "mwaa")
    assert lifecycle.inputs["rules"][0]["noncurrentVersionExpiration"] == {
        "noncurrentDays": 90,
        "newerNoncurrentVersions": 3,
    }


def test_every_object_has_a_version_from_the_first_upload_on(deployed: Recording) -> None:
    versioning = deployed.one("aws:s3/bucketVersioning:BucketVersioning", "mwaa")
    for each in deployed.of_type("aws:s3/bucketObjectv2:BucketObjectv2"):
        assert versioning in deployed.waits_for(each)


def test_requirements_come_from_the_settings(deploy: Callable[..., Recording]) -> None:
    recording = deploy(mwaa={"requirements": "--constraint x\nboto3\n"})
    requirements = recording.one("aws:s3/bucketObjectv2:BucketObjectv2", "requirements.txt")
    assert requirements.inputs["content"] == "--constraint x\nboto3"


def test_the_kubeconfig_holds_no_credentials(deployed: Recording) -> None:
    kubeconfig = deployed.one("aws:s3/bucketObjectv2:BucketObjectv2", "kubeconfig")
    assert kubeconfig.inputs["key"] == "dags/.kube/config"
    user = json.loads(kubeconfig.inputs["content"])["users"][0]["user"]
    assert list(user) == ["exec"]
    assert "--role-arn" not in user["exec"]["args"]


def test_the_kubeconfig_is_never_there_without_the_policy_that_protects_it(deployed: Recording) -> None:
    kubeconfig = deployed.one("aws:s3/bucketObjectv2:BucketObjectv2", "kubeconfig")
    assert deployed.one("aws:s3/bucketPolicy:BucketPolicy", "mwaa") in deployed.waits_for(kubeconfig)


def test_plugins_are_uploaded_where_there_are_some(deploy: Callable[..., Recording], tmp_path: Any) -> None:
    plugins = tmp_path / "plugins.zip"
    plugins.write_bytes(b"PK")
    recording = deploy(mwaa={"plugins_file": str(plugins)})
    environment = recording.one("aws:mwaa/environment:Environment", "airflow")
    assert environment.inputs["pluginsS3Path"] == "plugins.zip"
    assert environment.inputs["pluginsS3ObjectVersion"] == "version-of-plugins.zip"


def test_without_plugins_the_environment_asks_for_none(deployed: Recording) -> None:
    assert "pluginsS3Path" not in deployed.one("aws:mwaa/environment:Environment", "airflow").inputs
