"""Kubernetes for a rehearsal: an in-memory API server per cluster, and the provider that deploys to it."""
