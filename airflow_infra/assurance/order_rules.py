"""The required order of the platform, as data."""

from dataclasses import dataclass

from airflow_infra.assurance import order_selectors as select
from airflow_infra.assurance.order import Rule, Selector

_WRONG = "seen in the program that this one replaces: a delay had hidden the missing edge (read November 2026)"
_WRONG_3 = "seen in the program that this one replaces: routes waited for a lookup (read November 2026)"
_BITES = "EKS user guide and issue threads of the projects concerned (read November 2026)"
_EKS = "EKS user guide (read November 2026)"
_WAITS = "waits and retries in the AWS provider's source (read November 2026)"
_GENERAL = "general knowledge, not verified"

_NOTHING_FILLED_IN = "no policy of the stack fills anything in"
_NO_GATEWAY_ROUTES = "nothing is routed to a transit gateway (yet)"

_ENVIRONMENT_RULES = (
    Rule(
        "mwaa-private-routes", "create", select.PRIVATE_ROUTES, select.ENVIRONMENT,
        "without a way out the creation fails after hours", _WRONG,
    ),
    Rule(
        "mwaa-public-routes", "create", select.PUBLIC_ROUTES, select.ENVIRONMENT,
        "the NAT gateway reaches the internet only through its own subnet's default route, and without a way out the "
        "creation fails after hours", _WRONG,
    ),
    Rule(
        "mwaa-associations", "create", select.ASSOCIATIONS, select.ENVIRONMENT,
        "a subnet without its route table has no way out, and the creation fails after hours", _WRONG,
    ),
    Rule(
        "mwaa-security-group-in", "create",
        Selector(
            "ingress rules of its security group", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
        ),
        select.ENVIRONMENT, "the environment's parts can't reach each other, and the creation fails after hours",
        _WRONG, belongs=select.group_of_environment,
    ),
    Rule(
        "mwaa-security-group-out", "create",
        Selector("egress rules of its security group", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
        select.ENVIRONMENT, "the environment reaches nothing, and the creation fails after hours", _WRONG,
        belongs=select.group_of_environment,
    ),
    Rule(
        "mwaa-public-access-block", "create",
        Selector("public-access block of its bucket", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"),
        select.ENVIRONMENT, "MWAA refuses a bucket that isn't blocked for the public", _WRONG,
        belongs=select.source_bucket,
    ),
    Rule(
        "mwaa-versioning", "create", select.VERSIONING, select.ENVIRONMENT,
        "MWAA refuses a bucket that keeps no versions", _WRONG, belongs=select.source_bucket,
    ),
    Rule(
        "mwaa-execution-policy", "create",
        Selector("policy of its execution role", "aws:iam/rolePolicy:RolePolicy"),
        select.ENVIRONMENT, "the environment may read neither its bucket nor its queue, and its creation fails", _WRONG,
        belongs=select.policy_of("executionRoleArn"),
    ),
    Rule(
        "mwaa-log-groups", "create",
        Selector("log groups", "aws:cloudwatch/logGroup:LogGroup"),
        select.ENVIRONMENT, "log groups that MWAA makes never expire, and stay behind after a destroy", _WRONG,
        belongs=select.log_group_of_environment, at_least=5,
    ),
    Rule(
        "mwaa-requirements", "create",
        Selector("requirements object", "aws:s3/bucketObjectv2:BucketObjectv2"),
        select.ENVIRONMENT, "the environment is made without its requirements, or not at all", _WRONG,
        belongs=select.requirements,
    ),
    Rule(
        "objects-after-versioning", "create", select.VERSIONING,
        Selector("objects in the bucket", "aws:s3/bucketObjectv2:BucketObjectv2"),
        "an object written before has no version for the environment to name", _WRONG, belongs=select.same_bucket,
    ),
)  # fmt: skip

_CLUSTER_RULES = (
    Rule(
        "cluster-role-policies", "create", select.ROLE_POLICIES, select.CLUSTER,
        "EKS refuses a role that may not do its work yet", _GENERAL, belongs=select.policy_of("roleArn"),
    ),
    Rule(
        "cluster-log-group", "create",
        Selector("control plane's log group", "aws:cloudwatch/logGroup:LogGroup"),
        select.CLUSTER, "the log group that EKS makes never expires, and creating ours then fails", _GENERAL,
        belongs=select.log_group_of_cluster,
    ),
    Rule(
        "nodes-private-routes", "create", select.PRIVATE_ROUTES, select.NODES,
        "nodes can't register without a way out, and the node group fails", _WRONG,
    ),
    Rule(
        "nodes-public-routes", "create", select.PUBLIC_ROUTES, select.NODES,
        "the NAT gateway has no way out, nodes can't register and the node group fails", _WRONG,
    ),
    Rule(
        "nodes-associations", "create", select.ASSOCIATIONS, select.NODES,
        "a subnet without its route table has no way out: nodes can't register and the node group fails", _WRONG,
    ),
    Rule(
        "nodes-cni", "create", select.CNI, select.NODES,
        "nodes without the CNI never become ready, and the node group fails", _EKS,
    ),
    Rule(
        "nodes-kube-proxy", "create",
        Selector("kube-proxy add-on", "aws:eks/addon:Addon", where=select.addon("kube-proxy")),
        select.NODES, "nothing on a node without kube-proxy reaches a service, the API server among them", _EKS,
    ),
    Rule(
        "nodes-pod-identity-agent", "create",
        Selector("Pod Identity agent add-on", "aws:eks/addon:Addon", where=select.addon("eks-pod-identity-agent")),
        select.NODES, "pods that start before it on a node get no credentials", _BITES,
    ),
    Rule(
        "nodes-role-policies", "create", select.ROLE_POLICIES, select.NODES,
        "nodes may neither register nor pull images", _GENERAL, belongs=select.policy_of("nodeRoleArn"),
    ),
    Rule(
        "cni-pod-identity", "create",
        Selector(
            "Pod Identity association of aws-node", "aws:eks/podIdentityAssociation:PodIdentityAssociation",
            where=select.service_account("aws-node"),
        ),
        select.CNI, "credentials are injected when a pod is created: a CNI that started before has none", _BITES,
    ),
    Rule(
        "coredns-after-nodes", "create", select.NODES, select.COREDNS,
        "CoreDNS has nowhere to run and stays DEGRADED until its creation times out", _EKS,
    ),
)  # fmt: skip

_KUBERNETES_RULES = (
    Rule(
        "charts-after-nodes", "create", select.NODES, select.CHARTS,
        "pods pend, Helm times out and records the release as failed", _EKS,
    ),
    Rule(
        "charts-after-coredns", "create", select.COREDNS, select.CHARTS,
        "pods can't resolve names, Helm times out and records the release as failed", _EKS,
    ),
    Rule(
        "autoscaler-pod-identity", "create",
        Selector(
            "Pod Identity association of cluster-autoscaler", "aws:eks/podIdentityAssociation:PodIdentityAssociation",
            where=select.service_account("cluster-autoscaler"),
        ),
        Selector("release of the Cluster Autoscaler", "kubernetes:helm.sh/v3:Release", "cluster-autoscaler"),
        "an autoscaler that started before has no credentials until it restarts", _BITES,
    ),
    Rule(
        "objects-access-entry", "create", select.ACCESS_ENTRY, select.OBJECTS,
        "the deploying role is unknown to the cluster, and the API server answers 401", _BITES,
    ),
    Rule(
        "objects-access-policy", "create", select.ACCESS_POLICY, select.OBJECTS,
        "the deploying role may do nothing in the cluster yet, and the API server answers 403", _BITES,
    ),
    Rule(
        "objects-api-reachable", "create",
        Selector(
            "rules that let the deployment reach the API server",
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "api-from-runner-*",
        ),
        select.OBJECTS, "the deployment hangs at a private endpoint that lets nobody in", _BITES,
        none_complete="the deployment reaches the public endpoint: the stack names no runners",
    ),
    Rule(
        "objects-namespace", "create",
        Selector("namespace", "kubernetes:core/v1:Namespace"),
        Selector("objects in a namespace of the stack", "kubernetes:*", where=select.in_own_namespace),
        "the API server answers that there is no such namespace", _GENERAL, belongs=select.is_namespace,
    ),
    Rule(
        "templates-after-gatekeeper", "create", select.GATEKEEPER, select.TEMPLATES,
        "the API server doesn't know the kind yet", _BITES,
    ),
    Rule(
        "constraints-after-templates", "create", select.TEMPLATES, select.CONSTRAINTS,
        "a template is created before the kind that it defines is established, and its constraint is refused", _BITES,
        belongs=select.defines, awaits=".status.created",
    ),
    Rule(
        "mutators-after-gatekeeper", "create", select.GATEKEEPER, select.MUTATORS,
        "the API server doesn't know the kind yet", _BITES, none_starts=_NOTHING_FILLED_IN,
    ),
    Rule(
        "constraints-after-mutators", "create", select.MUTATORS, select.CONSTRAINTS,
        "a policy that is new to the cluster refuses pods that leave unset what should have been filled in", _GENERAL,
        belongs=select.fills_in, none_complete=_NOTHING_FILLED_IN,
    ),
)  # fmt: skip

_NETWORK_RULES = (
    Rule(
        "nat-internet-gateway", "create",
        Selector("internet gateway", "aws:ec2/internetGateway:InternetGateway"),
        Selector("NAT gateways", "aws:ec2/natGateway:NatGateway"),
        "EC2 makes no NAT gateway in a VPC without an internet gateway", _WAITS,
    ),
    Rule(
        "gateway-routes-attachment", "create",
        Selector("attachment to its gateway", "aws:ec2transitgateway/vpcAttachment:VpcAttachment"),
        select.GATEWAY_ROUTES, "EC2 knows no such gateway, and the route fails after 5 minutes", _WRONG_3,
        belongs=select.same_gateway, none_starts=_NO_GATEWAY_ROUTES,
    ),
    Rule(
        "gateway-routes-acceptance", "create",
        Selector(
            "acceptance of the attachment", "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter"
        ),
        select.GATEWAY_ROUTES, "before it the attachment carries nothing, and the route fails after 5 minutes",
        "transit gateways in the AWS provider's source (read November 2026)", belongs=select.same_gateway,
        none_starts=_NO_GATEWAY_ROUTES,
        none_complete="the program accepts no attachment: gateways accept by themselves, or their owners do before "
        "the routes are registered",
    ),
)  # fmt: skip

_DESTROY_RULES = (
    Rule(
        "nodes-outlive-charts", "destroy", select.NODES, select.CHARTS,
        "hooks that a release runs when it is deleted have nowhere to run", _BITES,
    ),
    Rule(
        "routes-outlive-charts", "destroy", select.PRIVATE_ROUTES, select.CHARTS,
        "hooks that a release runs when it is deleted can't pull their images", _BITES,
    ),
    Rule(
        "access-entry-outlives-objects", "destroy", select.ACCESS_ENTRY, select.OBJECTS,
        "the deploying role is locked out, and what is left in the cluster can't be deleted", _BITES,
    ),
    Rule(
        "access-policy-outlives-objects", "destroy", select.ACCESS_POLICY, select.OBJECTS,
        "the deploying role is locked out, and what is left in the cluster can't be deleted", _BITES,
    ),
    Rule(
        "gatekeeper-outlives-constraints", "destroy", select.GATEKEEPER, select.CONSTRAINTS,
        "nobody is left to release what Gatekeeper holds, and its deletion hangs", _GENERAL,
    ),
    Rule(
        "cluster-policies-outlive-cluster", "destroy", select.ROLE_POLICIES, select.CLUSTER,
        "EKS may no longer take away the network interfaces and security groups that it made", _GENERAL,
        belongs=select.policy_of("roleArn"),
    ),
    Rule(
        "internet-gateway-outlives-nat", "destroy",
        Selector("internet gateway", "aws:ec2/internetGateway:InternetGateway"),
        Selector("NAT gateways", "aws:ec2/natGateway:NatGateway"),
        "EC2 doesn't detach an internet gateway as long as an address is in use", _WAITS,
    ),
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    *_NETWORK_RULES,
    *_ENVIRONMENT_RULES,
    *_CLUSTER_RULES,
    *_KUBERNETES_RULES,
    *_DESTROY_RULES,
)
"""Every rule."""


@dataclass(frozen=True)
class Independent:
    """Two slow creations of which the first needs nothing of the second, not even by a value: it can be computed."""

    waiting: Selector
    awaited: Selector
    reason: str


_NAMES_ARE_KNOWN = "the cluster's name and ARN are known beforehand, so that the environment needs nothing of it"

INDEPENDENT: tuple[Independent, ...] = tuple(
    Independent(select.ENVIRONMENT, awaited, _NAMES_ARE_KNOWN)
    for awaited in (select.CLUSTER, select.NODES, select.ADDONS, select.CHARTS)
)
"""What must not wait for what, whatever the edges between them carry. What the original got wrong, 1."""
