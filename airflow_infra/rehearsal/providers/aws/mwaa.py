"""MWAA environments."""

from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import Fields, block, capitalised, integer, parameters
from airflow_infra.rehearsal.providers.aws.calls import State, found, ignoring, timestamp, wait_until
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.tags import tag_changes, tags_of
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError

_GONE = "ResourceNotFoundException"
_DELETED = "DELETED"
_LOGS = ("dagProcessingLogs", "schedulerLogs", "taskLogs", "webserverLogs", "workerLogs")


def _capital(key: str) -> str:
    return key[0].upper() + key[1:]


def _integers(*keys: str) -> Fields:
    return {key: (_capital(key), integer) for key in keys}


_UPDATABLE: Fields = {
    **capitalised(
        "airflowConfigurationOptions",
        "airflowVersion",
        "dagS3Path",
        "environmentClass",
        "executionRoleArn",
        "pluginsS3ObjectVersion",
        "pluginsS3Path",
        "requirementsS3ObjectVersion",
        "requirementsS3Path",
        "sourceBucketArn",
        "startupScriptS3ObjectVersion",
        "startupScriptS3Path",
        "webserverAccessMode",
        "weeklyMaintenanceWindowStart",
    ),
    **_integers("maxWebservers", "maxWorkers", "minWebservers", "minWorkers", "schedulers"),
    "loggingConfiguration": (
        "LoggingConfiguration",
        block({log: (_capital(log), block(capitalised("enabled", "logLevel"))) for log in _LOGS}),
    ),
}
_ON_CREATE: Fields = {
    **_UPDATABLE,
    **capitalised("endpointManagement", "kmsKey", "name"),
    "networkConfiguration": ("NetworkConfiguration", block(capitalised("securityGroupIds", "subnetIds"))),
}
_ON_UPDATE: Fields = {
    **_UPDATABLE,
    **capitalised("workerReplacementStrategy"),
    # The subnets are for ever: an update must not name them.
    "networkConfiguration": ("NetworkConfiguration", lambda value, _: {"SecurityGroupIds": value["securityGroupIds"]}),
}


class Environment(Resource):
    """An MWAA environment. Its id is its name."""

    type: ClassVar[str] = "aws:mwaa/environment:Environment"
    handles: ClassVar[frozenset[str] | None] = frozenset(("tags", "tagsAll", *_ON_CREATE, *_ON_UPDATE))

    def create(self, name: str, inputs: Properties) -> str:
        """Create it and wait until it is AVAILABLE, or PENDING where the endpoints are the customer's."""
        self.client("mwaa").create_environment(**parameters(inputs, _ON_CREATE), Tags=tags_of(inputs))
        self._wait(inputs["name"], ("AVAILABLE", "PENDING"), ("CREATING", "CREATING_SNAPSHOT"))
        return inputs["name"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its URL, status, roles, log groups, last update, and what AWS filled in."""
        environment = self._get(id_)
        if environment is None:
            return None
        filled_in = {
            key: environment.get(name)
            for key, (name, _) in _ON_CREATE.items()
            if key not in ("loggingConfiguration", "networkConfiguration", "airflowConfigurationOptions")
        }
        return {
            **filled_in,
            "arn": environment["Arn"],
            "createdAt": timestamp(environment["CreatedAt"]),
            "databaseVpcEndpointService": environment.get("DatabaseVpcEndpointService"),
            "lastUpdateds": [_last_update(environment["LastUpdate"])] if "LastUpdate" in environment else [],
            "loggingConfiguration": _logging(environment.get("LoggingConfiguration", {})),
            "serviceRoleArn": environment["ServiceRoleArn"],
            "status": environment["Status"],
            "webserverUrl": environment["WebserverUrl"],
            "webserverVpcEndpointService": environment.get("WebserverVpcEndpointService"),
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Send what changed in one call, with the way of replacing workers."""
        mwaa = self.client("mwaa")
        keys = changed & {*_ON_UPDATE}
        if keys:
            only = {key: _in_place(key, new) for key in {*keys, "workerReplacementStrategy"}}
            mwaa.update_environment(Name=id_, **parameters(only, _ON_UPDATE))
            self._wait(id_, ("AVAILABLE",), ("CREATING_SNAPSHOT", "UPDATING"))
        removed, added = tag_changes(old, new)
        environment = self._get(id_) if removed or added else None
        if environment is not None and removed:
            mwaa.untag_resource(ResourceArn=environment["Arn"], tagKeys=removed)
        if environment is not None and added:
            mwaa.tag_resource(ResourceArn=environment["Arn"], Tags=added)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it and wait until it is gone."""
        with ignoring(_GONE):
            self.client("mwaa").delete_environment(Name=id_)
            self._wait(id_, (_DELETED,), ("AVAILABLE", "DELETING"))

    def _get(self, id_: str) -> Any | None:
        answer = found(lambda: self.client("mwaa").get_environment(Name=id_), _GONE)
        return answer and answer["Environment"]

    def _wait(self, id_: str, wanted: tuple[str, ...], passing: tuple[str, ...]) -> None:
        wait_until(f"the environment {id_}", lambda: self._state(id_), wanted, passing)

    def _state(self, id_: str) -> State:
        environment = self._get(id_)
        if environment is None:
            return State(_DELETED)
        error = environment.get("LastUpdate", {}).get("Error", {})
        return State(environment["Status"], error.get("ErrorMessage", ""))


def _in_place(key: str, new: Properties) -> Any:
    """The new value of an input. An update has no way of saying that one is unset again."""
    value = new.get(key)
    if value is None and key == "airflowConfigurationOptions":
        return {}
    if value is None and key != "workerReplacementStrategy":
        raise ProviderError(f"{key} cannot be taken away from an environment in place: give it another value")
    return value


def _logging(configuration: Any) -> Properties:
    return {
        log: {
            "cloudWatchLogGroupArn": configuration[name].get("CloudWatchLogGroupArn"),
            "enabled": configuration[name]["Enabled"],
            "logLevel": configuration[name]["LogLevel"],
        }
        for log in _LOGS
        if (name := _capital(log)) in configuration
    }


def _last_update(update: Any) -> Properties:
    errors = [{"errorCode": error["ErrorCode"], "errorMessage": error["ErrorMessage"]} for error in _errors(update)]
    return {"createdAt": timestamp(update["CreatedAt"]), "errors": errors, "status": update["Status"]}


def _errors(update: Any) -> list[Any]:
    return [update["Error"]] if update.get("Error") else []


RESOURCES: list[type[Resource]] = [Environment]
