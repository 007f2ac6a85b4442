"""The programs that a cluster consists of: built by Go from the modules that `tools/<family>/go.mod` pins.

What a family's programs are, and of which version, stands in its go.mod alone. They lie in `tools/bin`, with the data
that comes with their modules beside them; nothing is done for a family whose go.mod, go.sum and flags are those that it
was built from. The version of Go is not part of that: a newer Go on the machine is no reason to build again, and with
`tools/bin` and `tools/.built` restored from a cache no Go is needed at all.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from airflow_infra.cluster.errors import MissingError

TOOLS = Path(__file__).parents[2] / "tools"
OFFERED = "1.34.4, 1.35.4, 1.36.3 and 1.37.2"
"""Versions of Kubernetes that could be had as Go modules on 2026-11-22."""

_VERSION_PACKAGE = "k8s.io/component-base/version"


@dataclass(frozen=True)
class Family:
    """Programs that are built together, because they share a module."""

    name: str
    module: str
    """The module whose version is the family's."""
    minutes: float
    """How long the first build takes on 2 cores, about (measured 2026-11-22)."""
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    """Programs that Go names otherwise."""
    data: Mapping[str, str] = field(default_factory=dict[str, str])
    """Folders of the module that are kept beside the programs: where there -> where here."""


KUBERNETES = Family("kubernetes", "k8s.io/kubernetes", 4.5)
ETCD = Family("etcd", "go.etcd.io/etcd/server/v3", 0.5, renamed={"server": "etcd"})
GATEKEEPER = Family(
    "gatekeeper",
    "github.com/open-policy-agent/gatekeeper/v3",
    2.5,
    data={"charts/gatekeeper": "charts/gatekeeper"},
)
KWOK = Family("kwok", "sigs.k8s.io/kwok", 1, data={"kustomize/stage": "stages"})
HELM = Family("helm", "helm.sh/helm/v3", 1)
FAMILIES = (KUBERNETES, ETCD, GATEKEEPER, KWOK, HELM)


def binary(name: str, tools: Path = TOOLS) -> Path:
    """Where a program is.

    Raises:
        MissingError: when it has not been built.
    """
    file = tools / "bin" / name
    if not file.exists():
        raise MissingError(f"{name} has not been built. `make cluster` builds it, from {tools}/<family>/go.mod")
    return file


def charts(tools: Path = TOOLS) -> dict[str, Path]:
    """The folders of the Helm charts that came with what has been built, by name."""
    return {folder.name: folder for folder in sorted((tools / "bin" / "charts").glob("*"))}


def programs(family: Family, tools: Path = TOOLS) -> list[str]:
    """What a family's programs are called: the last part of each `tool` of its go.mod that is not a version."""
    names = [_last_part(package) for package in _directives("tool", family, tools)]
    return sorted(family.renamed.get(name, name) for name in names)


def version(family: Family, tools: Path = TOOLS) -> str:
    """The version that is built, like v1.36.3: it stands in the family's go.mod.

    Raises:
        MissingError: when its go.mod does not require the module.
    """
    for requirement in _directives("require", family, tools):
        module, _, rest = requirement.partition(" ")
        if module == family.module:
            return rest.split()[0]
    raise MissingError(f"{_go_mod(family, tools)} does not require {family.module}")


def kubernetes_minor(tools: Path = TOOLS) -> str:
    """The Kubernetes minor that is built, like 1.36."""
    return ".".join(version(KUBERNETES, tools).removeprefix("v").split(".")[:2])


def require_minor(wanted: str, who: str, tools: Path = TOOLS) -> None:
    """Make sure that what is built is the minor that somebody wants.

    Raises:
        MissingError: when it is another, with how to change it.
    """
    built = kubernetes_minor(tools)
    if wanted != built:
        raise MissingError(
            f"{who} wants Kubernetes {wanted}, and {_go_mod(KUBERNETES, tools)} builds {built}: one minor at a time. "
            f"To build another, give k8s.io/kubernetes that version there (like v{wanted}.0) and each replacement its "
            f"own (like v0.{wanted.partition('.')[2]}.0), run `go mod tidy` beside it and then `make cluster`. "
            f"Seen as modules: {OFFERED}"
        )


def not_built(tools: Path = TOOLS) -> list[Family]:
    """The families that `build` would build."""
    return [family for family in FAMILIES if not is_built(family, tools)]


def is_built(family: Family, tools: Path = TOOLS) -> bool:
    """Whether a family's programs and data are those of its go.mod, go.sum and flags."""
    stamp, folder = stamp_file(family, tools), tools / "bin"
    return (
        stamp.exists()
        and stamp.read_text(encoding="utf-8") == digest(family, tools)
        and all((folder / name).exists() for name in [*programs(family, tools), *family.data.values()])
    )


def stamp_file(family: Family, tools: Path = TOOLS) -> Path:
    """What says from which go.mod, go.sum and flags a family has been built."""
    return tools / ".built" / family.name


def digest(family: Family, tools: Path = TOOLS) -> str:
    """What a build of a family depends on, in short."""
    made_of = hashlib.sha256()
    for part in (_go_mod(family, tools).read_bytes(), _go_mod(family, tools).with_name("go.sum").read_bytes()):
        made_of.update(part)
    made_of.update(" ".join(flags(family, tools)).encode())
    return made_of.hexdigest()


def flags(family: Family, tools: Path = TOOLS) -> list[str]:
    """How a family is built: the same bytes wherever it is; Kubernetes is told its version, which it can't know."""
    told = ""
    if family is KUBERNETES:
        own = version(family, tools)
        major, minor, *_ = own.removeprefix("v").split(".")
        facts = {"gitVersion": own, "gitMajor": major, "gitMinor": minor}
        told = "".join(f" -X {_VERSION_PACKAGE}.{name}={value}" for name, value in facts.items())
    return ["-trimpath", "-buildvcs=false", "-ldflags", f"-s -w{told}"]


def go_wanted(family: Family, tools: Path = TOOLS) -> str:
    """The oldest Go that can build a family, like 1.26.0."""
    return _directives("go", family, tools)[0]


def _go_mod(family: Family, tools: Path) -> Path:
    return tools / family.name / "go.mod"


def _directives(word: str, family: Family, tools: Path) -> list[str]:
    """What a go.mod says under one word, alone on its line or in a block; comments left out."""
    found: list[str] = []
    inside = False
    for line in _go_mod(family, tools).read_text(encoding="utf-8").splitlines():
        text = line.partition("//")[0].strip()
        if inside and text == ")":
            inside = False
        elif inside and text:
            found.append(text)
        elif text == f"{word} (":
            inside = True
        elif text.startswith(f"{word} "):
            found.append(text.removeprefix(f"{word} ").strip())
    return found


def _last_part(package: str) -> str:
    *_, before, last = package.split("/")
    return before if last.startswith("v") and last[1:].isdigit() else last
