"""The resources that the required order is about, and which of them belong together."""

from collections.abc import Callable

from airflow_infra.assurance.order import Selector, value
from airflow_infra.rehearsal.result import Node

_ANYWHERE = "0.0.0.0/0"
_OF_THE_CLUSTER = ("kube-system", "default", "kube-public", "kube-node-lease")
"""Namespaces that every cluster has."""


def _private_default(node: Node) -> bool:
    return value(node, "destinationCidrBlock") == _ANYWHERE and value(node, "natGatewayId") is not None


def _public_default(node: Node) -> bool:
    return value(node, "destinationCidrBlock") == _ANYWHERE and value(node, "gatewayId") is not None


def same_bucket(complete: Node, starting: Node) -> bool:
    """Of the bucket that it lies in."""
    return value(complete, "bucket") == value(starting, "bucket")


def source_bucket(complete: Node, environment: Node) -> bool:
    """Of the environment's bucket."""
    return value(environment, "sourceBucketArn") == f"arn:aws:s3:::{value(complete, 'bucket')}"


def requirements(complete: Node, environment: Node) -> bool:
    """The object that the environment takes its requirements from."""
    return source_bucket(complete, environment) and value(complete, "key") == value(environment, "requirementsS3Path")


def group_of_environment(complete: Node, environment: Node) -> bool:
    """Of one of the environment's security groups."""
    return value(complete, "securityGroupId") in (value(environment, "networkConfiguration", "securityGroupIds") or ())


def log_group_of_environment(complete: Node, environment: Node) -> bool:
    """One of those that MWAA writes to."""
    return str(value(complete, "name")).startswith(f"airflow-{value(environment, 'name')}-")


def log_group_of_cluster(complete: Node, cluster: Node) -> bool:
    """The one that EKS writes to."""
    return value(complete, "name") == f"/aws/eks/{value(cluster, 'name')}/cluster"


def policy_of(*arn: str) -> Callable[[Node, Node], bool]:
    """A policy of the role whose ARN is an input of what starts."""

    def belongs(complete: Node, starting: Node) -> bool:
        return str(value(starting, *arn)).rpartition("/")[2] == value(complete, "role")

    return belongs


def addon(*names: str) -> Callable[[Node], bool]:
    """An add-on of one of these names."""
    return lambda node: value(node, "addonName") in names


def service_account(name: str) -> Callable[[Node], bool]:
    """Of this service account."""
    return lambda node: value(node, "serviceAccount") == name


def in_own_namespace(node: Node) -> bool:
    """In a namespace that the cluster does not have by itself."""
    return _namespace(node) not in (None, *_OF_THE_CLUSTER)


def _namespace(node: Node) -> str | None:
    return value(node, "namespace") or value(node, "metadata", "namespace")


def is_namespace(complete: Node, starting: Node) -> bool:
    """The namespace that it lies in."""
    return value(complete, "metadata", "name") == _namespace(starting)


def defines(template: Node, constraint: Node) -> bool:
    """The template of the constraint's kind."""
    return value(template, "spec", "crd", "spec", "names", "kind") == value(constraint, "kind")


def fills_in(mutator: Node, constraint: Node) -> bool:
    """Of the constraint's policy, whose name its own begins with."""
    policy = str(value(constraint, "metadata", "name"))
    return f"{value(mutator, 'metadata', 'name')}-".startswith(f"{policy}-")


def _to_transit_gateway(node: Node) -> bool:
    return value(node, "transitGatewayId") is not None


def same_gateway(complete: Node, route: Node) -> bool:
    """Of the transit gateway that the route leads to."""
    gateway = complete.outputs.get("transitGatewayId")
    return gateway is not None and gateway == value(route, "transitGatewayId")


ENVIRONMENT = Selector("Airflow environment", "aws:mwaa/environment:Environment")
CLUSTER = Selector("EKS cluster", "aws:eks/cluster:Cluster")
NODES = Selector("node groups", "aws:eks/nodeGroup:NodeGroup")
ADDONS = Selector("EKS add-ons", "aws:eks/addon:Addon")
CHARTS = Selector("Helm releases", "kubernetes:helm.sh/v3:Release")
COREDNS = Selector("CoreDNS add-on", "aws:eks/addon:Addon", where=addon("coredns"))
CNI = Selector("CNI add-on", "aws:eks/addon:Addon", where=addon("vpc-cni"))
OBJECTS = Selector("Kubernetes objects", "kubernetes:*")
ACCESS_ENTRY = Selector("access entry of the deploying role", "aws:eks/accessEntry:AccessEntry", "deployer")
ACCESS_POLICY = Selector(
    "access policy of the deploying role", "aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "deployer"
)
PRIVATE_ROUTES = Selector("private default routes", "aws:ec2/route:Route", where=_private_default)
PUBLIC_ROUTES = Selector("public default routes", "aws:ec2/route:Route", where=_public_default)
ASSOCIATIONS = Selector("route-table associations", "aws:ec2/routeTableAssociation:RouteTableAssociation")
ROLE_POLICIES = Selector("policies attached to its role", "aws:iam/rolePolicyAttachment:RolePolicyAttachment")
VERSIONING = Selector("versioning of its bucket", "aws:s3/bucketVersioning:BucketVersioning")
TEMPLATES = Selector("constraint templates", "kubernetes:templates.gatekeeper.sh/*:ConstraintTemplate")
CONSTRAINTS = Selector("constraints", "kubernetes:constraints.gatekeeper.sh/*")
MUTATORS = Selector("what fills in unset fields of pods", "kubernetes:mutations.gatekeeper.sh/*")
GATEKEEPER = Selector("Gatekeeper's release", "kubernetes:helm.sh/v3:Release", "gatekeeper")
GATEWAY_ROUTES = Selector("routes to transit gateways", "aws:ec2/route:Route", where=_to_transit_gateway)
