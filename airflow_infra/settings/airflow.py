"""What the settings of a stack mean to Airflow: its configuration, and the Kubernetes connection of its tasks."""

import json

from airflow_infra.settings.mwaa import MwaaSettings, SecretsBackend

_SES_MAILER = "airflow.providers.amazon.aws.utils.emailer.send_email"
_SECRETS_MANAGER = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"
# MWAA's own pattern: the backend is asked for every connection but aws_default.
_CONNECTIONS_PATTERN = "^(?!aws_default$).*$"


def configuration_options(mwaa: MwaaSettings) -> dict[str, str]:
    """Airflow's configuration: the stack's own options, and what email and secrets backend need.

    Every value is text, as MWAA demands.
    """
    options = dict(mwaa.configuration_options)
    if mwaa.email is not None:
        # Mail through SES with the execution role: there is no password to keep. Airflow's default connection for
        # mail, smtp_default, is none of AWS's and does not exist here.
        options |= {
            "email.email_backend": _SES_MAILER,
            "email.email_conn_id": "aws_default",
            "email.from_email": mwaa.email.sender,
        }
    if mwaa.secrets_backend is not None:
        options |= _secrets_options(mwaa.secrets_backend)
    return options


def _secrets_options(backend: SecretsBackend) -> dict[str, str]:
    kwargs = {
        "connections_prefix": backend.connections_prefix,
        "connections_lookup_pattern": _CONNECTIONS_PATTERN,
        "variables_prefix": backend.variables_prefix,
    }
    return {"secrets.backend": _SECRETS_MANAGER, "secrets.backend_kwargs": json.dumps(kwargs)}


def kubernetes_connection(xcom_sidecar_image: str) -> str:
    """The Airflow connection `kubernetes_default`, as JSON. It holds nothing secret.

    It says what KubernetesPodOperator's XCom sidecar is: an image of the stack's own registry, and the security context
    that the admission policy on privilege escalation asks for. Providers before apache/airflow 69613 (July 2026) ignore
    the latter: there, Gatekeeper's mutation fills it in. The field is JSON within JSON.
    """
    security_context = {"allowPrivilegeEscalation": False}
    extra = {
        "xcom_sidecar_container_image": xcom_sidecar_image,
        "xcom_sidecar_container_security_context": json.dumps(security_context),
    }
    return json.dumps({"conn_type": "kubernetes", "extra": extra})
