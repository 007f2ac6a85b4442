"""Pods checked before they are submitted: read from files, judged as the cluster would, placed on its node groups."""
