"""The quota of the airflow namespace: what no pod may exceed even alone."""

from collections.abc import Iterator
from typing import Any

from airflow_infra.assurance.check.types import Finding
from airflow_infra.assurance.placement.scheduling import milli, requested, show
from airflow_infra.settings.eks import AirflowNamespace


def exceeded(pod: dict[str, Any], limits: AirflowNamespace) -> Iterator[Finding]:
    """Which part of the quota a pod of the airflow namespace would exceed while it is alone there.

    Args:
        pod: the pod as the API server stores it. The quota counts what the scheduler does.
        limits: the namespace's settings.
    """
    asked = requested(pod["spec"])
    for name, hard in (("cpu", limits.max_cpu), ("memory", limits.max_memory)):
        if asked.get(name, 0) > milli(hard):
            yield Finding(
                by="quota",
                message=f"pod: requests {show(name, asked[name])} {name}, and the whole namespace has {hard} "
                f"(exceeded quota): request less, or raise eks.airflow.max_{name}",
            )
