"""The provider of package `kubernetes`: checks, compares and writes Kubernetes objects and Helm releases."""

import hashlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from airflow_infra.rehearsal.providers.kubernetes import config, immutable, waiting
from airflow_infra.rehearsal.providers.kubernetes.charts import Charts
from airflow_infra.rehearsal.providers.kubernetes.client import (
    KubernetesApi,
    Object,
    Reference,
    reference_of,
    without_nulls,
)
from airflow_infra.rehearsal.providers.kubernetes.config import Config, Connect
from airflow_infra.rehearsal.providers.kubernetes.errors import ApiError, UnreachableError
from airflow_infra.rehearsal.providers.kubernetes.kinds import Kind, built_in_group
from airflow_infra.rehearsal.providers.kubernetes.release_resource import RELEASE, ReleaseResource
from airflow_infra.rehearsal.providers.kubernetes.schema import path_text
from airflow_infra.rehearsal.providers.protocol import (
    Checked,
    CheckFailure,
    Created,
    Diff,
    Properties,
    ProviderError,
    ProviderFactory,
)

MANAGER = "pulumi-kubernetes"
"""Field manager of what the program makes."""
_PATCHER = f"{MANAGER}-patch"
"""Field manager of the program's patches; Pulumi takes a random one for each."""
_PATCHES = frozenset({"ServiceAccountPatch"})
"""Patches that are modelled: of kinds without required fields, so that a part of an object is valid by itself."""
_UNSUPPORTED = ("helm.sh/", "yaml", "kustomize")


def kubernetes_provider(
    connect: Connect, charts: Charts | None = None, not_checked: set[str] | None = None
) -> ProviderFactory:
    """A factory of providers that reach API servers through `connect` and know these charts.

    What a provider cannot look at is added to `not_checked`, by name.
    """
    known = charts or Charts()
    unseen = not_checked if not_checked is not None else set()
    return lambda inputs: KubernetesProvider(config.read(inputs), connect, known, unseen)


def reference(type_: str, namespace: str | None, name: str) -> Reference:
    """What names the object of a Pulumi type token, such as `kubernetes:core/v1:Namespace`, or of a patch of one.

    Raises ProviderError for types whose contents only the real provider could work out.
    """
    package, _, rest = type_.partition(":")
    api_version, _, kind = rest.rpartition(":")
    if package != "kubernetes" or not api_version or not kind:
        raise ProviderError(f"{type_} is no type of the Kubernetes provider")
    if api_version.startswith(_UNSUPPORTED):
        raise ProviderError(f"{type_} is not supported: its children are only known to the real provider")
    api_version = api_version.removeprefix("core/")
    if kind in _PATCHES:
        return Reference(api_version, kind.removesuffix("Patch"), namespace, name)
    if kind.endswith("Patch") or (kind.endswith("List") and built_in_group(api_version.rpartition("/")[0])):
        raise ProviderError(f"{type_} is not supported: register the objects themselves")
    return Reference(api_version, kind, namespace, name)


