"""The configured providers of a stack."""

import json
from collections.abc import Mapping
from typing import Any

from airflow_infra.rehearsal.engine.urns import package_of
from airflow_infra.rehearsal.providers.protocol import Properties, Provider, ProviderError, Providers


class ProviderRegistry:
    """Makes providers from their inputs, and finds the one a resource belongs to."""

    def __init__(self, factories: Providers, config: Mapping[str, str]) -> None:
        self._factories = factories
        self._config = config
        self._explicit: dict[str, tuple[Properties, Provider]] = {}
        self._defaults: dict[str, Provider] = {}

    def configure(self, urn: str, package: str, inputs: Properties) -> None:
        """Make the provider that the program registered, unless it stands with the same inputs already.

        Raises:
            ProviderError: for an unknown package or unacceptable inputs.
        """
        standing = self._explicit.get(urn)
        if standing is None or standing[0] != inputs:
            self._explicit[urn] = (inputs, self._make(package, inputs))

    def find(self, reference: str | None, token: str) -> Provider:
        """The provider that a reference names, or the default one of the package of a type or function.

        Raises:
            ProviderError: for a reference to nothing that stands, or an unknown package.
        """
        if reference:
            urn = reference.rpartition("::")[0]
            if urn not in self._explicit:
                raise ProviderError(f"its provider {urn} was not registered")
            return self._explicit[urn][1]
        package = package_of(token)
        if package not in self._defaults:
            self._defaults[package] = self._make(package, self._configured(package))
        return self._defaults[package]

    def _make(self, package: str, inputs: Properties) -> Provider:
        factory = self._factories.get(package)
        if factory is None:
            known = ", ".join(sorted(self._factories))
            raise ProviderError(f"a rehearsal has no provider for the package {package!r}; it has {known}")
        return factory(inputs)

    def _configured(self, package: str) -> Properties:
        """The stack's configuration of a package, such as `aws:region`."""
        prefix = f"{package}:"
        return {
            key.removeprefix(prefix): _value(value) for key, value in self._config.items() if key.startswith(prefix)
        }


def _value(text: str) -> Any:
    """Structured configuration arrives as JSON, everything else as it was written."""
    return json.loads(text) if text.startswith(("{", "[")) else text
