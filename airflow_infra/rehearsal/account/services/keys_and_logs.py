"""KMS and CloudWatch Logs: key policies, AWS's own keys, and log groups with a key."""

from typing import Any

from moto.logs.models import logs_backends

from airflow_infra.rehearsal.account.errors import AwsError
from airflow_infra.rehearsal.account.hook import Answer, Request, Service
from airflow_infra.rehearsal.account.services.policy_documents import resource_policy_problem
from airflow_infra.rehearsal.account.services.references import References


class Kms(Service):
    """Checks key policies, and tells AWS's own keys from the customer's; moto does neither."""

    name = "kms"

    def create_key(self, request: Request) -> Answer:
        """Let moto create a key whose policy's syntax is right."""
        return self._check(request)

    def put_key_policy(self, request: Request) -> Answer:
        """Let moto keep a policy whose syntax is right."""
        return self._check(request)

    def describe_key(self, request: Request) -> Answer:
        """Describe a key; those behind aliases `alias/aws/...` are AWS's."""
        kms = self._emulator.client("kms", request.account, request.region)
        answer: dict[str, Any] = kms.describe_key(**request.params)
        aliases = kms.list_aliases(KeyId=answer["KeyMetadata"]["KeyId"])["Aliases"]
        if not any(alias["AliasName"].startswith("alias/aws/") for alias in aliases):
            return answer
        return {"KeyMetadata": {**answer["KeyMetadata"], "KeyManager": "AWS"}}

    def _check(self, request: Request) -> None:
        problem = resource_policy_problem(request.params["Policy"]) if "Policy" in request.params else None
        if problem:
            raise AwsError("MalformedPolicyDocumentException", f"Key policy: {problem}")


class Logs(Service):
    """Log groups encrypted with a key that exists."""

    name = "logs"
    invalid_code = "InvalidParameterException"

    def create_log_group(self, request: Request) -> Answer:
        """Let moto create a log group whose key exists."""
        if "kmsKeyId" in request.params:
            References(self._emulator, request, self.invalid_code).kms_key(request.params["kmsKeyId"])
        return None

    def associate_kms_key(self, request: Request) -> Answer:
        """Encrypt a log group with another key from now on."""
        References(self._emulator, request, self.invalid_code).kms_key(request.params["kmsKeyId"])
        self._group(request).kms_key_id = request.params["kmsKeyId"]
        return {}

    def disassociate_kms_key(self, request: Request) -> Answer:
        """Encrypt a log group with CloudWatch Logs' own key from now on."""
        self._group(request).kms_key_id = None
        return {}

    def _group(self, request: Request) -> Any:
        backend: Any = logs_backends[request.account][request.region]
        found = backend.groups.get(request.params.get("logGroupName"))
        if found is None:
            raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
        return found
