"""The airflow namespace's quota."""

from placement_samples import requesting

from airflow_infra.assurance.placement.quota import exceeded
from airflow_infra.assurance.placement.scheduling import requested
from airflow_infra.settings.eks import AirflowNamespace

LIMITS = AirflowNamespace(max_cpu="10", max_memory="20Gi")


def test_a_pod_as_large_as_the_quota_is_admitted() -> None:
    assert not [*exceeded(requested({"containers": [requesting(cpu="10", memory="20Gi")]}), LIMITS)]


def test_a_pod_larger_than_the_quota_is_refused_even_alone() -> None:
    found = [*exceeded(requested({"containers": [requesting(cpu="6"), requesting(cpu="5", memory="21Gi")]}), LIMITS)]
    assert [(one.by, one.message) for one in found] == [
        (
            "quota",
            "pod: requests 11 cpu, and the whole namespace has 10 (exceeded quota): "
            "request less, or raise eks.airflow.max_cpu",
        ),
        (
            "quota",
            "pod: requests 21Gi memory, and the whole namespace has 20Gi (exceeded quota): "
            "request less, or raise eks.airflow.max_memory",
        ),
    ]
