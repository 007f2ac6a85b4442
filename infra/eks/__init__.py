"""The EKS cluster and what runs on it for the platform."""
