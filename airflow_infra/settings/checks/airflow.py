"""The Airflow environment: its size, its version, its configuration, the files it names."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from packaging.version import Version

from airflow_infra.catalogue.airflow import airflow_versions, environment_classes
from airflow_infra.settings.checks.surroundings import Check, Surroundings
from airflow_infra.settings.problems import Finding
from airflow_infra.settings.stack import StackSettings

# CreateEnvironment: pattern and length of a configuration key, printable ASCII values (Amazon MWAA API reference).
OPTION_KEY = re.compile(r"[a-z]+([a-z0-9._]*[a-z0-9_]+)?")
LONGEST_OPTION_KEY = 64
OPTION_VALUE = re.compile(r"[ -~]+")
# Options that the program sets itself, by the block of settings that makes it.
_OWN_OPTIONS = {
    "email": ("email.email_backend", "email.email_conn_id", "email.from_email"),
    "secrets_backend": ("secrets.backend", "secrets.backend_kwargs"),
}
_SECRET_WORDS = frozenset(
    (
        "password",
        "passwords",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "secrets",
        "token",
        "tokens",
        "credential",
        "credentials",
        "apikey",
        "dsn",
    )
)
# Last words that say what is told about a secret rather than that it is one: private_key_path, token_ttl.
_HARMLESS_LAST_WORDS = frozenset(
    (
        "path",
        "file",
        "dir",
        "name",
        "prefix",
        "header",
        "url",
        "ttl",
        "age",
        "lifetime",
        "expiry",
        "expiration",
        "timeout",
        "interval",
        "seconds",
        "time",
        "enabled",
        "length",
        "size",
        "type",
        "arn",
        "method",
        "cmd",
        "backend",
    )
)
_SECRET_OPTIONS = frozenset(
    ("sql_alchemy_conn", "broker_url", "result_backend", "flower_basic_auth", "access_key_id", "aws_access_key_id")
)
_SECRET_VALUE = re.compile(r"\bA(KIA|SIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY|://[^/\s:@]*:[^/\s@]+@")


def size(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Workers, schedulers and web servers that the class allows."""
    mwaa, name = settings.mwaa, settings.mwaa.environment_class
    for low, high in (("min_workers", "max_workers"), ("min_webservers", "max_webservers")):
        if getattr(mwaa, low) > getattr(mwaa, high):
            yield Finding(("mwaa", low), f"above {high} {getattr(mwaa, high)}", getattr(mwaa, low))
    quota = settings.quotas.workers_per_environment
    if mwaa.max_workers > quota:
        message = (
            f"above the quota of {quota} workers: expected fewer, or the raised quota in quotas.workers_per_environment"
        )
        yield Finding(("mwaa", "max_workers"), message, mwaa.max_workers)
    environment_class = environment_classes().classes.get(name)
    if environment_class is None:
        return
    limits = {
        "schedulers": environment_class.schedulers,
        "min_webservers": environment_class.webservers,
        "max_webservers": environment_class.webservers,
    }
    if not environment_class.autoscaling:
        limits |= {"min_workers": (1, 1), "max_workers": (1, 1)}
    for field, (fewest, most) in limits.items():
        count = getattr(mwaa, field)
        if not fewest <= count <= most:
            expected = str(fewest) if fewest == most else f"{fewest} to {most}"
            yield Finding(("mwaa", field), f"expected {expected} for {name}", count)


def version(settings: StackSettings, surroundings: Surroundings) -> Iterator[Finding]:
    """A version that MWAA offers, as far as is known."""
    path, catalogue = ("mwaa", "airflow_version"), airflow_versions()
    found = settings.mwaa.airflow_version
    if found in catalogue.versions:
        offered = catalogue.versions[found].available
        if surroundings.as_of and surroundings.as_of < offered:
            yield Finding(path, f"MWAA offers it since {offered}, not yet on {surroundings.as_of}", found, warning=True)
        return
    if found in catalogue.end_of_support:
        message = f"MWAA no longer makes environments of this version since {catalogue.end_of_support[found]}"
        yield Finding(path, message, found)
        return
    release = Version(found).release
    known = [Version(version).release for version in catalogue.versions]
    same_minor = [other for other in known if other[:2] == release[:2]]
    if release > max(same_minor or known):
        message = f"newer than the catalogue of {catalogue.as_of}: nothing about it is checked"
        yield Finding(path, message, found, warning=True)
    else:
        message = f"MWAA does not offer it: expected one of {', '.join(catalogue.versions)} (as of {catalogue.as_of})"
        yield Finding(path, message, found)


