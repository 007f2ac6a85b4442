"""The platform: every resource that `pulumi up` deploys."""
