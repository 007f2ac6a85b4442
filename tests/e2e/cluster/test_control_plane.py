"""The control plane itself: up, used, and gone without a trace."""

from airflow_infra.cluster.cluster import Cluster


def test_the_api_server_is_of_the_minor_that_was_built(cluster: Cluster) -> None:
    version = cluster.api().call("GET", "/version")

    assert (version["major"], version["minor"]) == ("1", "36")
