"""The Cluster Autoscaler may end instances of every Auto Scaling group of the account."""

from infra.iam import service_policies

caught_by = "eks-63"
expected = "may call autoscaling:SetDesiredCapacity on an untagged group"

service_policies._owned_by_cluster = lambda names: {}
