"""Rehearse a Pulumi program written in Python: deploy it on an emulated AWS account, again, and destroy it.

This package is a library of its own. It knows nothing about the program that it runs.
"""
