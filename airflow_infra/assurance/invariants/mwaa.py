"""The Airflow environment: its state, version, size, configuration and logs."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from airflow_infra.assurance.invariants.invariant import Invariant, NotCheckedError, Subject
from airflow_infra.settings.checks import airflow
from airflow_infra.settings.checks.surroundings import Surroundings
from airflow_infra.settings.stack import StackSettings

_SIZE = {
    "EnvironmentClass": "environment_class",
    "MinWorkers": "min_workers",
    "MaxWorkers": "max_workers",
    "Schedulers": "schedulers",
    "MinWebservers": "min_webservers",
    "MaxWebservers": "max_webservers",
}
"""What GetEnvironment calls the settings of an environment's size."""
_LOGS = ("DagProcessingLogs", "SchedulerLogs", "TaskLogs", "WebserverLogs", "WorkerLogs")
_PIP_STREAMS = "requirements_install"
"""How the names of pip's log streams begin (MWAA user guide, Python dependencies; not verified here)."""
_PIP_FAILED = re.compile(r"^\s*ERROR\b|Could not find a version|ResolutionImpossible", re.MULTILINE)


def environment(subject: Subject) -> dict[str, Any]:
    """The environment of the stack, as GetEnvironment describes it."""
    return subject.look.one("mwaa", "get_environment", Name=subject.names.environment)["Environment"]


def settings_of(subject: Subject, **mwaa: object) -> StackSettings:
    """The stack's settings with what was found in the account in place of what they ask for."""
    return subject.settings.model_copy(update={"mwaa": subject.settings.mwaa.model_copy(update=mwaa)})


def available(subject: Subject) -> Iterator[str]:
    """It is AVAILABLE, and the last update was applied: after a failed one the old environment goes on working."""
    found = environment(subject)
    if found["Status"] != "AVAILABLE":
        yield f"environment {found['Name']} is {found['Status']}, expected AVAILABLE"
    update = found.get("LastUpdate", {})
    if update.get("Status") == "FAILED":
        why = update.get("Error", {}).get("ErrorMessage", "no reason given")
        yield f"environment {found['Name']}: its last update FAILED ({why}), expected SUCCESS"


def installed_requirements(subject: Subject) -> Iterator[str]:
    """pip ran without an error since the last update: otherwise the environment is AVAILABLE without its packages.

    Raises:
        NotCheckedError: pip left no record since then, as where nothing is installed, or its logs are off.
    """
    found = environment(subject)
    since: datetime = found.get("LastUpdate", {}).get("CreatedAt", found["CreatedAt"])
    started = int(since.timestamp() * 1000)
    seen = False
    for group in subject.names.airflow_log_groups:
        streams = subject.look.all(
            "logs", "describe_log_streams", "logStreams", logGroupName=group, logStreamNamePrefix=_PIP_STREAMS
        )
        for stream in streams:
            events = subject.look.all(
                "logs",
                "filter_log_events",
                "events",
                logGroupName=group,
                logStreamNames=[stream["logStreamName"]],
                startTime=started,
            )
            seen = seen or bool(events)
            error = next((event["message"] for event in events if _PIP_FAILED.search(event["message"])), None)
            if error:
                yield f"{group}, {stream['logStreamName']}: pip says {error.strip()!r}, expected no error"
    if not seen:
        raise NotCheckedError(
            f"no log stream {_PIP_STREAMS}* has an event since {since:%Y-%m-%d %H:%M} UTC: pip did not run, as an "
            "emulator installs nothing, or the log levels hide what it said"
        )


def log_groups(subject: Subject) -> Iterator[str]:
    """Each log is on, and its group forgets after the configured days."""
    names, days = subject.names, subject.settings.mwaa.log_retention_days
    groups = subject.look.all(
        "logs", "describe_log_groups", "logGroups", logGroupNamePrefix=f"airflow-{names.environment}-"
    )
    retention = {group["logGroupName"]: group.get("retentionInDays") for group in groups}
    for name in names.airflow_log_groups:
        if name not in retention:
            yield f"log group {name} does not exist, expected it with {days} days of retention"
        elif retention[name] != days:
            kept = f"{retention[name]} days" if retention[name] else "for ever"
            yield f"log group {name} keeps its events {kept}, expected {days} days"
    logging = environment(subject).get("LoggingConfiguration", {})
    for log in _LOGS:
        if not logging.get(log, {}).get("Enabled"):
            yield f"environment {names.environment}: {log} is off, expected it on"


def no_secret_options(subject: Subject) -> Iterator[str]:
    """Whoever may call GetEnvironment reads every configuration option."""
    for key, value in _options(subject).items():
        if airflow.looks_like_a_secret(key, value):
            yield (
                f"environment {subject.names.environment}: configuration option {key} looks like a secret, "
                "expected it in Secrets Manager"
            )


