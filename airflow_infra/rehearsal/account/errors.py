"""What goes wrong behind boto3: errors that AWS would answer, and errors of the rehearsal itself."""


class AwsError(Exception):
    """An error that AWS would answer. Whoever made the call sees it as botocore's `ClientError`."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class NotModelledError(NotImplementedError):
    """The rehearsal has no answer for this call, and invents none."""


class ModelError(Exception):
    """An answer of the rehearsal's own that does not keep to AWS's service model: a bug of the rehearsal."""


class StoppedAccountError(Exception):
    """A client of an emulated account was used after the account had been stopped."""
