"""The AWS provider: checks, compares and makes resources, with boto3 calls against an account.

What holds for every type is here, from the table of types (`types.py`); what a single type does is in its class.
"""

import hashlib
import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from airflow_infra.rehearsal.providers.aws import documents
from airflow_infra.rehearsal.providers.aws.configuration import Configuration
from airflow_infra.rehearsal.providers.aws.differences import AUTO_NAMED, difference
from airflow_infra.rehearsal.providers.aws.registry import function_of, resource_class
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.types import Field, ResourceType, table
from airflow_infra.rehearsal.providers.aws.values import EMPTY, ValueChecker, fill_defaults
from airflow_infra.rehearsal.providers.protocol import (
    Checked,
    CheckFailure,
    Created,
    Diff,
    Properties,
    ProviderError,
    ProviderFactory,
)
from airflow_infra.rehearsal.providers.suggestions import suggestion


class Clients(Protocol):
    """Where boto3 clients come from."""

    def client(self, service: str, region: str | None = None, role_arn: str | None = None) -> Any:
        """A boto3 client of a service, in a region, with a role."""
        ...


def aws_provider(account: Clients) -> ProviderFactory:
    """A factory of AWS providers that work on an account."""

    def configured(inputs: Properties) -> AwsProvider:
        return AwsProvider(account, Configuration.from_inputs(inputs))

    return configured


class AwsProvider:
    """A configured AWS provider. See `protocol.Provider`.

    Raises:
        ProviderError: the account behind the credentials is not allowed, or the role cannot be assumed.
    """

    def __init__(self, account: Clients, configuration: Configuration) -> None:
        self._account = account
        self._configuration = configuration
        self._resources: dict[tuple[str, str], Resource] = {}
        with _readable("AWS provider"):
            identity = self._client("sts", configuration.region).get_caller_identity()
        configuration.refuse_other_accounts(identity["Account"])

    def check(self, type_: str, name: str, inputs: Properties) -> Checked:
        """Validate inputs, fill in defaults, name what has no name, and add `tagsAll`."""
        described = table().type(type_)
        if described is None:
            close = suggestion(type_, table().types()) if type_.startswith("aws:") else ""
            return Checked(inputs, (CheckFailure("", f"unknown resource type {type_}{close}"),))
        inputs = {key: value for key, value in inputs.items() if key != AUTO_NAMED}
        checker = ValueChecker(table())
        checked = checker.properties(inputs, described.inputs)
        failures = [*checker.failures, *_document_failures(described, checked), *_unhandled(described, checked)]
        fill_defaults(checked, described.defaults)
        _name(described, name, checked)
        if described.taggable:
            checked["tagsAll"] = self._configuration.default_tags | checked.get("tags", {})
        return Checked(checked, tuple(failures))

    def diff(self, type_: str, id_: str, old_inputs: Properties, inputs: Properties) -> Diff:
        """Compare checked inputs. The id decides nothing."""
        return difference(_described(type_), old_inputs, inputs, self._configuration.region)

    def create(self, type_: str, name: str, inputs: Properties) -> Created:
        """Create a resource and read it."""
        resource, inputs = self._resource(type_, inputs), _without_bookkeeping(inputs)
        with _readable(f"{type_} {name}: create"):
            id_ = resource.create(name, inputs)
            return Created(id_, self._outputs(resource, id_, inputs))

    def read(self, type_: str, id_: str, inputs: Properties) -> Properties | None:
        """The resource's outputs as the account shows them now, or None when it is gone."""
        resource, inputs = self._resource(type_, inputs), _without_bookkeeping(inputs)
        with _readable(f"{type_} {id_}: read"):
            read = resource.read(id_, inputs)
            return None if read is None else self._complete(resource, inputs, read)

    def update(self, type_: str, id_: str, old_inputs: Properties, inputs: Properties) -> Properties:
        """Change a resource in place and read it."""
        changed = self.diff(type_, id_, old_inputs, inputs).changed
        top_level = frozenset(path.split(".")[0].split("[")[0] for path in changed)
        resource, inputs = self._resource(type_, inputs), _without_bookkeeping(inputs)
        with _readable(f"{type_} {id_}: update"):
            if top_level:
                resource.update(id_, _without_bookkeeping(old_inputs), inputs, top_level)
            return self._outputs(resource, id_, inputs)

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete a resource."""
        with _readable(f"{type_} {id_}: delete"):
            self._resource(type_, inputs).delete(id_, _without_bookkeeping(inputs), outputs)

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Answer a function call."""
        described, function = table().function(token), function_of(token)
        if described is None or function is None:
            raise ProviderError(
                f"the rehearsal does not know the function {token}{suggestion(token, table().functions())}"
            )
        checker = ValueChecker(table())
        checked = checker.properties(arguments, described.arguments)
        if checker.failures:
            raise ProviderError("; ".join(f"{token}: {each.property}: {each.reason}" for each in checker.failures))
        region = checked.get("region", self._configuration.region)
        with _readable(token):
            results = function(self._clients_in(region), checked)
        if "region" in described.results:
            results = {"region": region} | results
        answer = checked | _valid_outputs(token, results, described.results)
        missing = [name for name, field in described.results.items() if field.required and answer.get(name) is None]
        if missing:
            raise ProviderError(f"missing result {', '.join(missing)} of {token}")
        return answer

    def _outputs(self, resource: Resource, id_: str, inputs: Properties) -> Properties:
        read = resource.read(id_, inputs)
        if read is None:
            raise ProviderError(f"{resource.type} {id_} is not there right after it was made or changed")
        return self._complete(resource, inputs, read)

    def _complete(self, resource: Resource, inputs: Properties, read: Properties) -> Properties:
        """Everything the program may ask of a resource: what it put in, and what the account says."""
        described = _described(resource.type)
        empty = {name: EMPTY[described.outputs[name].kind] for name in described.may_be_empty}
        outputs = empty | inputs | _valid_outputs(resource.type, read, described.outputs)
        if "region" in described.outputs:
            outputs.setdefault("region", self._configuration.region)
        missing = [name for name, field in described.outputs.items() if field.required and outputs.get(name) is None]
        if missing:
            raise ProviderError(
                f"missing output {', '.join(missing)} of {resource.type}: a program would read it as nothing."
                f" {type(resource).__name__}.read must return it, or may_be_empty in aws-behaviour.json must list it"
            )
        return outputs

    def _resource(self, type_: str, inputs: Properties) -> Resource:
        region = inputs.get("region", self._configuration.region)
        if (type_, region) not in self._resources:
            self._resources[type_, region] = _class_of(type_)(self._clients_in(region))
        return self._resources[type_, region]

    def _clients_in(self, region: str) -> Callable[[str], Any]:
        return lambda service: self._client(service, region)

    def _client(self, service: str, region: str) -> Any:
        return self._account.client(service, region=region, role_arn=self._configuration.role_arn)


