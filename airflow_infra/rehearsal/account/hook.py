"""Answer boto3 calls in this process: by a service of our own where there is one, else by moto. Records every call."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore import handlers, xform_name
from botocore.awsrequest import AWSResponse

from airflow_infra.rehearsal.account.emulator import Emulator
from airflow_infra.rehearsal.account.errors import AwsError, NotModelledError, StoppedAccountError
from airflow_infra.rehearsal.account.shapes import check_output, input_problems

_READS = (
    "BatchGet",
    "Check",
    "Decrypt",
    "Describe",
    "Filter",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Preview",
    "Query",
    "Search",
    "Select",
    "Simulate",
    "Validate",
)
_PARAMETERS = "rehearsal_parameters"
_HANDLERS: list[Any] = handlers.BUILTIN_HANDLERS
"""What botocore registers with every session that it creates."""


@dataclass(frozen=True)
class Call:
    """One call that somebody made through boto3."""

    service: str
    operation: str
    account: str
    mutating: bool
    modelled: bool
    """Answered by the rehearsal's own model rather than by the emulator."""

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"


@dataclass(frozen=True)
class Request:
    """A call as a service of ours sees it."""

    service: str
    operation: str
    account: str
    region: str
    principal: str
    """ARN of the caller: a role, not its session, or the account's made-up user."""
    params: dict[str, Any]


Answer = dict[str, Any] | None


class Service:
    """A service, or a part of one, that the rehearsal answers itself.

    Every public method answers the operation that boto3 calls by the same name: it takes a `Request` and returns the
    answer as botocore would parse it, raises `AwsError`, or returns None to let moto answer. An answer of moto's that
    is passed on unchanged keeps its `ResponseMetadata`, and does not count as modelled.
    """

    name: ClassVar[str]
    """botocore's name of the service, such as `eks`."""
    whole: ClassVar[bool] = False
    """Nothing of this service is left to moto: an operation without a method is refused."""
    invalid_code: ClassVar[str] = "ValidationException"
    """Error code of an input that the service model forbids."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator


class Hook:
    """The event handlers that sit between boto3 and the emulated account."""

    def __init__(self, emulator: Emulator, services: Sequence[Service]) -> None:
        self.calls: list[Call] = []
        self._emulator = emulator
        self._methods = _methods(services)
        self._invalid_codes = {service.name: service.invalid_code for service in services}
        self._whole = {service.name for service in services if service.whole}
        self._active = False
        self._registrations = [
            ("before-parameter-build", self._remember_parameters),
            ("before-call", self._before_call, handlers.REGISTER_FIRST),
        ]

    def install(self) -> None:
        """Make every botocore session that is created from now on ask this hook."""
        self._active = True
        _HANDLERS.extend(self._registrations)

    def remove(self) -> None:
        """Leave botocore as it was. Clients that are still around refuse to work."""
        self._active = False
        for registration in self._registrations:
            _HANDLERS.remove(registration)

    def _remember_parameters(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context[_PARAMETERS] = params

    def _before_call(
        self, model: Any, params: dict[str, Any], request_signer: Any, context: dict[str, Any], **_: Any
    ) -> tuple[AWSResponse, dict[str, Any]] | None:
        """Answer a call, or return None to let moto answer it."""
        service, operation = model.service_model.service_name, model.name
        if not self._active:
            raise StoppedAccountError(f"{service}:{operation}: the emulated account of this client was stopped")
        # botocore keeps the credentials of a signer to itself
        credentials = request_signer._credentials  # noqa: SLF001
        key = credentials.access_key if credentials else None
        account = self._emulator.account_of(key)
        params["headers"]["x-moto-account-id"] = account
        if self._emulator.is_behind:
            return None
        principal = self._emulator.principal_of(key)
        request = Request(
            service, operation, account, context["client_region"], principal, _copied(context[_PARAMETERS])
        )
        with self._emulator.lock, self._emulator.behind():
            try:
                answer = self._answer(model, request)
            except AwsError as error:
                self._record(request, modelled=True)
                return _refusal(params["url"], error)
            from_moto = answer is None or "ResponseMetadata" in answer
            self._record(request, modelled=not from_moto)
        if answer is None:
            return None
        if from_moto:
            return _response(params["url"], 200), answer
        check_output(model.output_shape, answer, f"{service}:{operation}")
        return _response(params["url"], 200), {**_copied(answer), "ResponseMetadata": _metadata(200)}

    def _answer(self, model: Any, request: Request) -> Answer:
        method = self._methods.get((request.service, xform_name(request.operation)))
        if method is None:
            if request.service in self._whole:
                raise NotModelledError(f"the rehearsal does not model {request.service}:{request.operation}")
            return None
        if model.input_shape is not None:
            problems = input_problems(model.input_shape, request.params)
            if problems:
                raise AwsError(self._invalid_codes[request.service], "; ".join(problems))
        return method(request)

    def _record(self, request: Request, *, modelled: bool) -> None:
        mutating = request.service != "sts" and not request.operation.startswith(_READS)
        self.calls.append(Call(request.service, request.operation, request.account, mutating, modelled))


def _methods(services: Sequence[Service]) -> Mapping[tuple[str, str], Callable[[Request], Answer]]:
    methods: dict[tuple[str, str], Callable[[Request], Answer]] = {}
    for service in services:
        for name in dir(service):
            if not name.startswith("_") and callable(getattr(service, name)):
                if (service.name, name) in methods:
                    raise ValueError(f"{service.name}:{name} is answered twice")
                methods[service.name, name] = getattr(service, name)
    return methods


def _copied(value: Any) -> Any:
    """A copy that the model may keep. Streams and other contents stay the caller's."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copied(item) for item in value]
    return value


def _metadata(status: int) -> dict[str, Any]:
    return {"RequestId": "rehearsal", "HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}


def _response(url: str, status: int) -> AWSResponse:
    return AWSResponse(url, status, {}, io.BytesIO())


def _refusal(url: str, error: AwsError) -> tuple[AWSResponse, dict[str, Any]]:
    parsed = {
        "Error": {"Code": error.code, "Message": error.message},
        "message": error.message,
        "ResponseMetadata": _metadata(error.status),
    }
    return _response(url, error.status), parsed
