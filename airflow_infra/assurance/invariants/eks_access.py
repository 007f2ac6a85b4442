"""Who gets into the cluster, and what the roles of what runs in it may do."""

from collections.abc import Iterator

from airflow_infra.assurance.iam import POLICY_CALLS, TRUST_CALLS, allowed, trusts
from airflow_infra.assurance.invariants.eks_resources import GROUP_CALLS, Description, cluster, node_groups
from airflow_infra.assurance.invariants.invariant import Invariant, NotCheckedError, Subject
from airflow_infra.assurance.kubernetes import MWAA_GROUP, MWAA_USER
from airflow_infra.assurance.policies import statements

_ADMINISTRATES = ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy")
_ENTRY_CALLS = ("eks:ListAccessEntries", "eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies")
_IDENTITY_CALLS = ("eks:ListPodIdentityAssociations", "eks:DescribePodIdentityAssociation")
_AUTOSCALER = "cluster-autoscaler"
_CNI = "aws-node"
_SEES = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeAutoScalingInstances",
    "autoscaling:DescribeLaunchConfigurations",
    "autoscaling:DescribeScalingActivities",
    "autoscaling:DescribeTags",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:GetInstanceTypesFromInstanceRequirements",
)
"""What the autoscaler asks (Cluster Autoscaler on AWS, 1.36)."""
_SCALES = ("autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup")
_CHANGES = (
    *_SCALES,
    "autoscaling:CreateOrUpdateTags",
    "autoscaling:DeleteAutoScalingGroup",
    "autoscaling:DetachInstances",
    "autoscaling:UpdateAutoScalingGroup",
)


def authentication_mode(subject: Subject) -> Iterator[str]:
    """Access entries alone decide who gets in."""
    found = cluster(subject)["accessConfig"]["authenticationMode"]
    if found != "API":
        yield f"authentication mode is {found}, expected API: the aws-auth ConfigMap can let others in"


def mwaa_entry(subject: Subject) -> Iterator[str]:
    """The execution role has a STANDARD entry with its user and group and no policy, and nobody else has those."""
    environment = subject.look.one("mwaa", "get_environment", Name=subject.names.environment)["Environment"]
    role = environment["ExecutionRoleArn"]
    entries = _entries(subject)
    if role not in entries:
        yield f"the execution role {role} has no access entry"
    for principal, entry in entries.items():
        user, groups = entry["username"], entry["kubernetesGroups"]
        if principal != role:
            if user == MWAA_USER or MWAA_GROUP in groups:
                yield f"{principal} enters as MWAA does (user {user}, groups {', '.join(groups) or 'none'})"
            continue
        if (entry["type"], user, groups) != ("STANDARD", MWAA_USER, [MWAA_GROUP]):
            yield (
                f"the execution role's entry is {entry['type']}, user {user}, groups {', '.join(groups) or 'none'}; "
                f"expected STANDARD, {MWAA_USER}, {MWAA_GROUP}"
            )
        policies = _policies(subject, principal)
        if policies:
            yield f"the execution role's entry has the policies {', '.join(policies)}, expected none"


def administrators(subject: Subject) -> Iterator[str]:
    """The deploying role administrates the cluster, and beside it only the settings' administrators do."""
    deployer = subject.settings.account.deploy_role_arn
    configured = {deployer, *subject.settings.eks.cluster.administrators}
    found = {
        principal: named
        for principal in _entries(subject)
        if (named := [policy for policy in _policies(subject, principal) if policy in _ADMINISTRATES])
    }
    if deployer not in found:
        yield f"the deploying role {deployer} does not administrate the cluster"
    for principal, named in found.items():
        if principal not in configured:
            yield f"{principal} administrates the cluster ({', '.join(named)}) and is not in the settings"


