"""The AWS provider of the rehearsal: every resource type it knows, done by boto3 calls."""
