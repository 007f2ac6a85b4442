"""Settings of the Airflow environment and of the bucket it reads."""

from typing import Annotated, Literal

from pydantic import Field

from airflow_infra.settings.types import Block, Cidr, EmailAddress, RetentionDays, Text, text_like

SecretsPrefix = Annotated[
    str,
    *text_like(r"[\w+=.@-]+(/[\w+=.@-]+)*", "a prefix such as airflow/connections, without a slash at either end"),
]
LogLevel = Literal["CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"]


class LogLevels(Block):
    """What each of the five log groups records."""

    dag_processing: LogLevel = "WARNING"
    """DAG processor's log level."""
    scheduler: LogLevel = "WARNING"
    """Scheduler's log level."""
    task: LogLevel = "INFO"
    """Tasks' log level."""
    webserver: LogLevel = "WARNING"
    """Web server's log level."""
    worker: LogLevel = "WARNING"
    """Workers' log level."""


class SecretsBackend(Block):
    """Airflow connections and variables from AWS Secrets Manager."""

    connections_prefix: SecretsPrefix = "airflow/connections"
    """Prefix of the secrets that hold connections. The execution role may read below it."""
    variables_prefix: SecretsPrefix = "airflow/variables"
    """Prefix of the secrets that hold variables. The execution role may read below it."""


class Email(Block):
    """Email by Amazon SES through the execution role: no key anywhere."""

    sender: EmailAddress
    """The address that Airflow's mails come from."""
    owns_identity: bool = False
    """This stack creates the SES identity. It is account-wide: at most one stack of an account may own it."""


class DagPublisher(Block):
    """The role with which a repository's pipeline writes DAGs to the bucket."""

    repository: Annotated[str, *text_like(r"[\w.-]+/[\w.-]+", "a repository as owner/name")]
    """GitHub repository that may assume the role, owner/name."""
    branch: Text = "main"
    """The only branch that may assume it."""
    owns_oidc_provider: bool = False
    """This stack creates GitHub's OIDC provider in the account; otherwise it is looked up."""


class MwaaSettings(Block):
    """The Amazon MWAA environment."""

    airflow_version: Annotated[str, *text_like(r"\d+\.\d+\.\d+", "an Apache Airflow version such as 3.3.1")]
    """Apache Airflow version. A change of major must not be made here alone: see the upgrade how-to."""
    environment_class: Literal["mw1.micro", "mw1.small", "mw1.medium", "mw1.large", "mw1.xlarge", "mw1.2xlarge"]
    """Size of scheduler, web server and workers."""
    min_workers: Annotated[int, Field(ge=1)] = 1
    """Workers that always run."""
    max_workers: Annotated[int, Field(ge=1)] = 10
    """Workers at most."""
    schedulers: Annotated[int, Field(ge=1, le=5)] = 2
    """Schedulers (1 on mw1.micro, else 2 to 5)."""
    min_webservers: Annotated[int, Field(ge=1, le=5)] = 2
    """Web servers that always run (1 on mw1.micro, else 2 to 5)."""
    max_webservers: Annotated[int, Field(ge=1, le=5)] = 2
    """Web servers at most."""
    webserver_access_mode: Literal["PRIVATE_ONLY", "PUBLIC_ONLY"] = "PUBLIC_ONLY"
    """Whether the UI is reached over the internet (sign-in is IAM's either way) or privately, which needs wheels."""
    webserver_cidrs: tuple[Cidr, ...] = ()
    """Private ranges, inside the VPC or behind a gateway, from which a PRIVATE_ONLY web server is reached."""
    weekly_maintenance_window_start: Annotated[
        str,
        *text_like(
            r"(MON|TUE|WED|THU|FRI|SAT|SUN):([01]\d|2[0-3]):(00|30)",
            "DAY:HH:MM in UTC on the half hour, such as SUN:03:00",
        ),
    ]
    """Start of the weekly two-hour maintenance window, UTC, DAY:HH:MM on the half hour."""
    worker_replacement_strategy: Literal["FORCED", "GRACEFUL"] = "GRACEFUL"
    """On an update, stop workers at once or let their tasks finish (12 hours at most)."""
    log_levels: LogLevels = LogLevels()
    """Log level of each log group."""
    log_retention_days: RetentionDays = 90
    """Days that the five log groups keep their events (a retention that CloudWatch Logs knows)."""
    configuration_options: dict[str, str] = {}
    """Airflow configuration, section.key to text. Numbers and booleans are written in quotes."""
    secrets_backend: SecretsBackend | None = None
    """Secrets Manager as Airflow's secrets backend."""
    email: Email | None = None
    """Email notifications."""
    requirements: Text
    """Content of requirements.txt, with its --constraint line."""
    plugins_file: Text | None = None
    """Path of a plugins.zip, relative to the project, where there is one."""
    startup_script_file: Text | None = None
    """Path of a startup script, relative to the project, where there is one."""
    xcom_sidecar_image: Text
    """Image of KubernetesPodOperator's XCom sidecar, tagged, from the stack's own registry."""
    dag_publisher: DagPublisher | None = None
    """Who may publish DAGs by pipeline."""
