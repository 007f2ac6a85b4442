"""What the EKS types share: waiting for updates, and health."""

from typing import Any

from airflow_infra.rehearsal.providers.aws.calls import State, wait_until

GONE = "ResourceNotFoundException"
DELETED = "DELETED"
"""Stands for a resource that EKS no longer knows: it has no such state of its own."""


def health(resource: Any) -> str:
    """What EKS says is wrong with a cluster, node group or add-on."""
    issues = resource.get("health", {}).get("issues", [])
    return "; ".join(f"{issue.get('code')}: {issue.get('message')}" for issue in issues)


def wait_for_update(eks: Any, what: str, answer: Any, **of: str) -> None:
    """Wait for the update that a call has started. `of` says where: `name`, and `nodegroupName` or `addonName`."""

    def state() -> State:
        update = eks.describe_update(updateId=answer["update"]["id"], **of)["update"]
        errors = "; ".join(f"{error.get('errorCode')}: {error.get('errorMessage')}" for error in update["errors"])
        return State(update["status"], errors)

    wait_until(f"the {answer['update']['type']} of {what}", state, ("Successful",), ("InProgress",))
