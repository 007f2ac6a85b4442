"""Where the programs of a cluster are."""

from pathlib import Path

PROGRAMS = (
    "etcd",
    "gatekeeper",
    "gator",
    "helm",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
)


def binaries_folder(project: Path) -> Path:
    """The folder with the built programs."""
    return project / "tools" / "bin"


def missing_programs(project: Path) -> list[str]:
    """The programs that have not been built yet."""
    folder = binaries_folder(project)
    return [name for name in PROGRAMS if not (folder / name).exists()]
