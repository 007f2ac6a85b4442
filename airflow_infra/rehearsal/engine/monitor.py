"""The resource-monitor service of Pulumi's protocol, on a port of this machine's loopback."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import resource_pb2, resource_pb2_grpc

from airflow_infra.rehearsal.engine.deployment import Deployment, Outcome
from airflow_infra.rehearsal.engine.registration import UnsupportedOptionError, of_read, of_register, without_inputs
from airflow_infra.rehearsal.engine.values import UnsupportedValueError, decode, encode
from airflow_infra.rehearsal.providers.protocol import ProviderError

_THREADS = 24
"""More than a program has calls under way at a time (its SDK's parallel setting)."""
_MESSAGE_BYTES = 400 * 1024 * 1024
"""The limit that Pulumi's SDKs set."""
_FEATURES = {
    "secrets": resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    "aliasSpecs": resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    "deletedWith": resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    "replaceWith": resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    # said to be there so that the refusal is ours: an SDK would ask to update the Pulumi CLI
    "transforms": resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
    "invokeTransforms": resource_pb2.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
    "parameterization": resource_pb2.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
    "resourceHooks": resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
    "errorHooks": resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
}


class Monitor:
    """Serves one program run after the other. A program that is early waits until its deployment is there."""

    def __init__(self) -> None:
        self._servicer = _Servicer()
        self._server = grpc.server(
            ThreadPoolExecutor(_THREADS),
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", _MESSAGE_BYTES),
                ("grpc.max_send_message_length", _MESSAGE_BYTES),
            ],
        )
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(self._servicer, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def serve(self, deployment: Deployment) -> None:
        """Let a deployment answer from now on."""
        self._servicer.serve(deployment)

    def pause(self) -> None:
        """Let the next program wait for its deployment."""
        self._servicer.pause()

    def close(self) -> None:
        """Stop serving; a call under way fails."""
        self._servicer.close()
        self._server.stop(grace=None).wait()


def _refusing(what: str) -> Callable[[Any, Any, grpc.ServicerContext], Any]:
    """A method that refuses, by name."""

    def method(self: "_Servicer", _request: Any, context: grpc.ServicerContext) -> NoReturn:
        message = f"{what} is not supported by a rehearsal"
        self.current(context).journal.refuse(message)
        context.abort(grpc.StatusCode.UNIMPLEMENTED, message)

    return method


class _Servicer(resource_pb2_grpc.ResourceMonitorServicer):
    def __init__(self) -> None:
        self._deployment: Deployment | None = None
        self._changed = threading.Condition()
        self._closed = False

    def serve(self, deployment: Deployment) -> None:
        with self._changed:
            self._deployment = deployment
            self._changed.notify_all()

    def pause(self) -> None:
        with self._changed:
            self._deployment = None

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def current(self, context: grpc.ServicerContext) -> Deployment:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._deployment is not None)
            if self._deployment is None:
                context.abort(grpc.StatusCode.UNAVAILABLE, "the rehearsal has ended")
            return self._deployment

    def GetDeploymentInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """What an SDK may ask for. Answered at once, so that a program can be started early."""
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES.values())

    def SupportsFeature(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """The same for older SDKs."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _FEATURES)

    def RegisterResource(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Create, update or replace a resource, or leave it."""
        deployment = self.current(context)
        stack = deployment.stack
        try:
            registration = of_register(request, stack.naming, stack.directory)
        except (UnsupportedOptionError, UnsupportedValueError, ValueError) as error:
            outcome = deployment.refuse(without_inputs(request, stack.naming, stack.directory), error)
        else:
            outcome = deployment.register(registration)
        if outcome.failed and not request.supportsResultReporting:
            context.abort(grpc.StatusCode.UNKNOWN, f"{request.type} {request.name!r} failed")
        return resource_pb2.RegisterResourceResponse(
            urn=outcome.urn, id=outcome.id or "", object=_encoded(outcome), result=_result(outcome)
        )

    def RegisterResourceOutputs(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Take the outputs of a component or of the stack."""
        deployment = self.current(context)
        deployment.outputs(request.urn, decode(request.outputs, deployment.stack.directory))
        return empty_pb2.Empty()

    def ReadResource(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Look at a resource that exists outside the program."""
        deployment = self.current(context)
        stack = deployment.stack
        try:
            registration = of_read(request, stack.naming, stack.directory)
        except UnsupportedValueError as error:
            outcome = deployment.refuse(without_inputs(request, stack.naming, stack.directory), error)
        else:
            outcome = deployment.read(registration, request.id)
        return resource_pb2.ReadResourceResponse(
            urn=outcome.urn, id=outcome.id or "", properties=_encoded(outcome), result=_result(outcome)
        )

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Answer a function call. One that fails fails in the program, which may handle it."""
        deployment = self.current(context)
        try:
            arguments = decode(request.args, deployment.stack.directory)
            answer = deployment.invoke(request.provider or None, request.tok, arguments.values)
        except (ProviderError, UnsupportedValueError) as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        # the field's name is a keyword of Python
        fields: dict[str, Any] = {"return": encode(answer)}
        return resource_pb2.ResourceInvokeResponse(**fields)

    def SignalAndWaitForShutdown(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """The program has registered everything. Nothing here needs it to live on."""
        return empty_pb2.Empty()


_REFUSED = {
    "Call": "calling a method of a resource (Call)",
    "ExistsResource": "asking whether a resource exists (ExistsResource)",
    "RegisterStackTransform": "a transform of all resources (RegisterStackTransform)",
    "RegisterStackInvokeTransform": "a transform of all function calls (RegisterStackInvokeTransform)",
    "RegisterResourceHook": "a resource hook (RegisterResourceHook)",
    "RegisterErrorHook": "an error hook (RegisterErrorHook)",
    "RegisterPackage": "a parameterized package (RegisterPackage)",
}
for _name, _what in _REFUSED.items():
    setattr(_Servicer, _name, _refusing(_what))


def _encoded(outcome: Outcome) -> Any:
    return encode(outcome.outputs, outcome.secrets)


def _result(outcome: Outcome) -> Any:
    return resource_pb2.FAIL if outcome.failed else resource_pb2.SUCCESS
