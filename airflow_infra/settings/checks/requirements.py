"""The requirements of the Airflow environment, and the constraint file that they name."""

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from airflow_infra.catalogue.airflow import airflow_versions
from airflow_infra.settings.checks.surroundings import Check, Surroundings
from airflow_infra.settings.problems import Finding
from airflow_infra.settings.stack import StackSettings

_PATH = ("mwaa", "requirements")
_CONSTRAINT = re.compile(r"(?:--constraint|-c)(?:\s+|=)(?P<quote>[\"']?)(?P<target>\S+?)(?P=quote)")
_CONSTRAINT_FILE = re.compile(
    r"constraints-(?P<airflow>[^/]+)/constraints-(?:no-providers-|source-providers-)?(?P<python>\d+\.\d+)\.txt"
)
_CREDENTIALS = re.compile(r"://[^/\s@]+@")


def _lines(text: str) -> Iterator[str]:
    """Lines that mean something to pip: no comments, no blank ones."""
    for line in text.splitlines():
        meaning = re.sub(r"(^|\s)#.*$", "", line).strip()
        if meaning:
            yield meaning


def constraint(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Airflow's version, its Python and the constraint file agree.

    Without the line MWAA adds one of its own; with a wrong one pip fails, and the environment still becomes available
    (Amazon MWAA user guide, Python dependencies; MWAA's public images).
    """
    version = settings.mwaa.airflow_version
    known = airflow_versions().versions.get(version)
    expected = f"constraints-{version}/constraints-{known.python if known else '<python>'}.txt"
    lines = [line for line in _lines(settings.mwaa.requirements) if re.match(r"(--constraint|-c)\b", line)]
    if not lines:
        message = (
            "missing the constraint line: expected --constraint "
            f'"https://raw.githubusercontent.com/apache/airflow/{expected}" for Airflow {version}'
        )
        yield Finding(_PATH, message)
    if len(lines) > 1:
        yield Finding(_PATH, f"{len(lines)} constraint lines: expected one", lines[1])
    for line in lines:
        match = _CONSTRAINT.fullmatch(line)
        file = _CONSTRAINT_FILE.search(match["target"]) if match else None
        if match is None:
            yield Finding(_PATH, f"expected --constraint and a file, ending in {expected}", line)
        elif file is None:
            message = f"not a constraint file of Apache Airflow: it is not known whether it agrees with {version}"
            yield Finding(_PATH, message, match["target"], warning=True)
        elif file["airflow"] != version:
            message = f"the constraints are of Airflow {file['airflow']}, mwaa.airflow_version is {version}"
            yield Finding(_PATH, f"{message}: expected {expected}", file[0])
        elif known and file["python"] != known.python:
            message = f"the constraints are of Python {file['python']}, Airflow {version} on MWAA runs {known.python}"
            yield Finding(_PATH, f"{message}: expected {expected}", file[0])


def packages(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Packages that pip understands, each once, none of which changes Airflow or fights the constraints."""
    version = settings.mwaa.airflow_version
    catalogue = airflow_versions()
    known = catalogue.versions.get(version)
    seen: set[str] = set()
    for line in _lines(settings.mwaa.requirements):
        if _CREDENTIALS.search(line):
            message = "an address with credentials in it: requirements.txt lies in the bucket as plain text"
            yield Finding(_PATH, message)
        if line.startswith("-"):
            continue
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            yield Finding(_PATH, "not a requirement that pip understands: expected name==version", line)
            continue
        name = canonicalize_name(requirement.name)
        if name in seen:
            yield Finding(_PATH, f"{name} stands here a second time", line)
        seen.add(name)
        pins = [specifier.version for specifier in requirement.specifier if specifier.operator == "=="]
        if name == "apache-airflow" and pins != [version]:
            message = (
                f"installs another Airflow than the environment's: expected apache-airflow=={version}, or rather the "
                "provider packages alone"
            )
            yield Finding(_PATH, message, line)
        constrained = known.providers.get(name) if known else None
        if constrained and requirement.specifier and not requirement.specifier.contains(constrained):
            message = f"the constraints of Airflow {version} pin {name} {constrained} (as of {catalogue.as_of})"
            yield Finding(_PATH, f"{message}: pip would fail", line)


def package_index(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """A private web server has no way to a package index (Amazon MWAA user guide, Apache Airflow access modes)."""
    private = settings.mwaa.webserver_access_mode == "PRIVATE_ONLY"
    if private and "--no-index" not in _lines(settings.mwaa.requirements):
        message = (
            "a PRIVATE_ONLY web server reaches no package index: expected wheels in mwaa.plugins_file, and here "
            "--find-links /usr/local/airflow/plugins, --no-index and a constraint file among the wheels"
        )
        yield Finding(_PATH, message, warning=True)


CHECKS: tuple[Check, ...] = (constraint, packages, package_index)
