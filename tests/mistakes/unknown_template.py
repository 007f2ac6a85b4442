"""A constraint whose template does not exist."""

import pulumi
import pulumi_kubernetes as kubernetes
from parts import api_server, cluster, subnets

expected = "K8sNobodyWroteThis"

kubernetes.apiextensions.CustomResource(  # mistake
    "constraint",
    api_version="constraints.gatekeeper.sh/v1beta1",
    kind="K8sNobodyWroteThis",
    metadata={"name": "constraint"},
    spec={"enforcementAction": "deny"},
    opts=pulumi.ResourceOptions(provider=api_server(cluster(subnets()))),
)
