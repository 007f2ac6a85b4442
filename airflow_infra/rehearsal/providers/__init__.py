"""The rehearsal's resource providers: Pulumi's provider operations, done by boto3 and Kubernetes calls."""
