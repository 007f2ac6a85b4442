"""What can go wrong with a cluster, in words for the person who asked for it."""


class ClusterError(Exception):
    """The cluster did not do what was asked: what, where, and what to look at."""


class MissingError(ClusterError):
    """Something must be installed or built first; the message says what and how."""
