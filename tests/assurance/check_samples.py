"""The checker of the dev stack, and pods that it admits."""

from copy import deepcopy
from functools import cache
from typing import Any

from placement_samples import PROJECT, dev

from airflow_infra.assurance.check.checker import Checker
from airflow_infra.policies.pod import task_pod
from airflow_infra.settings.eks import EnforcementAction
from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings

NAMES = Names("dev", "111122223333", "eu-west-1")
POLICIES = PROJECT / "infra/eks/policies"
REGISTRY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"


def new_checker(settings: StackSettings | None = None) -> Checker:
    """A checker that remembers nothing yet."""
    return Checker(settings or dev(), NAMES, POLICIES)


@cache
def checker() -> Checker:
    """The dev stack's."""
    return new_checker()


def with_actions(**actions: EnforcementAction) -> StackSettings:
    """The dev stack with other enforcement actions: a policy's name with _ for -."""
    settings = dev()
    policies = {name.replace("_", "-"): action for name, action in actions.items()}
    gatekeeper = settings.eks.gatekeeper.model_copy(update={"policies": policies})
    return settings.model_copy(update={"eks": settings.eks.model_copy(update={"gatekeeper": gatekeeper})})


def good_pod(node_group: str = "standard", **spec: Any) -> dict[str, Any]:
    """The contract's pod, changed in fields of its spec."""
    pod = deepcopy(task_pod(dev(), node_group))
    pod["spec"] |= spec
    return pod


def rich_pod() -> dict[str, Any]:
    """A pod that every policy admits and that says much: something in each part that anybody looks at."""
    pod = good_pod("high-memory")
    base = pod["spec"]["containers"][0]
    base |= {
        "args": ["load", "--all"],
        "command": ["python"],
        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": ""}],
        "ports": [{"containerPort": 8080, "name": "http"}],
        "volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}],
        "livenessProbe": {"httpGet": {"port": 8080, "path": "/"}},
        "imagePullPolicy": "IfNotPresent",
    }
    init = deepcopy(base) | {"name": "init", "restartPolicy": "Always"}
    pod["metadata"] |= {
        "labels": {"dag_id": "etl", "try_number": "1"},
        "annotations": {"example.com/note": "text", "iam.amazonaws.com/role": "reader"},
    }
    pod["spec"] |= {
        "initContainers": [init],
        "volumes": [
            {"name": "scratch", "emptyDir": {}},
            {
                "name": "aws",
                "projected": {
                    "sources": [{"serviceAccountToken": {"audience": "pods.eks.amazonaws.com", "path": "token"}}]
                },
            },
        ],
        "automountServiceAccountToken": False,
        "hostNetwork": False,
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "schedulerName": "default-scheduler",
        "terminationGracePeriodSeconds": 30,
        "enableServiceLinks": False,
    }
    return pod
