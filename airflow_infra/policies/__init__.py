"""Admission policies of a folder, as Gatekeeper objects with a stack's parameters. Pure: no Pulumi, no cluster."""
