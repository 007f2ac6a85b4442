"""The EKS control plane: its health, version, endpoint, add-ons and logs."""

from collections.abc import Iterator
from ipaddress import ip_network

from airflow_infra.assurance.invariants.eks_resources import Description, cluster
from airflow_infra.assurance.invariants.invariant import Invariant, NotCheckedError, Subject
from airflow_infra.catalogue.kubernetes import kubernetes_versions

_DAYS_TO_UPGRADE = 60
_ALWAYS_LOGGED = {"audit", "authenticator"}


def health(subject: Subject) -> Iterator[str]:
    """The cluster is active and EKS reports no issue."""
    found = cluster(subject)
    if found["status"] != "ACTIVE":
        yield f"cluster {found['name']} is {found['status']}, expected ACTIVE"
    for issue in found.get("health", {}).get("issues", []):
        yield f"cluster {found['name']}: {issue['code']}: {issue['message']}"


def support(subject: Subject) -> Iterator[str]:
    """The Kubernetes version stays in standard support for long enough to plan an upgrade.

    Raises:
        NotCheckedError: the catalogue does not know the version.
    """
    version, known = cluster(subject)["version"], kubernetes_versions()
    if version not in known.versions:
        raise NotCheckedError(f"the calendar of {known.as_of} does not know Kubernetes {version}")
    end = known.versions[version].end_standard
    days = (end - subject.as_of).days
    if days < _DAYS_TO_UPGRADE:
        when = f"ends on {end}, in {days} days" if days > 0 else f"ended on {end}"
        yield f"standard support of Kubernetes {version} {when}; expected {_DAYS_TO_UPGRADE} days or more"


def endpoint(subject: Subject) -> Iterator[str]:
    """The private endpoint is on; the public one is off, or open to the ranges of the settings only."""
    found = cluster(subject)["resourcesVpcConfig"]
    if not found["endpointPrivateAccess"]:
        yield "the private endpoint is off: MWAA and the nodes would reach the API server over the internet"
    if not found["endpointPublicAccess"]:
        return
    wanted = set(subject.settings.eks.cluster.endpoint.public_access_cidrs)
    for cidr in found["publicAccessCidrs"]:
        if ip_network(cidr).prefixlen == 0:
            yield f"the public endpoint is open to the world ({cidr})"
        elif cidr not in wanted:
            yield f"the public endpoint is open to {cidr}; expected {', '.join(sorted(wanted)) or 'no public endpoint'}"


def reached_by_mwaa(subject: Subject) -> Iterator[str]:
    """The cluster's security group lets port 443 in from the environment's security groups."""
    environment = subject.look.one("mwaa", "get_environment", Name=subject.names.environment)["Environment"]
    wanted = set(environment["NetworkConfiguration"]["SecurityGroupIds"])
    group = cluster(subject)["resourcesVpcConfig"]["clusterSecurityGroupId"]
    rules: list[Description] = subject.look.all(
        "ec2",
        "describe_security_group_rules",
        "SecurityGroupRules",
        Filters=[{"Name": "group-id", "Values": [group]}],
    )
    sources = {rule.get("ReferencedGroupInfo", {}).get("GroupId") for rule in rules if _lets_https_in(rule)}
    if not sources & wanted:
        yield (
            f"security group {group} of the cluster lets 443 in from none of the environment's security groups "
            f"({', '.join(sorted(wanted))})"
        )


def _lets_https_in(rule: Description) -> bool:
    if rule["IsEgress"]:
        return False
    return rule["IpProtocol"] == "-1" or (rule["IpProtocol"] == "tcp" and rule["FromPort"] <= 443 <= rule["ToPort"])


