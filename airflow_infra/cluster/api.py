"""The few calls to an API server that a cluster needs for itself: get, server-side apply, patch, delete."""

import base64
import json
import ssl
import tempfile
import time
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import urllib3

from airflow_infra.cluster.errors import ClusterError

Manifest = dict[str, Any]

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
_TIMEOUT = urllib3.Timeout(connect=5, read=30)


class ApiError(ClusterError):
    """The API server refused; `status` is HTTP's, `reason` and the message are Kubernetes' own."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message


class Api:
    """The API server as one user sees it: the user of a kubeconfig with its certificates in it.

    No proxy and no certificate authority of the environment has a say. May be used by several threads.
    """

    def __init__(self, kubeconfig: Path) -> None:
        config = json.loads(kubeconfig.read_text(encoding="utf-8"))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        context = ssl.create_default_context(cadata=_decoded(cluster["certificate-authority-data"]).decode())
        headers: dict[str, str] = {}
        if "token" in user:
            headers["Authorization"] = f"Bearer {user['token']}"
        else:
            with tempfile.NamedTemporaryFile() as pair:  # readable for its owner alone; OpenSSL takes no bytes
                pair.write(_decoded(user["client-certificate-data"]) + _decoded(user["client-key-data"]))
                pair.flush()
                context.load_cert_chain(pair.name)
        self.server = str(cluster["server"])
        self._http = urllib3.PoolManager(
            ssl_context=context, headers=headers, maxsize=8, timeout=_TIMEOUT, retries=False
        )
        self._plurals: dict[tuple[str, str], tuple[str, bool]] = {}

    def call(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json", **query: Any
    ) -> Manifest:
        """One request; the answer as an object.

        Raises:
            ApiError: when the API server refuses.
            ClusterError: when it cannot be reached.
        """
        target = f"{self.server}{path}" + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        try:
            answer = self._http.request(
                method, target, body=data, headers={**self._http.headers, "Content-Type": content_type}
            )
        except urllib3.exceptions.HTTPError as error:
            raise ClusterError(f"{method} {path}: the API server does not answer: {error}") from None
        text = answer.data.decode(errors="replace")
        try:
            document = cast(Manifest, json.loads(text))
        except json.JSONDecodeError:
            document = {"message": text}
        if answer.status >= 400:
            raise ApiError(answer.status, str(document.get("reason", "")), str(document.get("message", text)))
        return document

    def get(self, path: str, **query: Any) -> Manifest | None:
        """An object, or None where there is none."""
        try:
            return self.call("GET", path, **query)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def ready(self) -> bool:
        """Whether the API server says that it is."""
        try:
            return self.call("GET", "/readyz").get("message") == "ok"
        except ClusterError:
            return False

    def path(self, manifest: Manifest) -> str:
        """Where an object lives.

        Raises:
            ApiError: when the API server does not know its kind (404).
        """
        version, kind, metadata = manifest["apiVersion"], manifest["kind"], manifest["metadata"]
        root = f"/api/{version}" if "/" not in version else f"/apis/{version}"
        if (version, kind) not in self._plurals:
            for resource in self.call("GET", root)["resources"]:
                if "/" not in resource["name"]:
                    self._plurals[version, resource["kind"]] = (resource["name"], resource["namespaced"])
        if (version, kind) not in self._plurals:
            raise ApiError(404, "NotFound", f"{version} has no kind {kind}")
        plural, namespaced = self._plurals[version, kind]
        inside = f"/namespaces/{metadata.get('namespace') or 'default'}" if namespaced else ""
        return f"{root}{inside}/{plural}/{metadata['name']}"

    def apply(self, *manifests: Manifest, patience_s: float = 0) -> None:
        """Server-side apply, one after the other; a kind that is only just being defined is waited for.

        Raises:
            ApiError: when one is refused.
        """
        for manifest in manifests:
            last_call = time.monotonic() + patience_s
            while True:
                try:
                    path = self.path(manifest)
                    self.call("PATCH", path, manifest, APPLY, fieldManager="airflow-infra-cluster", force="true")
                    break
                except ApiError as error:
                    if error.status != 404 or time.monotonic() > last_call:
                        named = f"{manifest['kind']} {manifest['metadata']['name']}"
                        raise ApiError(error.status, error.reason, f"{named}: {error.message}") from None
                time.sleep(0.1)

    def delete(self, manifest: Manifest, **query: Any) -> None:
        """Delete an object; one that is not there is fine."""
        try:
            self.call("DELETE", self.path(manifest), **query)
        except ApiError as error:
            if error.status != 404:
                raise


def _decoded(text: str) -> bytes:
    return base64.b64decode(text)
