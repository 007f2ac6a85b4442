"""A kubeconfig without credentials: the AWS CLI fetches a short-lived token whenever one is needed."""

import json


def kubeconfig(
    cluster: str, region: str, endpoint: str, certificate_authority: str, role_arn: str | None = None
) -> str:
    """Text of the kubeconfig, as JSON (which is YAML).

    `certificate_authority` is base64, as EKS gives it. With `role_arn` that role is assumed first; without, whoever
    runs the command is who asks.
    """
    arguments = ["--region", region, "eks", "get-token", "--cluster-name", cluster, "--output", "json"]
    if role_arn is not None:
        arguments += ["--role-arn", role_arn]
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": cluster,
                    "cluster": {"server": endpoint, "certificate-authority-data": certificate_authority},
                }
            ],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
            "current-context": cluster,
            "users": [
                {
                    "name": cluster,
                    "user": {
                        "exec": {
                            "apiVersion": "client.authentication.k8s.io/v1beta1",
                            "command": "aws",
                            "args": arguments,
                            "interactiveMode": "Never",
                        }
                    },
                }
            ],
        },
        indent=2,
    )
