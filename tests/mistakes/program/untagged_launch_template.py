"""Launch templates without tags: instances, volumes and interfaces belong to nobody."""

from typing import Any

import pulumi_aws as aws

caught_by = "eks-57"
expected = "starts a volume with no application"
also = ("eks-58",)

launch_template = aws.ec2.LaunchTemplate


def untagged(*arguments: Any, tag_specifications: Any, **inputs: Any) -> aws.ec2.LaunchTemplate:
    return launch_template(*arguments, **inputs)


aws.ec2.LaunchTemplate = untagged