def email(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Some versions send failure mails by SMTP whatever backend is configured (apache/airflow 65012, 69877)."""
    ignored = airflow_versions().email_backend_ignored
    found = settings.mwaa.airflow_version
    if settings.mwaa.email and Version(ignored.first) <= Version(found) <= Version(ignored.last):
        message = (
            f"Airflow {ignored.first} to {ignored.last} ignores the email backend for failure and retry mails, so that "
            f"none would be sent: expected Airflow {airflow_versions().advised}, or no email block"
        )
        yield Finding(("mwaa", "email"), message)


def configuration_options(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Options that MWAA would refuse, that the program sets itself, or that would show a secret to GetEnvironment."""
    mwaa = settings.mwaa
    for block, options in _OWN_OPTIONS.items():
        for option in options:
            if getattr(mwaa, block) is not None and option in mwaa.configuration_options:
                message = f"mwaa.{block} sets this option: remove one of them"
                yield Finding(("mwaa", "configuration_options", option), message)
    for key, value in mwaa.configuration_options.items():
        path = ("mwaa", "configuration_options", key)
        if not OPTION_KEY.fullmatch(key) or "." not in key:
            message = "expected section.option of lower-case letters, digits, underscores and dots"
            yield Finding(path, message)
        if len(key) > LONGEST_OPTION_KEY:
            yield Finding(path, f"{len(key)} characters: MWAA takes at most {LONGEST_OPTION_KEY} in a key")
        if not OPTION_VALUE.fullmatch(value):
            yield Finding(path, "expected printable ASCII characters, at least one", value)
        if looks_like_a_secret(key, value):
            message = (
                "looks like a secret, and everybody who may read the environment would see it: put it into AWS Secrets "
                "Manager, below the prefixes of mwaa.secrets_backend"
            )
            yield Finding(path, message)


def looks_like_a_secret(key: str, value: str = "") -> bool:
    """Whether a configuration option holds a secret, by its name or by its value.

    `..._cmd` and Airflow's `<option>_secret`, which name the place of a secret, are none: core.fernet_key_secret.
    """
    if _SECRET_VALUE.search(value):
        return True
    option = key.rpartition(".")[2]
    if option.endswith("_secret") and looks_like_a_secret(option.removesuffix("_secret")):
        return False
    words = option.split("_")
    if option in _SECRET_OPTIONS or words[-1] in ("key", "keys"):
        return True
    return words[-1] not in _HARMLESS_LAST_WORDS and not _SECRET_WORDS.isdisjoint(words)


def files(settings: StackSettings, surroundings: Surroundings) -> Iterator[Finding]:
    """Files that the settings name: inside the project, and there."""
    for field, suffix in (("plugins_file", ".zip"), ("startup_script_file", ".sh")):
        name = getattr(settings.mwaa, field)
        if name is None:
            continue
        path = ("mwaa", field)
        file = PurePosixPath(name)
        if file.is_absolute() or ".." in file.parts:
            yield Finding(path, "expected a path inside the project, relative to it", name)
        elif file.suffix != suffix:
            yield Finding(path, f"expected a file that ends in {suffix}", name)
        elif surroundings.project and not (surroundings.project / file).is_file():
            yield Finding(path, "there is no such file in the project", name)


def xcom_sidecar_image(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """An image that is the same tomorrow, from a registry that needs no way out."""
    path, image = ("mwaa", "xcom_sidecar_image"), settings.mwaa.xcom_sidecar_image
    registry, _slash, name = image.partition("/")
    tag = name.partition("@")[2] or name.rpartition(":")[2]
    if not name or tag in (name, "", "latest"):
        yield Finding(path, "expected registry/name:tag, with a tag other than latest", image)
        return
    account = settings.account
    own = f"{account.id}.dkr.ecr.{account.region}.amazonaws.com"
    if registry != own:
        yield Finding(
            path, f"not from the stack's own registry {own}: its nodes must be able to pull it", image, warning=True
        )


CHECKS: tuple[Check, ...] = (size, version, email, configuration_options, files, xcom_sidecar_image)