class KubernetesProvider:
    """A configured provider. Implements protocol.Provider."""

    def __init__(self, configuration: Config, connect: Connect, charts: Charts, not_checked: set[str]) -> None:
        self._config = configuration
        self._connect = connect
        self._releases = ReleaseResource(charts, not_checked, configuration.namespace)

    def check(self, type_: str, name: str, inputs: Properties) -> Checked:
        """Fill in API version, kind, name and namespace, and validate the manifest."""
        if type_ == RELEASE:
            return self._releases.check(name, inputs)
        token = reference(type_, None, name)
        manifest, failures = _identified(token, without_nulls(deepcopy(inputs)))
        metadata = manifest.setdefault("metadata", {})
        if not isinstance(metadata, dict):
            return Checked(manifest, (CheckFailure("metadata", f"expected a mapping, got {metadata!r}"),))
        failures += waiting.annotation_problems(metadata)
        if metadata.get("generateName"):
            failures.append(CheckFailure("metadata.generateName", "not modelled: leave it out, or give a name"))
        if not metadata.get("name"):
            if _is_patch(type_):
                failures.append(CheckFailure("metadata.name", "missing: expected the name of the object to patch"))
            metadata["name"] = _autoname(type_, name)
            metadata["annotations"] = {**(metadata.get("annotations") or {}), waiting.AUTONAMED: "true"}
        with _explained(f"{token.kind} {metadata['name']}"):
            api = self._connect(self._config.kubeconfig)
            try:
                kind = api.kind(token.api_version, token.kind)
            except ApiError as error:
                if not built_in_group(token.api_version.rpartition("/")[0]):
                    return Checked(manifest, tuple(failures))  # its definition may come before it is created
                return Checked(manifest, (*failures, CheckFailure("kind", error.message)))
            if kind.namespaced:
                metadata.setdefault("namespace", self._config.namespace)
            return Checked(manifest, (*failures, *api.problems(manifest)))

    def diff(self, type_: str, id_: str, old_inputs: Properties, inputs: Properties) -> Diff:
        """Compare two manifests; what replaces is pulumi-kubernetes' own table."""
        del id_
        if type_ == RELEASE:
            return self._releases.diff(old_inputs, inputs)
        token = reference(type_, None, "")
        group, _, version = token.api_version.rpartition("/")
        kind = Kind(group, version, token.kind, "", namespaced=True, custom=not built_in_group(group))
        secrets, config_maps = self._config.mutable_secrets, self._config.mutable_config_maps
        changed = list(immutable.changed_paths(old_inputs, inputs))
        replacing = immutable.replacing(kind, inputs, secrets, config_maps)
        replaces = [path for path in changed if any(_touches(path, field) for field in replacing)]
        same_place = reference_of(old_inputs) == reference_of(inputs)
        # An autonamed object keeps its name here, so its successor has to wait as well; Pulumi would give another.
        return Diff(_texts(changed), _texts(replaces), delete_before_replace=bool(replaces) and same_place)

    def create(self, type_: str, name: str, inputs: Properties) -> Created:
        """Create an object and wait as its annotations ask.

        A new object that does not become what was awaited is removed again; Pulumi keeps it, marked as unfinished.
        """
        del name
        if type_ == RELEASE:
            return self._with_release(inputs, self._releases.create)
        if _is_patch(type_):
            return Created(_id(reference_of(inputs)), self._patch(inputs))
        wanted = reference_of(inputs)
        with _explained(str(wanted)):
            api = self._connect(self._config.kubeconfig)
            adopted = self._config.upsert and api.get(wanted) is not None
            write = api.apply if adopted else api.create
            write(inputs, MANAGER)
            missing = _wait(api, inputs)
            if missing:
                if not adopted:
                    api.delete(wanted)
                raise ProviderError(_awaited_message(wanted, missing))
            return Created(_id(wanted), _standing(api, wanted))

    def read(self, type_: str, id_: str, inputs: Properties) -> Properties | None:
        """The object as it stands, or None."""
        namespace, _, name = id_.rpartition("/")
        with _explained(id_):
            api = self._connect(self._config.kubeconfig)
            if type_ == RELEASE:
                return self._releases.read(api, namespace, name, inputs)
            return api.get(reference(type_, namespace or None, name))

    def update(self, type_: str, id_: str, old_inputs: Properties, inputs: Properties) -> Properties:
        """Apply the changed manifest and wait as its annotations ask."""
        del id_, old_inputs
        if type_ == RELEASE:
            return self._with_release(inputs, self._releases.update)
        if _is_patch(type_):
            return self._patch(inputs)
        wanted = reference_of(inputs)
        with _explained(str(wanted)):
            api = self._connect(self._config.kubeconfig)
            api.apply(inputs, MANAGER)
            missing = _wait(api, inputs)
            if missing:
                raise ProviderError(_awaited_message(wanted, missing))
            return _standing(api, wanted)

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete an object and wait until it is gone; of a patch, give back its fields.

        Fails without a cluster, unless `deleteUnreachable` is set.
        """
        del inputs, outputs
        namespace, _, name = id_.rpartition("/")
        with _explained(id_):
            try:
                api = self._connect(self._config.kubeconfig)
            except UnreachableError:
                if self._config.delete_unreachable:
                    return
                raise
            if type_ == RELEASE:
                self._releases.delete(api, namespace, name)
            elif _is_patch(type_):
                _give_back(api, reference(type_, namespace or None, name))
            else:
                _delete(api, reference(type_, namespace or None, name))

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """No function of the package is modelled."""
        del arguments
        raise ProviderError(f"function {token} is not known to the rehearsal's Kubernetes provider")

    def _patch(self, inputs: Properties) -> Properties:
        """Apply the fields of a patch to an object, which is made if need be, as server-side apply does."""
        wanted = reference_of(inputs)
        with _explained(str(wanted)):
            api = self._connect(self._config.kubeconfig)
            api.apply(inputs, _PATCHER)
            return _standing(api, wanted)

    def _with_release(self, inputs: Properties, operation: Callable[[KubernetesApi, Properties], Any]) -> Any:
        with _explained(f"release {inputs['namespace']}/{inputs['name']}"):
            return operation(self._connect(self._config.kubeconfig), inputs)


@contextmanager
def _explained(what: str) -> Generator[None]:
    """Refusals of the API server as errors for the author of the program."""
    try:
        yield
    except (ApiError, UnreachableError) as error:
        raise ProviderError(f"{what}: {error}") from error


def _identified(token: Reference, manifest: Object) -> tuple[Object, list[CheckFailure]]:
    """The manifest with the API version and kind of its type token, and where it says otherwise."""
    failures = [
        CheckFailure(key, f"expected {expected!r} as the resource's type says, got {manifest[key]!r}")
        for key, expected in (("apiVersion", token.api_version), ("kind", token.kind))
        if manifest.get(key, expected) != expected
    ]
    return {**manifest, "apiVersion": token.api_version, "kind": token.kind}, failures


def _autoname(type_: str, name: str) -> str:
    """Pulumi's name for an object without one, its random part computed from the resource's type and name."""
    return f"{name}-{hashlib.sha256(f'{type_} {name}'.encode()).hexdigest()[:8]}"


def _touches(path: immutable.Path, field: str) -> bool:
    """Whether a change at a path changes a field: inside it, or around it."""
    parts = tuple(field.split("."))
    return path[: len(parts)] == parts or parts[: len(path)] == path


def _texts(paths: list[immutable.Path]) -> tuple[str, ...]:
    return tuple(path_text(path) for path in paths)


def _wait(api: KubernetesApi, inputs: Properties) -> str | None:
    awaited = waiting.awaited(inputs["metadata"])
    if awaited is None:
        return None
    return api.wait(reference_of(inputs), awaited, waiting.timeout_s(inputs["metadata"]))


def _awaited_message(wanted: Reference, missing: str) -> str:
    return f"{wanted}: awaited {missing}; nothing that is known here will change it (annotation {waiting.WAIT_FOR})"


def _standing(api: KubernetesApi, wanted: Reference) -> Properties:
    standing = api.get(wanted)
    if standing is None:
        raise ProviderError(f"{wanted} vanished while it was written")
    return standing


def _delete(api: KubernetesApi, unwanted: Reference) -> None:
    try:
        api.delete(unwanted)
    except ApiError as error:
        if error.status != 404:
            raise
    standing = api.get(unwanted)
    if standing is not None:
        finalizers = ", ".join(standing["metadata"].get("finalizers") or []) or "those of objects inside it"
        raise ProviderError(f"{unwanted} is not gone: it waits for finalizers {finalizers}")


def _is_patch(type_: str) -> bool:
    return type_.rpartition(":")[2] in _PATCHES


def _give_back(api: KubernetesApi, patched: Reference) -> None:
    """Apply nothing as the patch's field manager: the server takes away what nobody else manages."""
    if api.get(patched) is None:
        return
    metadata = {"name": patched.name, **({"namespace": patched.namespace} if patched.namespace else {})}
    api.apply({"apiVersion": patched.api_version, "kind": patched.kind, "metadata": metadata}, _PATCHER)


def _id(obj: Reference) -> str:
    return f"{obj.namespace}/{obj.name}" if obj.namespace else obj.name
