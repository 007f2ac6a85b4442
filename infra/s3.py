"""The MWAA bucket: its protection, requirements.txt, and the other objects that MWAA reads.

`force_destroy` is never set. What Pulumi uploads, it removes again with all versions; DAGs that others published
stay, and AWS refuses to delete the bucket until somebody has emptied it.
"""

from pathlib import Path

import pulumi
import pulumi_aws as aws

from airflow_infra.settings.names import Names
from infra.base import Context, component_options
from infra.eks.kubeconfig import kubeconfig
from infra.iam.documents import Document, document, to_json
from infra.utils import startup_script

KUBECONFIG_KEY = "dags/.kube/config"
_WRITE_OBJECTS = ["s3:PutObject*", "s3:DeleteObject*", "s3:ReplicateObject", "s3:ReplicateDelete"]


def bucket_policy(names: Names, deploy_role_arn: str) -> Document:
    """TLS only; objects outside dags/, and the kubeconfig inside, are written by the deploying role alone.

    The root user is spared too: it is the way back in when the deploying role is lost. The policy itself can be
    changed by whoever administers the bucket.
    """
    everybody_else = {"ArnNotEquals": {"aws:PrincipalArn": [deploy_role_arn, f"arn:aws:iam::{names.account_id}:root"]}}
    return document(
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [names.bucket_arn, f"{names.bucket_arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Sid": "WritersOnlyInDags",
            "Effect": "Deny",
            "Principal": "*",
            "Action": _WRITE_OBJECTS,
            "NotResource": f"{names.bucket_arn}/dags/*",
            "Condition": everybody_else,
        },
        {
            "Sid": "KubeconfigByDeployerOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": _WRITE_OBJECTS,
            "Resource": f"{names.bucket_arn}/dags/.kube/*",
            "Condition": everybody_else,
        },
    )


class MwaaBucket(pulumi.ComponentResource):
    """The bucket with everything that MWAA reads from it, but for the cluster's kubeconfig."""

    def __init__(self, context: Context, key_arn: pulumi.Output[str] | None) -> None:
        super().__init__("airflow:s3:MwaaBucket", "mwaa-bucket", None, component_options(context))
        self._child = pulumi.ResourceOptions(parent=self)
        names, mwaa = context.names, context.settings.mwaa
        self.bucket = aws.s3.Bucket(
            "mwaa",
            bucket=names.bucket,
            tags={"Name": names.bucket},
            opts=pulumi.ResourceOptions(parent=self, protect=context.settings.protection.stateful),
        )
        self.versioning = aws.s3.BucketVersioning(
            "mwaa",
            bucket=self.bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=self._child,
        )
        self.public_access_block = aws.s3.BucketPublicAccessBlock(
            "mwaa",
            bucket=self.bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child,
        )
        self.encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            "mwaa", bucket=self.bucket.id, rules=[_encryption_rule(key_arn)], opts=self._child
        )
        ownership = aws.s3.BucketOwnershipControls(
            "mwaa", bucket=self.bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=self._child
        )
        self.policy = aws.s3.BucketPolicy(
            "mwaa",
            bucket=self.bucket.id,
            policy=to_json(bucket_policy(names, context.settings.account.deploy_role_arn)),
            # S3 refuses some changes of one bucket at the same time (OperationAborted).
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.public_access_block, ownership]),
        )
        self._lifecycle()

        self.requirements = self._object("requirements.txt", content=mwaa.requirements)
        self.startup_script = self._object(
            "startup.sh",
            content=startup_script(
                mwaa.xcom_sidecar_image,
                Path(mwaa.startup_script_file).read_text(encoding="utf-8") if mwaa.startup_script_file else None,
            ),
        )
        self.plugins = (
            self._object("plugins.zip", source=pulumi.FileAsset(mwaa.plugins_file)) if mwaa.plugins_file else None
        )
        self.register_outputs({"bucketName": self.bucket.bucket})

    def _lifecycle(self) -> None:
        """Old versions expire, but never the last few: a roll-back of MWAA still reads them by their version."""
        aws.s3.BucketLifecycleConfiguration(
            "mwaa",
            bucket=self.bucket.id,
            rules=[
                {
                    "id": "old-versions",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrent_version_expiration": {"noncurrent_days": 90, "newer_noncurrent_versions": 3},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
                }
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.versioning]),
        )

    def _object(
        self, key: str, *, content: str | None = None, source: pulumi.Asset | None = None
    ) -> aws.s3.BucketObjectv2:
        """An object, written once the bucket keeps versions and encrypts as it should."""
        return aws.s3.BucketObjectv2(
            key,
            bucket=self.bucket.id,
            key=key,
            content=content,
            source=source,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.versioning, self.encryption]),
        )

    def publish_kubeconfig(self, context: Context, cluster: aws.eks.Cluster) -> aws.s3.BucketObjectv2:
        """Write the kubeconfig for KubernetesPodOperator; the environment does not wait for it, nor for the cluster."""
        names = context.names
        content = pulumi.Output.all(cluster.endpoint, cluster.certificate_authority.data).apply(
            lambda values: kubeconfig(names.cluster, names.region, values[0], values[1])
        )
        return aws.s3.BucketObjectv2(
            "kubeconfig",
            bucket=self.bucket.id,
            key=KUBECONFIG_KEY,
            content=content,
            # Never there without the policy that keeps others from writing it.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.versioning, self.encryption, self.policy]),
        )


def _encryption_rule(
    key_arn: pulumi.Output[str] | None,
) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    if key_arn is None:
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    return {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn},
        "bucket_key_enabled": True,
    }
