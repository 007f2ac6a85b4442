"""Settings of the EKS cluster, its node groups and what runs on it for the platform."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from airflow_infra.settings.types import (
    AddonVersion,
    Block,
    ChartVersion,
    Cidr,
    ImageRegistry,
    ImageRelease,
    InstanceType,
    KubernetesMinor,
    Name,
    Quantity,
    RetentionDays,
    RoleArn,
    Text,
    text_like,
)

EnforcementAction = Literal["deny", "warn", "dryrun"]


class Taint(Block):
    """A node taint."""

    key: Text
    """Taint key."""
    value: str = ""
    """Taint value."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
    """Taint effect, as Kubernetes spells it."""


class ScalingConfig(Block):
    """Bounds within which the Cluster Autoscaler sizes a node group."""

    min_size: Annotated[int, Field(ge=0)]
    """Nodes that always run. 0 lets the group scale to nothing."""
    max_size: Annotated[int, Field(ge=1)]
    """Nodes at most."""

    @model_validator(mode="after")
    def _min_not_above_max(self) -> Self:
        if self.min_size > self.max_size:
            raise ValueError(f"min_size {self.min_size} is above max_size {self.max_size}")
        return self


class NodeGroupDefaults(Block):
    """What node groups have in common."""

    ami_release_version: ImageRelease
    """Release of the node image, `<kubernetes x.y.z>-<YYYYMMDD>` for Amazon Linux. The default of all groups."""
    ami_type: Literal[
        "AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD", "BOTTLEROCKET_x86_64", "BOTTLEROCKET_ARM_64"
    ] = "AL2023_x86_64_STANDARD"
    """Kind of node image of all groups."""


class NodeGroup(Block):
    """A managed node group."""

    name: Name
    """Name of the node group."""
    instance_types: Annotated[tuple[InstanceType, ...], Field(min_length=1)]
    """EC2 instance types, of equal CPU and memory. A SPOT group needs at least three."""
    capacity_type: Literal["ON_DEMAND", "SPOT"] = "ON_DEMAND"
    """How nodes are bought. SPOT interrupts running tasks."""
    scaling_config: ScalingConfig
    """Bounds of the group's size."""
    disk_size: Annotated[int, Field(ge=20, le=16384)] = 150
    """Size of a node's root volume, GiB."""
    labels: dict[str, str] = {}
    """Kubernetes labels of the nodes."""
    taints: tuple[Taint, ...] = ()
    """Kubernetes taints of the nodes."""
    ami_release_version: ImageRelease | None = None
    """Release of the node image, where it differs from `node_group.ami_release_version`."""


class Endpoint(Block):
    """How the API server is reached. MWAA's security group always reaches it privately."""

    public_access_cidrs: tuple[Cidr, ...] = ()
    """Ranges that may reach the public endpoint. Empty: the public endpoint is off."""
    runner_cidrs: tuple[Cidr, ...] = ()
    """Private ranges, inside the VPC or behind a transit gateway, from which `pulumi up` runs."""
    runner_security_group_ids: tuple[
        Annotated[str, *text_like(r"sg-[0-9a-f]{8,17}", "a security group's id, such as sg-0123456789abcdef0")], ...
    ] = ()
    """Security groups of runners inside the VPC."""

    @model_validator(mode="after")
    def _somebody_reaches_it(self) -> Self:
        if not (self.public_access_cidrs or self.runner_cidrs or self.runner_security_group_ids):
            raise ValueError(
                "nobody could reach the API server: expected public_access_cidrs, runner_cidrs "
                "or runner_security_group_ids of the place where `pulumi up` runs"
            )
        return self


class Cluster(Block):
    """The EKS cluster, its add-ons and its node groups."""

    kubernetes_version: KubernetesMinor
    """Kubernetes minor version. Upgrade one minor at a time."""
    support_type: Literal["STANDARD", "EXTENDED"]
    """At the end of standard support EKS upgrades by itself (STANDARD), or stays at six times the price (EXTENDED)."""
    vpc_cni_version: AddonVersion
    """Version of the vpc-cni add-on."""
    kube_proxy_version: AddonVersion
    """Version of the kube-proxy add-on."""
    coredns_version: AddonVersion
    """Version of the coredns add-on."""
    pod_identity_agent_version: AddonVersion
    """Version of the eks-pod-identity-agent add-on."""
    endpoint: Endpoint
    """Who reaches the API server."""
    administrators: tuple[RoleArn, ...] = ()
    """Roles with cluster-admin rights, besides the deploying role."""
    log_types: tuple[Literal["api", "audit", "authenticator", "controllerManager", "scheduler"], ...] = (
        "api",
        "audit",
        "authenticator",
    )
    """Control-plane logs that are kept."""
    log_retention_days: RetentionDays = 90
    """Days that control-plane logs are kept (a retention that CloudWatch Logs knows)."""
    node_group: NodeGroupDefaults
    """Defaults of all node groups."""
    node_groups: Annotated[tuple[NodeGroup, ...], Field(min_length=1)]
    """The managed node groups."""


class ClusterAutoscaler(Block):
    """The Cluster Autoscaler Helm chart."""

    chart_version: ChartVersion
    """Version of the chart."""
    image_tag: Annotated[str, *text_like(r"v\d+\.\d+\.\d+", "an image tag such as v1.36.1")]
    """Tag of the autoscaler's image: its minor must be the cluster's."""


class Gatekeeper(Block):
    """The Gatekeeper Helm chart and the admission policies."""

    chart_version: ChartVersion
    """Version of the chart."""
    policies: dict[Name, EnforcementAction] = {}
    """Enforcement action by policy (folder below infra/eks/policies). The default is what its constraint.yaml says."""
    exempt_namespaces: tuple[Name, ...] = ("kube-system", "gatekeeper-system")
    """Namespaces in which the policies do not apply."""
    image_registries: tuple[ImageRegistry, ...] = ()
    """Registries of images that pods may run, besides the account's own ECR in its region: `host` or `host/path`."""


class Kube2iam(Block):
    """The kube2iam Helm chart, for workloads that still carry its annotation. Remove the block to remove it."""

    chart_version: ChartVersion
    """Version of the OCI chart kube2iam-chart, which is also the image's tag."""


class AirflowNamespace(Block):
    """Limits of the namespace in which Airflow's tasks run."""

    max_pods: Annotated[int, Field(ge=1)] = 200
    """Pods at most at one time. A pod over the quota is refused: size the Airflow pool to it."""
    max_cpu: Quantity = "400"
    """Sum of CPU requests at most, cores (m: thousandths)."""
    max_memory: Quantity = "1600Gi"
    """Sum of memory requests at most."""
    default_cpu: Quantity = "500m"
    """CPU request of a container that names none, cores (m: thousandths)."""
    default_memory: Quantity = "1Gi"
    """Memory request and limit of a container that names none."""


class EksSettings(Block):
    """The EKS cluster and the platform's workloads on it."""

    cluster: Cluster
    """The cluster."""
    cluster_autoscaler: ClusterAutoscaler
    """The Cluster Autoscaler."""
    gatekeeper: Gatekeeper
    """Gatekeeper and its policies."""
    kube2iam: Kube2iam | None = None
    """kube2iam, where it is still needed."""
    airflow: AirflowNamespace = AirflowNamespace()
    """The airflow namespace."""
