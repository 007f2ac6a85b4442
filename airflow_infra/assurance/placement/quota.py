"""The quota of the airflow namespace: what no pod may exceed even alone."""

from collections.abc import Iterator

from airflow_infra.assurance.check.types import Finding
from airflow_infra.assurance.placement.nodes import Milli
from airflow_infra.assurance.placement.scheduling import milli, show
from airflow_infra.settings.eks import AirflowNamespace


def exceeded(asked: Milli, limits: AirflowNamespace) -> Iterator[Finding]:
    """Which part of the quota a pod of the airflow namespace would exceed while it is alone there.

    Args:
        asked: what the pod requests; the quota counts what the scheduler does.
        limits: the namespace's settings.
    """
    for name, hard in (("cpu", limits.max_cpu), ("memory", limits.max_memory)):
        if asked.get(name, 0) > milli(hard):
            yield Finding(
                by="quota",
                message=f"pod: requests {show(name, asked[name])} {name}, and the whole namespace has {hard} "
                f"(exceeded quota): request less, or raise eks.airflow.max_{name}",
            )
