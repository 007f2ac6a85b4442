"""Instance metadata two hops away: every pod can ask for the node's credentials."""

from typing import Any

import pulumi_aws as aws

caught_by = "eks-56"
expected = "HttpPutResponseHopLimit 2 instead of 1"

launch_template = aws.ec2.LaunchTemplate


def two_hops(*arguments: Any, metadata_options: dict[str, Any], **inputs: Any) -> aws.ec2.LaunchTemplate:
    options: Any = {**metadata_options, "http_put_response_hop_limit": 2}
    return launch_template(*arguments, metadata_options=options, **inputs)


aws.ec2.LaunchTemplate = two_hops