def _entries(subject: Subject) -> dict[str, Description]:
    """Access entries by principal."""
    name = subject.names.cluster
    return {
        principal: subject.look.one("eks", "describe_access_entry", clusterName=name, principalArn=principal)[
            "accessEntry"
        ]
        for principal in subject.look.all("eks", "list_access_entries", "accessEntries", clusterName=name)
    }


def _policies(subject: Subject, principal: str) -> list[str]:
    """Names of the access policies of a principal's entry."""
    associated: list[Description] = subject.look.all(
        "eks",
        "list_associated_access_policies",
        "associatedAccessPolicies",
        clusterName=subject.names.cluster,
        principalArn=principal,
    )
    return [policy["policyArn"].rpartition("/")[2] for policy in associated]


def autoscaler_writes(subject: Subject) -> Iterator[str]:
    """The autoscaler may resize groups of its own cluster and change no other: not an untagged one either."""
    role, names = _role_of(subject, _AUTOSCALER), subject.names
    group = f"arn:aws:autoscaling:{names.region}:{names.account_id}:autoScalingGroup:*:autoScalingGroupName/eks-x"
    own = _tagged(names.cluster)
    for action in _SCALES:
        if not allowed(subject.look, role, action, group, own):
            yield f"{role} may not call {action} on the groups of {names.cluster}"
    foreign = {"an untagged group": {}, f"a group of {names.cluster}-2": _tagged(f"{names.cluster}-2")}
    for action in _CHANGES:
        for what, context in foreign.items():
            if allowed(subject.look, role, action, group, context):
                yield f"{role} may call {action} on {what}"


def _tagged(cluster_name: str) -> dict[str, str]:
    """Context of a request on an Auto Scaling group of a cluster; Auto Scaling also has a key of its own for tags."""
    tags = {"k8s.io/cluster-autoscaler/enabled": "true", f"k8s.io/cluster-autoscaler/{cluster_name}": "owned"}
    return {f"{prefix}:ResourceTag/{key}": value for key, value in tags.items() for prefix in ("aws", "autoscaling")}


def autoscaler_reads(subject: Subject) -> Iterator[str]:
    """The autoscaler may describe what it plans with: node groups and launch-template versions among it."""
    role = _role_of(subject, _AUTOSCALER)
    for action in _SEES:
        if not allowed(subject.look, role, action):
            yield f"{role} may not call {action}"
    for name, group in node_groups(subject).items():
        if not allowed(subject.look, role, "eks:DescribeNodegroup", group["nodegroupArn"]):
            yield f"{role} may not call eks:DescribeNodegroup on {name}"


def node_role(subject: Subject) -> Iterator[str]:
    """Nodes may assume no role but those below this environment's own path, by their own policies or by its trust.

    Judged by the account's roles, and by names that another environment's could have.
    """
    names = subject.names
    below = f"arn:aws:iam::{names.account_id}:role{names.task_role_path}"
    standing: list[Description] = subject.look.all("iam", "list_roles", "Roles")
    others = [role for role in standing if not role["Arn"].startswith(below)]
    made_up = [names.role_arn(f"{names.prefix}-2/task"), names.role_arn(f"{names.prefix}-2-task")]
    for node in sorted({group["nodeRole"] for group in node_groups(subject).values()}):
        name = node.rpartition("/")[2]
        for arn in [*(role["Arn"] for role in others), *made_up]:
            if allowed(subject.look, name, "sts:AssumeRole", arn):
                yield f"{name} may assume {arn}, which is not below {names.task_role_path}"
        for role in others:
            if _names_principal(role, node):
                yield f"{role['Arn']}, which is not below {names.task_role_path}, trusts {name} itself"


def _names_principal(role: Description, principal: str) -> bool:
    """Whether a role's trust lets in a principal of its account by name, which needs no policy of the principal's."""
    trust = statements(role["AssumeRolePolicyDocument"], role["RoleName"])
    return any(one.effect == "Allow" and principal in one.principals.get("AWS", ()) for one in trust)


