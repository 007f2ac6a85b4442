"""moto's EC2, imported without a look at the environment.

While it is imported, moto.ec2 makes three boto3 sessions to list AWS's regions. That takes a third of a second, and
fails where `AWS_PROFILE` names a profile that is not there. Here one session serves, which knows no profile.
"""

from importlib import import_module
from typing import Any
from unittest.mock import patch

import boto3
import botocore.session


def _imported(module: str) -> Any:
    without_profile = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    session = boto3.Session(botocore_session=without_profile)
    with patch("boto3.Session", lambda: session):
        return import_module(module)


ec2_backends: Any = _imported("moto.ec2.models").ec2_backends
"""moto's EC2 by account and region."""
INSTANCE_TYPES: dict[str, Any] = _imported("moto.ec2.models.instance_types").INSTANCE_TYPES
"""Descriptions of instance types by name."""
