"""S3: bucket policies that deny, with their conditions.

moto denies whatever a Deny statement names and ignores its conditions, so that a TLS-only bucket takes nothing. Its
own check is put aside (`Emulator`), and calls on objects are checked here. Calls on buckets are not.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from airflow_infra.rehearsal.account.errors import AwsError
from airflow_infra.rehearsal.account.hook import Answer, Request, Service
from airflow_infra.rehearsal.account.services.policy_documents import denies, resource_policy_problem


class S3(Service):
    """Denies what a bucket's policy denies; moto does the rest."""

    name = "s3"
    invalid_code = "InvalidRequest"

    def put_bucket_policy(self, request: Request) -> Answer:
        """Let moto keep a policy whose syntax is right."""
        problem = resource_policy_problem(request.params["Policy"])
        if problem:
            raise AwsError("MalformedPolicy", f"Policy of {request.params['Bucket']}: {problem}")
        return None

    def put_object(self, request: Request) -> Answer:
        """Let moto put an object that the policy does not protect."""
        self._check(request, "s3:PutObject")
        if "Tagging" in request.params:
            self._check(request, "s3:PutObjectTagging")
        return None

    def copy_object(self, request: Request) -> Answer:
        """Let moto copy onto an object that the policy does not protect."""
        return self._check(request, "s3:PutObject")

    def create_multipart_upload(self, request: Request) -> Answer:
        """Let moto begin an upload of an object that the policy does not protect."""
        return self._check(request, "s3:PutObject")

    def get_object(self, request: Request) -> Answer:
        """Let moto read an object that the policy does not protect."""
        return self._check(request, _of_version(request, "s3:GetObject"))

    def head_object(self, request: Request) -> Answer:
        """Let moto look at an object that the policy does not protect."""
        return self._check(request, _of_version(request, "s3:GetObject"))

    def put_object_tagging(self, request: Request) -> Answer:
        """Let moto tag an object that the policy does not protect."""
        return self._check(request, _of_version(request, "s3:PutObjectTagging", "s3:PutObjectVersionTagging"))

    def delete_object_tagging(self, request: Request) -> Answer:
        """Let moto untag an object that the policy does not protect."""
        return self._check(request, _of_version(request, "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"))

    def delete_object(self, request: Request) -> Answer:
        """Let moto delete an object that the policy does not protect."""
        return self._check(request, _of_version(request, "s3:DeleteObject"))

    def delete_objects(self, request: Request) -> Answer:
        """Delete what the policy does not protect, and say what it does."""
        given = request.params
        free: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for item in given["Delete"]["Objects"]:
            action = "s3:DeleteObjectVersion" if "VersionId" in item else "s3:DeleteObject"
            if self._is_denied(request, action, item["Key"]):
                errors.append({"Key": item["Key"], "Code": "AccessDenied", "Message": "Access Denied"})
            else:
                free.append(item)
        if not errors:
            return None
        if not free:
            return {"Errors": errors}
        s3 = self._emulator.client("s3", request.account, request.region)
        answer = s3.delete_objects(**{**given, "Delete": {**given["Delete"], "Objects": free}})
        return {"Deleted": answer.get("Deleted", []), "Errors": [*answer.get("Errors", []), *errors]}

    def _check(self, request: Request, action: str) -> None:
        key = request.params["Key"]
        if self._is_denied(request, action, key):
            raise AwsError(
                "AccessDenied",
                f"User: {request.principal} is not authorized to perform: {action} on resource: "
                f'"arn:aws:s3:::{request.params["Bucket"]}/{key}" with an explicit deny in a resource-based policy',
                403,
            )

    def _is_denied(self, request: Request, action: str, key: str) -> bool:
        bucket = request.params["Bucket"]
        s3 = self._emulator.client("s3", request.account, request.region)
        try:
            policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
        except ClientError:
            return False
        context: Mapping[str, str] = {
            "aws:PrincipalAccount": request.account,
            "aws:PrincipalArn": request.principal,
            "aws:SecureTransport": "true",
        }
        return denies(policy, action, f"arn:aws:s3:::{bucket}/{key}", context)


def _of_version(request: Request, action: str, of_version: str | None = None) -> str:
    """The action, which has another name when a version is named."""
    return (of_version or f"{action}Version") if "VersionId" in request.params else action
