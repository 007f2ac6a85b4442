"""Placement: which node groups of a stack can take a pod, and what it meets there."""
