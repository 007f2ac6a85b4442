"""The environment waits for the cluster, as if it needed something of it: the two slowest creations in a row."""

from typing import Any

from infra import platform

caught_by = "slack"
expected = "waits for Cluster cluster without needing it"

clusters: list[platform.Cluster] = []
cluster_class, environment_class = platform.Cluster, platform.Environment


def environment_after_cluster(context: Any, network: Any, roles: Any, bucket: Any, key_arn: Any) -> Any:
    clusters.append(cluster_class(context, network, roles, key_arn))
    network.egress.append(clusters[0].cluster)
    return environment_class(context, network, roles, bucket, key_arn)


platform.Environment = environment_after_cluster
platform.Cluster = lambda *_: clusters[0]
