"""The Cluster Autoscaler knows nothing of the nodes that an empty group would get, so it never adds the first."""

from infra.eks import node_groups

caught_by = "eks-61"
expected = "node-template/label/high-memory=None"

node_groups.scale_from_zero_tags = lambda group: {}