def options(subject: Subject) -> Iterator[str]:
    """Options that MWAA takes, and every configured one as it was configured."""
    found, name = _options(subject), subject.names.environment
    for key, value in found.items():
        if not airflow.OPTION_KEY.fullmatch(key) or len(key) > airflow.LONGEST_OPTION_KEY:
            expected = f"{airflow.OPTION_KEY.pattern}, at most {airflow.LONGEST_OPTION_KEY} characters"
            yield f"environment {name}: configuration option {key!r}, expected a key like {expected}"
        if not airflow.OPTION_VALUE.fullmatch(value):
            yield f"environment {name}: configuration option {key} is {value!r}, expected non-empty printable ASCII"
    for key, value in subject.settings.mwaa.configuration_options.items():
        if found.get(key) != value:
            yield f"environment {name}: configuration option {key} is {found.get(key)!r}, expected {value!r}"


def supported_version(subject: Subject) -> Iterator[str]:
    """A version that MWAA offers, and the configured one.

    Raises:
        NotCheckedError: it is newer than the catalogue of versions.
    """
    name, found = subject.names.environment, environment(subject)["AirflowVersion"]
    wanted = subject.settings.mwaa.airflow_version
    findings = list(airflow.version(settings_of(subject, airflow_version=found), Surroundings(as_of=subject.as_of)))
    for finding in findings:
        if not finding.warning:
            yield f"environment {name} runs Airflow {found}: {finding.message}"
    if found != wanted:
        yield f"environment {name} runs Airflow {found}, expected {wanted}"
    elif any(finding.warning for finding in findings):
        raise NotCheckedError(f"Airflow {found}: {findings[0].message}")


def size(subject: Subject) -> Iterator[str]:
    """Class and counts as configured, and counts that the class allows."""
    found, name = environment(subject), subject.names.environment
    for key, field in _SIZE.items():
        wanted = getattr(subject.settings.mwaa, field)
        if found.get(key) != wanted:
            yield f"environment {name}: {key} is {found.get(key)}, expected {wanted}"
    actual = {field: found[key] for key, field in _SIZE.items() if key in found}
    for finding in airflow.size(settings_of(subject, **actual), Surroundings()):
        yield f"environment {name}: {finding.path[-1]} is {finding.value}, {finding.message}"


def access_mode(subject: Subject) -> Iterator[str]:
    """The UI is reached as configured."""
    found, wanted = environment(subject).get("WebserverAccessMode"), subject.settings.mwaa.webserver_access_mode
    if found != wanted:
        yield f"environment {subject.names.environment}: its UI is {found}, expected {wanted}"


def maintenance_window(subject: Subject) -> Iterator[str]:
    """The window is the configured one; unasked, AWS picks any hour of the week."""
    found = environment(subject).get("WeeklyMaintenanceWindowStart")
    wanted = subject.settings.mwaa.weekly_maintenance_window_start
    if found != wanted:
        yield f"environment {subject.names.environment}: maintenance starts {found}, expected {wanted}"


def _options(subject: Subject) -> dict[str, str]:
    return environment(subject).get("AirflowConfigurationOptions", {})


_ENVIRONMENT = ("mwaa:GetEnvironment",)

INVARIANTS = (
    Invariant(
        "mwaa-19",
        "The environment is available and its last update did not fail",
        "critical",
        "No DAG runs; or a change that everybody takes for deployed was rolled back.",
        _ENVIRONMENT,
        available,
    ),
    Invariant(
        "mwaa-32",
        "pip reported no error since the last update",
        "high",
        "DAGs fail on import, in an environment that says AVAILABLE.",
        (*_ENVIRONMENT, "logs:DescribeLogStreams", "logs:FilterLogEvents"),
        installed_requirements,
    ),
    Invariant(
        "mwaa-33",
        "The five logs are on and their groups have the configured retention",
        "medium",
        "Logs are missing when they are needed, or are kept and paid for without end.",
        (*_ENVIRONMENT, "logs:DescribeLogGroups"),
        log_groups,
    ),
    Invariant(
        "mwaa-34",
        "No configuration option looks like a secret",
        "critical",
        "Everybody who may read the environment reads the secret.",
        _ENVIRONMENT,
        no_secret_options,
    ),
    Invariant(
        "mwaa-35",
        "Configuration options are well-formed and as configured",
        "medium",
        "MWAA refuses the next update, or Airflow behaves otherwise than the stack file says.",
        _ENVIRONMENT,
        options,
    ),
    Invariant(
        "mwaa-37",
        "The environment runs the configured Airflow version, and MWAA supports it",
        "high",
        "No security fixes, and in the end an upgrade at a time that AWS chooses.",
        _ENVIRONMENT,
        supported_version,
    ),
    Invariant(
        "mwaa-38",
        "Class, workers, schedulers and web servers are as configured and valid for the class",
        "medium",
        "Tasks queue or idle workers are paid for, and the next update may be refused.",
        _ENVIRONMENT,
        size,
    ),
    Invariant(
        "mwaa-39",
        "The Airflow UI is reached as configured",
        "high",
        "A UI meant for the VPC stands on the internet, or nobody reaches it.",
        _ENVIRONMENT,
        access_mode,
    ),
    Invariant(
        "mwaa-40",
        "The maintenance window is the configured one",
        "low",
        "Maintenance interrupts tasks at an hour that nobody chose.",
        _ENVIRONMENT,
        maintenance_window,
    ),
)
