"""`airflow-infra cluster`: a real Kubernetes on this machine, up, down, and how it is."""

import re
import sys
import time
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from airflow_infra.cli.app import UsageError
from airflow_infra.cluster import components
from airflow_infra.cluster.building import Progress, build
from airflow_infra.cluster.errors import MissingError
from airflow_infra.settings.readers import load_stack, stack_names

_SAID_EVERY_S = 30


def cluster_build() -> None:
    """Build what is missing, and say how that goes.

    Raises:
        MissingError: when Go has to be installed first.
        ClusterError: when something does not build.
    """
    if all(components.is_built(family) for family in components.FAMILIES):
        print("Everything is built")
    else:
        build(_BuildProgress())


def cluster_up(project: Path, name: str, stack: str | None, as_of: date) -> None:
    """Build what is missing, bring the cluster up, and say how to use it.

    Raises:
        MissingError: when something has to be installed first, or a stack wants another Kubernetes than is built.
        SettingsError: when a stack file cannot be used.
        ClusterError: when something does not build or start.
    """
    if find_spec("cryptography") is None:
        raise MissingError("a local cluster needs the development requirements: `make install`")
    for each in [stack] if stack else stack_names(project):
        settings = load_stack(each, project, as_of=as_of).settings
        components.require_minor(settings.eks.cluster.kubernetes_version, f"stack {each}")
    build(_BuildProgress())
    from airflow_infra.cluster.cluster import Cluster

    cluster = Cluster(_folder(project, name), components.TOOLS / "bin")
    if cluster.is_up():
        print(f"The cluster {name} is up already")
    else:
        cluster.up(lambda what, seconds: print(f"{seconds:5.1f} s  {what}", flush=True))
    print(f"Kubernetes {components.version(components.KUBERNETES)}: {cluster.server}")
    for user in ("admin", "mwaa-service"):
        print(f"  as {user:<13} KUBECONFIG={_shown(cluster.kubeconfig(user))}")


def cluster_down(project: Path, name: str) -> None:
    """Stop it, and remove all that it had."""
    from airflow_infra.cluster.cluster import Cluster

    cluster = Cluster(_folder(project, name), components.TOOLS / "bin")
    if not cluster.folder.exists():
        print(f"There is no cluster {name}")
        return
    cluster.down()
    print(f"The cluster {name} is gone")


def cluster_status(project: Path, name: str) -> bool:
    """Say what runs, and what doesn't. Whether it is up."""
    from airflow_infra.cluster.cluster import Cluster
    from airflow_infra.cluster.release import Gatekeeper

    cluster = Cluster(_folder(project, name), components.TOOLS / "bin")
    if not cluster.folder.exists():
        print(f"There is no cluster {name}")
        return False
    for process, pid in cluster.parts().items():
        print(
            f"  {process:<60} {f'pid {pid}' if pid else f'does not run; see {_shown(cluster.processes.log(process))}'}"
        )
    is_up = cluster.is_up()
    if is_up:
        for problem in Gatekeeper(cluster).problems():
            print(f"  Gatekeeper's release can't be run as it is: {problem}")
    print(f"The cluster {name} is {'up' if is_up else 'not up'}")
    return is_up


class _BuildProgress:
    """Tells how a build goes: on a terminal all the time, elsewhere now and then."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, bool], float] = {}

    def __call__(self, progress: Progress) -> None:
        on_terminal = sys.stdout.isatty()
        now, key = time.monotonic(), (progress.family.name, progress.waiting)
        if not (on_terminal or progress.done or now - self._said.get(key, 0) >= _SAID_EVERY_S):
            return
        self._said[key] = now
        text = _told(progress)
        stays = progress.done or not on_terminal
        print(f"\r\033[K{text}" if on_terminal else text, end="\n" if stays else "", flush=True)


def _told(progress: Progress) -> str:
    family, passed = progress.family, _minutes(progress.seconds)
    if progress.done:
        return f"Built {', '.join(components.programs(family))} {components.version(family)} in {passed}"
    if progress.waiting:
        return f"{family.name}: another build of it is going on, for {passed}"
    usually = _minutes(family.minutes * 60)
    return f"{family.name}: {passed} of about {usually} the first time, {progress.packages} packages compiled"


def _folder(project: Path, name: str) -> Path:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", name):
        raise UsageError(f"--name {name}: expected lower-case letters, digits and hyphens, 40 at most")
    return project / ".cluster" / name


def _shown(path: Path) -> Path:
    """A path as short as it can be from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d} min"
