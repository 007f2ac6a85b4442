"""A kubeconfig that holds a token instead of asking for one: it is read by every DAG, and ends within minutes."""

import json
from typing import Any

from infra import s3

caught_by = "mwaa-43"
expected = "holds token of user airflow-dev"

kubeconfig = s3.kubeconfig


def with_token(*arguments: Any) -> str:
    config = json.loads(kubeconfig(*arguments))
    config["users"][0]["user"] = {"token": "k8s-aws-v1.bm90IGEgdG9rZW4"}
    return json.dumps(config)


s3.kubeconfig = with_token
