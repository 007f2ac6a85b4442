"""An object of an API that Kubernetes removed in 1.25."""

import pulumi
import pulumi_kubernetes as kubernetes
from parts import api_server, cluster, subnets

expected = "policy/v1beta1"

kubernetes.policy.v1beta1.PodDisruptionBudget(  # mistake
    "budget",
    metadata={"name": "budget", "namespace": "default"},
    spec={"max_unavailable": 1, "selector": {"match_labels": {"app": "airflow"}}},
    opts=pulumi.ResourceOptions(provider=api_server(cluster(subnets()))),
)
