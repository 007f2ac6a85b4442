"""moto in this process, and boto3 clients for every account that it emulates."""

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

import boto3
import botocore.loaders
import botocore.session
import moto
from botocore.config import Config
from moto.core import responses
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.models import botocore_stubber
from moto.core.utils import method_names_from_class
from moto.iam.access_control import PermissionResult
from moto.iam.models import get_account_id_from
from moto.s3.models import FakeBucket
from moto.sts.models import sts_backends

_KEY_PREFIX = "AKIA0000"
_SECRET = "rehearsal"  # noqa: S105 - made up
_CONFIG = Config(retries={"max_attempts": 1}, parameter_validation=True)


def access_key(account_id: str) -> str:
    """The access key that stands for an account's deploying user: made up, and the account can be read from it."""
    return f"{_KEY_PREFIX}{account_id}"


class Emulator:
    """The emulated clouds of all accounts that a rehearsal touches.

    While `behind()` is held, calls of this thread go to moto directly: that is how a service of our own asks the
    other services. moto is not thread-safe, so everything runs under `lock`.
    """

    def __init__(self, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.lock = threading.RLock()
        self._state = threading.local()
        self._clients: dict[tuple[str, str, str, str | None], Any] = {}
        self._environment: dict[str, str] = {}
        self._mock = moto.mock_aws(config={"core": {"mock_credentials": False, "reset_boto3_session": True}})
        self._session: Any = None
        self._real_get_permission = FakeBucket.get_permission
        self._real_process_request: Any = None

    def start(self) -> None:
        """Replace the environment's credentials by made-up ones and start moto with empty accounts."""
        self._replace_environment()
        self._mock.start(reset=False)
        self._real_process_request = botocore_stubber.process_request
        botocore_stubber.process_request = self._locked_process_request
        setattr(FakeBucket, "get_permission", _no_opinion)  # noqa: B010 - its own signature names its arguments
        # asked for every call, with the same answer for a class, and an eighth of a call's time
        responses.method_names_from_class = cache(method_names_from_class)  # pyright: ignore[reportPrivateImportUsage]
        botocore_session = botocore.session.get_session()
        botocore_session.register_component("data_loader", _loader())
        self._session = boto3.Session(botocore_session=botocore_session)

    def stop(self) -> None:
        """Forget the accounts and give the environment back."""
        botocore_stubber.process_request = self._real_process_request
        FakeBucket.get_permission = self._real_get_permission
        responses.method_names_from_class = method_names_from_class  # pyright: ignore[reportPrivateImportUsage]
        self._mock.stop(remove_data=False)
        _forget_everything()
        self._clients.clear()
        for key in [key for key in os.environ if _is_ours(key)]:
            del os.environ[key]
        os.environ.update(self._environment)

    @contextmanager
    def behind(self) -> Generator[None]:
        """Let this thread's calls go straight to moto."""
        before = self.is_behind
        self._state.behind = True
        try:
            yield
        finally:
            self._state.behind = before

    @property
    def is_behind(self) -> bool:
        """Whether this thread's calls go straight to moto."""
        return getattr(self._state, "behind", False)

    def client(self, service: str, account_id: str | None = None, region: str | None = None) -> Any:
        """The boto3 client of a service with an account's made-up user."""
        account_id = account_id or self.account_id
        return self.client_of(service, access_key(account_id), _SECRET, None, region)

    def client_of(self, service: str, key: str, secret: str, token: str | None, region: str | None) -> Any:
        """The boto3 client of a service with given credentials. Made once: making one is slow, and not thread-safe."""
        region = region or self.region
        with self.lock:
            found = self._clients.get((service, region, key, token))
            if found is None:
                found = self._session.client(
                    service,
                    region_name=region,
                    config=_CONFIG,
                    aws_access_key_id=key,
                    aws_secret_access_key=secret,
                    aws_session_token=token,
                )
                self._clients[service, region, key, token] = found
        return found

    def account_of(self, key: str | None) -> str:
        """The account that an access key belongs to. Keys that nobody here handed out count as the account's own."""
        if key is None:
            return self.account_id
        if key.startswith(_KEY_PREFIX):
            return key.removeprefix(_KEY_PREFIX)
        if key.startswith("ASIA"):
            return get_account_id_from(key)
        return self.account_id

    def principal_of(self, key: str | None) -> str:
        """ARN of the user, or of the role, as whom an access key calls."""
        account_id = self.account_of(key)
        session = sts_backends[account_id]["aws"].get_assumed_role_from_access_key(key) if key else None
        return session.role_arn if session else f"arn:aws:iam::{account_id}:user/rehearsal"

    def _locked_process_request(self, request: Any) -> Any:
        with self.lock:
            return self._real_process_request(request)

    def _replace_environment(self) -> None:
        self._environment = {key: value for key, value in os.environ.items() if _is_ours(key)}
        for key in self._environment:
            del os.environ[key]
        os.environ.update(
            AWS_ACCESS_KEY_ID=access_key(self.account_id),
            AWS_SECRET_ACCESS_KEY=_SECRET,
            AWS_DEFAULT_REGION=self.region,
            AWS_CONFIG_FILE=os.devnull,
            AWS_SHARED_CREDENTIALS_FILE=os.devnull,
            AWS_EC2_METADATA_DISABLED="true",
            MOTO_EC2_LOAD_DEFAULT_AMIS="false",  # 1,300 images an account and region, which nothing here needs
        )


@lru_cache(maxsize=1)
def _loader() -> Any:
    """Service models, read once for all accounts of this process."""
    return botocore.loaders.create_loader()


def _forget_everything() -> None:
    """Empty moto. Its own reset would first set up every account and region anew, to throw that away."""
    instances: list[Any] = vars(BackendDict)["_instances"]
    for backends in instances:
        if backends.service_name == "s3":
            for _, _, backend in backends.iter_backends():
                backend.reset()  # closes the objects' files
        backends.clear()
    instances.clear()
    reset_model_data()


def _no_opinion(*_: object) -> PermissionResult:
    """In place of moto's check of bucket policies, which ignores conditions: `services/s3.py` checks them."""
    return PermissionResult.NEUTRAL


def _is_ours(key: str) -> bool:
    return key.startswith(("AWS_", "BOTO_", "MOTO_"))
