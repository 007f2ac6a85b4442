"""Node groups that don't wait for the CNI, without which no node becomes ready."""

from typing import Any

import pulumi

from infra.eks import addons

caught_by = "nodes-cni"
expected = "does not wait for Addon vpc-cni"

before_nodes = addons.before_nodes


def without_cni(*arguments: Any) -> list[pulumi.Resource]:
    return [addon for addon in before_nodes(*arguments) if addon._name != "vpc-cni"]


addons.before_nodes = without_cni
