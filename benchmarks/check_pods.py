"""Pods for the benchmark of `check`: shapes that repeat, and pods of which no two are alike to the policies."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airflow_infra.policies.pod import task_pod
from airflow_infra.settings.stack import StackSettings

Pod = dict[str, Any]
BAD = 5
"""One pod in this many is refused."""


def repeating(settings: StackSettings, count: int, shapes: int = 200) -> Iterator[Pod]:
    """Pods of so many shapes, with names, labels, arguments and variables of their own."""
    chosen = list(different(settings, shapes))
    for number in range(count):
        pod = copy.deepcopy(chosen[number % shapes])
        _name(pod, number)
        yield pod


def different(settings: StackSettings, count: int) -> Iterator[Pod]:
    """Pods of which each differs from every other in its image, and many in resources, user and placement."""
    chance = random.Random(20261122)
    groups = [group.name for group in settings.eks.cluster.node_groups]
    models = [task_pod(settings, name) for name in groups]
    for number in range(count):
        pod = copy.deepcopy(chance.choice(models))
        spec, container = pod["spec"], pod["spec"]["containers"][0]
        container["image"] = f"{container['image'].rpartition(':')[0]}:build-{number}"
        memory = f"{chance.randint(256, 4096)}Mi"
        requests = {"cpu": f"{chance.randint(1, 15)}00m", "memory": memory}
        container["resources"] = {"requests": requests, "limits": {"memory": memory}}
        spec["securityContext"]["runAsUser"] = chance.randint(1000, 60000)
        if chance.random() < 0.3:
            spec["volumes"] = [{"name": f"scratch-{number}", "emptyDir": {}}]
            container["volumeMounts"] = [{"name": f"scratch-{number}", "mountPath": "/scratch"}]
        if chance.random() < 0.2:
            spec["initContainers"] = [{**copy.deepcopy(container), "name": "init"}]
        if number % BAD == 0:
            _spoil(pod, chance.randrange(5))
        _name(pod, number)
        yield pod


def _spoil(pod: Pod, way: int) -> None:
    spec, container = pod["spec"], pod["spec"]["containers"][0]
    match way:
        case 0:
            container["securityContext"]["capabilities"] = {"add": ["NET_ADMIN"]}
        case 1:
            container["image"] = container["image"].replace(".dkr.ecr.", ".example.")
        case 2:
            spec["volumes"] = [{"name": "host", "hostPath": {"path": "/"}}]
        case 3:
            spec["securityContext"] = {"runAsUser": 0, "seccompProfile": {"type": "RuntimeDefault"}}
        case _:
            spec["tolerations"] = [{"operator": "Exists"}]
            spec.pop("affinity", None)


def _name(pod: Pod, number: int) -> None:
    """What differs between two runs of a task: KubernetesPodOperator's labels, and what the task is told."""
    pod["metadata"]["name"] = f"task-{number}"
    pod["metadata"]["labels"] = {
        "dag_id": "etl",
        "task_id": f"load-{number % 50}",
        "run_id": f"scheduled__2026-11-22T0000000000-{number}",
        "kubernetes_pod_operator": "True",
        "try_number": "1",
    }
    container = pod["spec"]["containers"][0]
    container["args"] = ["load", f"--partition={number}"]
    container["env"] = [{"name": "AIRFLOW_RUN", "value": str(number)}, {"name": "STAGE", "value": "dev"}]


def write_lines(pods: Iterator[Pod], file: Path) -> None:
    """One pod a line."""
    with file.open("w", encoding="utf-8") as stream:
        for pod in pods:
            stream.write(json.dumps(pod, separators=(",", ":")) + "\n")


def write_documents(pods: Iterator[Pod], file: Path) -> None:
    """One pod a YAML document, as gator and people read them."""
    with file.open("w", encoding="utf-8") as stream:
        for pod in pods:
            stream.write("---\n" + json.dumps(pod, indent=1) + "\n")