def _described(type_: str) -> ResourceType:
    described = table().type(type_)
    if described is None:
        raise ProviderError(f"unknown resource type {type_}")
    return described


def _class_of(type_: str) -> type[Resource]:
    known = resource_class(type_)
    if known is None:
        raise ProviderError(f"the rehearsal cannot make a {type_}: no class of that type is registered")
    return known


def _unhandled(described: ResourceType, inputs: Properties) -> Iterator[CheckFailure]:
    """Inputs that the real provider acts on and the rehearsal does not, so that nothing is dropped in silence."""
    said = {name: value for name, value in inputs.items() if value != described.defaults.get(name)}
    for name in _class_of(described.token).unhandled({name: said[name] for name in said if name != "region"}):
        yield CheckFailure(name, f"the rehearsal does not act on this input of {described.token}")


def _without_bookkeeping(inputs: Properties) -> Properties:
    return {name: value for name, value in inputs.items() if name != AUTO_NAMED}


def _document_failures(described: ResourceType, inputs: Properties) -> Iterator[CheckFailure]:
    for name, kind in described.documents.items():
        if isinstance(inputs.get(name), dict):
            inputs[name] = json.dumps(inputs[name])
        if isinstance(inputs.get(name), str):
            for problem in documents.problems(inputs[name], kind):
                yield CheckFailure(name, problem)


def _name(described: ResourceType, name: str, inputs: Properties) -> None:
    """Name a resource that has no name: the logical name and seven digits.

    The real provider's digits are random. These depend on the inputs that replace, so that a name stays as long as
    its resource does and a successor gets another.
    """
    property_ = described.auto_name
    if property_ is None or property_ in inputs:
        return
    replacing = {key.split(".")[0] for key in described.replace_on}
    seed = json.dumps([described.token, name, {key: inputs.get(key) for key in sorted(replacing)}], default=repr)
    digits = hashlib.sha256(seed.encode()).hexdigest()[:7]
    prefix = inputs.get(f"{property_}Prefix", inputs.get("namePrefix"))
    inputs[property_] = f"{prefix}{digits}" if prefix else f"{name}-{digits}"
    inputs[AUTO_NAMED] = [property_]


def _valid_outputs(token: str, read: Properties, fields: dict[str, Field]) -> Properties:
    """What was read, checked against the table."""
    given = {name: value for name, value in read.items() if value is not None}
    checker = ValueChecker(table())
    checked = checker.properties(given, {name: field for name, field in fields.items() if name in given})
    if checker.failures:
        raise ProviderError("; ".join(f"output {each.property} of {token}: {each.reason}" for each in checker.failures))
    return checked


@contextmanager
def _readable(what: str) -> Generator[None]:
    """Turn what boto3 raises into a ProviderError that says which operation failed, and why."""
    try:
        yield
    except ClientError as error:
        details = error.response.get("Error", {})
        message = f"{error.operation_name}: {details.get('Code', 'Unknown')}: {details.get('Message', error)}"
        raise ProviderError(f"{what}: {message}") from error
    except (BotoCoreError, NotImplementedError) as error:
        raise ProviderError(f"{what}: {error}") from error
    except ProviderError as error:
        raise ProviderError(str(error) if str(error).startswith(what) else f"{what}: {error}") from error
