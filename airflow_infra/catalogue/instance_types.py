"""EC2 instance types: size and network limits."""

from functools import cache
from typing import Literal

from airflow_infra.catalogue.loader import Catalogue, Entry, load


class InstanceType(Entry):
    """An instance type."""

    vcpu: int
    """Virtual CPUs."""
    memory_gib: int
    """Nominal memory, GiB."""
    architecture: Literal["x86_64", "arm64"]
    """Processor architecture."""
    hypervisor: Literal["nitro", "xen"]
    """Prefix delegation needs nitro."""
    max_enis: int
    """Network interfaces at most."""
    ipv4_per_eni: int
    """IPv4 addresses of one network interface."""
    max_pods: int
    """Pods at most, without prefix delegation."""

    @property
    def max_addresses(self) -> int:
        """Addresses of its subnet that a full node takes, without prefix delegation."""
        return self.max_enis * self.ipv4_per_eni


class InstanceTypes(Catalogue):
    """Instance types."""

    types: dict[str, InstanceType]
    """By name."""


@cache
def instance_types() -> InstanceTypes:
    """Instance types that are known here."""
    return load(InstanceTypes, "instance_types")