def addons(subject: Subject) -> Iterator[str]:
    """The four add-ons are active, healthy and of the settings' version; kube-proxy's minor is the control plane's.

    kube-proxy is the one whose version follows the control plane's; which versions of the others go with it only EKS
    knows, and it refuses others.
    """
    settings, name = subject.settings.eks.cluster, subject.names.cluster
    wanted = {
        "vpc-cni": settings.vpc_cni_version,
        "kube-proxy": settings.kube_proxy_version,
        "coredns": settings.coredns_version,
        "eks-pod-identity-agent": settings.pod_identity_agent_version,
    }
    standing = subject.look.all("eks", "list_addons", "addons", clusterName=name)
    for addon, version in wanted.items():
        if addon not in standing:
            yield f"add-on {addon} is not installed, expected {version}"
            continue
        found = subject.look.one("eks", "describe_addon", clusterName=name, addonName=addon)["addon"]
        if found["status"] != "ACTIVE":
            yield f"add-on {addon} is {found['status']}, expected ACTIVE"
        for issue in found.get("health", {}).get("issues", []):
            yield f"add-on {addon}: {issue.get('code')}: {issue.get('message')}"
        if found["addonVersion"] != version:
            yield f"add-on {addon} is {found['addonVersion']}, expected {version}"
        minor = cluster(subject)["version"]
        if addon == "kube-proxy" and not found["addonVersion"].startswith(f"v{minor}."):
            yield f"add-on kube-proxy is {found['addonVersion']} on a control plane of Kubernetes {minor}"


def logs(subject: Subject) -> Iterator[str]:
    """The control plane's logs of the settings are on, audit and authenticator among them, and expire."""
    setups = cluster(subject)["logging"]["clusterLogging"]
    enabled = {kind for setup in setups if setup["enabled"] for kind in setup["types"]}
    missing = (_ALWAYS_LOGGED | set(subject.settings.eks.cluster.log_types)) - enabled
    if missing:
        yield f"control-plane logs {', '.join(sorted(missing))} are off"
    group = f"/aws/eks/{subject.names.cluster}/cluster"
    groups: list[Description] = subject.look.all("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=group)
    found = next((one for one in groups if one["logGroupName"] == group), None)
    wanted = subject.settings.eks.cluster.log_retention_days
    if found is None:
        yield f"log group {group} does not exist"
    elif found.get("retentionInDays") != wanted:
        kept = f"for {found['retentionInDays']} days" if "retentionInDays" in found else "for ever"
        yield f"log group {group} keeps its events {kept}, expected {wanted} days"


INVARIANTS = (
    Invariant(
        "eks-44",
        "The cluster is active and healthy",
        "critical",
        "An unhealthy control plane can't be changed, and in the end does not serve tasks.",
        ("eks:DescribeCluster",),
        health,
    ),
    Invariant(
        "eks-45",
        f"The Kubernetes version has {_DAYS_TO_UPGRADE} days or more of standard support left",
        "high",
        "After it the control plane costs six times as much, or is upgraded without being asked.",
        ("eks:DescribeCluster",),
        support,
    ),
    Invariant(
        "eks-49",
        "The API server is reached privately, and publicly only from the configured ranges",
        "critical",
        "Either MWAA loses its way to the cluster, or anybody may knock at its API server.",
        ("eks:DescribeCluster",),
        endpoint,
    ),
    Invariant(
        "eks-50",
        "The cluster's security group lets MWAA reach the API server",
        "critical",
        "Every task hangs until it times out.",
        ("eks:DescribeCluster", "mwaa:GetEnvironment", "ec2:DescribeSecurityGroupRules"),
        reached_by_mwaa,
    ),
    Invariant(
        "eks-51",
        "The four add-ons are active, as configured, and kube-proxy follows the control plane",
        "high",
        "Pods get no address, no name resolution or no AWS role.",
        ("eks:DescribeCluster", "eks:ListAddons", "eks:DescribeAddon"),
        addons,
    ),
    Invariant(
        "eks-69",
        "The control plane's audit and authenticator logs are kept as long as configured",
        "medium",
        "Who did what to the cluster can't be told afterwards, or is stored and paid for for ever.",
        ("eks:DescribeCluster", "logs:DescribeLogGroups"),
        logs,
    ),
)
