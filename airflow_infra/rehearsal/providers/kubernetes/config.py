"""The inputs of a `pulumi:providers:kubernetes` resource."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from airflow_infra.rehearsal.providers.kubernetes.client import KubernetesApi
from airflow_infra.rehearsal.providers.protocol import Diff, Properties, ProviderError
from airflow_infra.rehearsal.providers.suggestions import suggestion

Kubeconfig = dict[str, Any]
Connect = Callable[[Kubeconfig], KubernetesApi]
"""Finds the API server of a kubeconfig (its current context). Raises UnreachableError when there is none, ApiError 401
or 403 when it does not let the kubeconfig's identity in."""

_FLAGS = frozenset(
    {
        "deleteUnreachable", "enableConfigMapMutable", "enablePatchForce", "enableSecretMutable",
        "enableServerSideApply", "suppressDeprecationWarnings", "suppressHelmHookWarnings", "upsertExistingObjects",
    }
)  # fmt: skip
_TEXTS = frozenset({"cluster", "clusterIdentifier", "context", "kubeconfig", "namespace"})
_IGNORED = frozenset({"kubeClientSettings", "version", "pluginDownloadURL"})
_KNOWN = sorted(_FLAGS | _TEXTS | _IGNORED)


@dataclass(frozen=True)
class Config:
    """A configured provider."""

    kubeconfig: Kubeconfig
    namespace: str
    delete_unreachable: bool = False
    mutable_config_maps: bool = False
    mutable_secrets: bool = False
    upsert: bool = False
    """Adopt objects that stand already."""


def read(inputs: Properties) -> Config:
    """A provider's configuration. Raises ProviderError when it cannot be used in a rehearsal."""
    for key in inputs:
        if key not in _KNOWN:
            raise ProviderError(f"provider kubernetes: {key} is not known here{suggestion(key, _KNOWN)}")
    text = inputs.get("kubeconfig")
    if not text:
        raise ProviderError(
            "provider kubernetes: no kubeconfig. Without one Pulumi takes the machine's own, which a rehearsal never "
            "reads: give the program's provider a kubeconfig, and its objects that provider"
        )
    if not _flag(inputs, "enableServerSideApply", default=True):
        raise ProviderError("provider kubernetes: enableServerSideApply=false is not modelled; leave it on")
    kubeconfig = with_context(parse_kubeconfig(str(text)), inputs.get("context"), inputs.get("cluster"))
    context = current(kubeconfig, "context")
    return Config(
        kubeconfig,
        namespace=str(inputs.get("namespace") or context.get("namespace") or "default"),
        delete_unreachable=_flag(inputs, "deleteUnreachable"),
        mutable_config_maps=_flag(inputs, "enableConfigMapMutable"),
        mutable_secrets=_flag(inputs, "enableSecretMutable"),
        upsert=_flag(inputs, "upsertExistingObjects"),
    )


def diff_config(old: Properties, new: Properties) -> Diff:
    """What a changed provider means for its resources: `replaces` is not empty when all of them move to a new cluster.

    With a cluster identifier only that decides; without one, the server and the namespace of the kubeconfig do
    (pulumi-kubernetes SDK 4.34.2 on `clusterIdentifier`; what counts without one is simplified here, unverified).
    """
    changed = tuple(sorted(key for key in {*old, *new} if old.get(key) != new.get(key)))
    if old.get("clusterIdentifier") or new.get("clusterIdentifier"):
        replaces = tuple(key for key in changed if key == "clusterIdentifier")
        return Diff(changed, replaces)
    moved = [key for key in changed if key in {"context", "cluster"}]
    if "kubeconfig" in changed and _server(old) != _server(new):
        moved.append("kubeconfig")
    return Diff(changed, tuple(moved))


def parse_kubeconfig(text: str) -> Kubeconfig:
    """A kubeconfig from JSON or YAML."""
    try:
        kubeconfig = json.loads(text)
    except ValueError:
        try:
            kubeconfig = YAML(typ="safe", pure=True).load(io.StringIO(text))
        except YAMLError as error:
            raise ProviderError(f"provider kubernetes: the kubeconfig is neither JSON nor YAML: {error}") from error
    if not isinstance(kubeconfig, dict):
        raise ProviderError("provider kubernetes: the kubeconfig is no mapping (paths of files are not read here)")
    return kubeconfig


def with_context(kubeconfig: Kubeconfig, context: str | None, cluster: str | None) -> Kubeconfig:
    """A kubeconfig whose current context and cluster are the chosen ones."""
    if context:
        kubeconfig = {**kubeconfig, "current-context": context}
    if cluster:
        chosen = {**current(kubeconfig, "context"), "cluster": cluster}
        kubeconfig = {**kubeconfig, "contexts": [{"name": "chosen", "context": chosen}], "current-context": "chosen"}
    return kubeconfig


def current(kubeconfig: Mapping[str, Any], what: str) -> dict[str, Any]:
    """The `context`, `cluster` or `user` that the current context names. Raises ProviderError when it is missing."""
    context = _named(kubeconfig, "context", kubeconfig.get("current-context"))
    return context if what == "context" else _named(kubeconfig, what, context.get(what))


def _named(kubeconfig: Mapping[str, Any], what: str, name: Any) -> dict[str, Any]:
    entries = kubeconfig.get(f"{what}s")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("name") == name:
            found = entry.get(what)
            return found if isinstance(found, dict) else {}
    raise ProviderError(f"provider kubernetes: the kubeconfig has no {what} named {name!r}")


def _server(inputs: Properties) -> Any:
    try:
        return current(parse_kubeconfig(str(inputs.get("kubeconfig"))), "cluster").get("server")
    except ProviderError:
        return inputs.get("kubeconfig")


def _flag(inputs: Properties, key: str, *, default: bool = False) -> bool:
    value = inputs.get(key, default)
    if value in {True, "true"}:
        return True
    if value in {False, "false"}:
        return False
    raise ProviderError(f"provider kubernetes: {key} expects true or false, got {value!r}")
