"""Worker nodes: what of an instance is left for pods, and how long a node takes to come up."""

from functools import cache

from airflow_infra.catalogue.estimates import Range
from airflow_infra.catalogue.loader import Catalogue, Entry, load


class KeptBack(Entry):
    """What a node keeps for itself."""

    memory_mib: int
    """Memory on any node, MiB."""
    memory_mib_per_pod: int
    """Memory for each pod that the node may run, MiB."""
    cpu_percent_of_cores: tuple[float, ...]
    """Share of the first core, of the second, and so on, percent."""
    cpu_percent_of_further_cores: float
    """Share of every other core, percent."""
    storage_gib: int
    """Ephemeral storage, GiB."""


class EvictsBelow(Entry):
    """What a node keeps free by evicting pods."""

    memory_mib: int
    """Memory, MiB."""
    storage_percent: int
    """Ephemeral storage, percent."""


class Daemon(Entry):
    """What a pod that runs on every node requests."""

    cpu_millicores: int
    """CPU, thousandths of a core."""
    memory_mib: int
    """Memory, MiB."""
    verified: bool
    """False where the figures are general knowledge."""


class Nodes(Catalogue):
    """Worker nodes of a managed node group."""

    kept_back: KeptBack
    """What a node keeps for itself."""
    evicts_below: EvictsBelow
    """What a node keeps free."""
    memory_unseen_percent: float
    """Share of the nominal memory that the node does not report as its own, percent, at most. An estimate."""
    daemons: dict[str, Daemon]
    """Pods on every node, tainted ones too, by name of the DaemonSet."""
    from_zero: Range
    """From a pending pod to a ready node, minutes. An estimate, on weak evidence."""


@cache
def nodes() -> Nodes:
    """What is known of worker nodes."""
    return load(Nodes, "nodes")
