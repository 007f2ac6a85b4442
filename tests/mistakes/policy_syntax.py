"""A policy document with a syntax error."""

import pulumi_aws as aws
from parts import options

expected = "policy"

DOCUMENT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",}]}'
aws.iam.Policy("policy", name="policy", policy=DOCUMENT, opts=options)  # mistake