def pod_identities(subject: Subject) -> Iterator[str]:
    """The autoscaler's and the CNI's service accounts have a role that trusts EKS Pod Identity."""
    names = subject.names
    for account in (_AUTOSCALER, _CNI):
        role = _associated_role(subject, account)
        if role is None:
            yield f"kube-system/{account} has no Pod Identity association"
            continue
        context = {
            "aws:SourceAccount": names.account_id,
            "aws:SourceArn": names.cluster_arn,
            "aws:RequestTag/eks-cluster-arn": names.cluster_arn,
            "aws:RequestTag/eks-cluster-name": names.cluster,
            "aws:RequestTag/kubernetes-namespace": "kube-system",
            "aws:RequestTag/kubernetes-service-account": account,
        }
        for action in ("sts:AssumeRole", "sts:TagSession"):
            if not trusts(subject.look, role, ("Service", "pods.eks.amazonaws.com"), context, action):
                yield f"{role} of kube-system/{account} does not let pods.eks.amazonaws.com call {action}"


def _associated_role(subject: Subject, service_account: str) -> str | None:
    """Name of the role that a service account of kube-system has by Pod Identity."""
    name = subject.names.cluster
    associations: list[Description] = subject.look.all(
        "eks",
        "list_pod_identity_associations",
        "associations",
        clusterName=name,
        namespace="kube-system",
        serviceAccount=service_account,
    )
    if not associations:
        return None
    association = subject.look.one(
        "eks",
        "describe_pod_identity_association",
        clusterName=name,
        associationId=associations[0]["associationId"],
    )["association"]
    return association["roleArn"].rpartition("/")[2]


def _role_of(subject: Subject, service_account: str) -> str:
    """As `_associated_role`. Raises NotCheckedError where there is none, which is a matter of eks-66."""
    role = _associated_role(subject, service_account)
    if role is None:
        raise NotCheckedError(f"kube-system/{service_account} has no Pod Identity association (eks-66)")
    return role


INVARIANTS = (
    Invariant(
        "eks-46",
        "Only access entries let anybody into the cluster",
        "high",
        "Whoever writes the aws-auth ConfigMap administrates the cluster, and no audit of the entries shows it.",
        ("eks:DescribeCluster",),
        authentication_mode,
    ),
    Invariant(
        "eks-47",
        "MWAA enters as its user and group, without a cluster policy",
        "critical",
        "Tasks are refused, or every DAG author gets more of the cluster than pods in one namespace.",
        ("mwaa:GetEnvironment", *_ENTRY_CALLS),
        mwaa_entry,
    ),
    Invariant(
        "eks-48",
        "Only configured roles administrate the cluster",
        "critical",
        "Somebody that nobody named can do anything in the cluster.",
        ("eks:ListAccessEntries", "eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies"),
        administrators,
    ),
    Invariant(
        "eks-63",
        "The autoscaler can only change groups of its own cluster",
        "critical",
        "One environment's autoscaler ends another's nodes under its running tasks.",
        (*_IDENTITY_CALLS, *POLICY_CALLS),
        autoscaler_writes,
    ),
    Invariant(
        "eks-64",
        "The autoscaler can describe what it plans with",
        "high",
        "It can't tell what a node of an empty group would be, and never starts one.",
        (*_IDENTITY_CALLS, *GROUP_CALLS, *POLICY_CALLS),
        autoscaler_reads,
    ),
    Invariant(
        "eks-65",
        "Nodes can't assume the roles of another environment",
        "critical",
        "A task reads and writes another environment's data.",
        (*GROUP_CALLS, "iam:ListRoles", *POLICY_CALLS),
        node_role,
    ),
    Invariant(
        "eks-66",
        "The autoscaler and the CNI have their roles by Pod Identity",
        "critical",
        "Pods get no address, and no node is ever added.",
        (*_IDENTITY_CALLS, *TRUST_CALLS),
        pod_identities,
    ),
)
