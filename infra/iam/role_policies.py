"""What the execution role of the Airflow environment may do: its DAGs run with exactly this."""

from airflow_infra.settings.mwaa import Email, MwaaSettings, SecretsBackend
from airflow_infra.settings.names import Names
from infra.iam.documents import Document, Statement, allow, deny, document


def execution_policy(names: Names, mwaa: MwaaSettings, key_arn: str | None) -> Document:
    """The policy of the execution role, after the MWAA user guide (execution role, November 2026).

    `*` stands only where AWS offers nothing narrower. The cluster's ARN is computed, so that the environment does
    not wait for the cluster. `key_arn` is the customer's KMS key, or None for AWS's own.
    """
    statements = [
        allow("PublishMetrics", ["airflow:PublishMetrics"], names.environment_arn),
        deny("NeverListBuckets", ["s3:ListAllMyBuckets"], "*"),
        allow(
            "ReadBucket",
            ["s3:GetObject*", "s3:GetBucket*", "s3:List*"],
            [names.bucket_arn, f"{names.bucket_arn}/*"],
        ),
        allow(
            "WriteLogs",
            [
                "logs:CreateLogStream",
                "logs:CreateLogGroup",
                "logs:PutLogEvents",
                "logs:GetLogEvents",
                "logs:GetLogRecord",
                "logs:GetLogGroupFields",
                "logs:GetQueryResults",
            ],
            f"arn:aws:logs:{names.region}:{names.account_id}:log-group:airflow-{names.environment}-*",
        ),
        allow(
            "NothingNarrowerExists",
            ["logs:DescribeLogGroups", "s3:GetAccountPublicAccessBlock", "cloudwatch:PutMetricData"],
            "*",
        ),
        allow(
            "CeleryQueue",
            [
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:ReceiveMessage",
                "sqs:SendMessage",
            ],
            f"arn:aws:sqs:{names.region}:*:airflow-celery-*",
        ),
        _encryption(names, key_arn),
        allow("FindCluster", ["eks:DescribeCluster"], names.cluster_arn),
    ]
    if mwaa.secrets_backend is not None:
        statements.append(_secrets(names, mwaa.secrets_backend))
    if mwaa.email is not None:
        statements.append(_email(names, mwaa.email))
    return document(*statements)


def _encryption(names: Names, key_arn: str | None) -> Statement:
    actions = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "kms:Encrypt"]
    queue = f"sqs.{names.region}.amazonaws.com"
    if key_arn is not None:
        bucket = f"s3.{names.region}.amazonaws.com"
        return allow("CustomerKey", actions, key_arn, {"StringLike": {"kms:ViaService": [queue, bucket]}})
    # The queue's key belongs to AWS and its ARN is not published: every key but the account's own.
    return {
        "Sid": "QueueKeyOfAws",
        "Effect": "Allow",
        "Action": actions,
        "NotResource": f"arn:aws:kms:*:{names.account_id}:key/*",
        "Condition": {"StringLike": {"kms:ViaService": [queue]}},
    }


def _secrets(names: Names, backend: SecretsBackend) -> Statement:
    prefix = f"arn:aws:secretsmanager:{names.region}:{names.account_id}:secret"
    return allow(
        "ReadConnectionsAndVariables",
        ["secretsmanager:GetSecretValue"],
        [f"{prefix}:{backend.connections_prefix}/*", f"{prefix}:{backend.variables_prefix}/*"],
    )


def _email(names: Names, email: Email) -> Statement:
    return allow(
        "SendEmail",
        ["ses:SendRawEmail"],
        f"arn:aws:ses:{names.region}:{names.account_id}:identity/{email.sender}",
        {"StringEquals": {"ses:FromAddress": email.sender}},
    )
