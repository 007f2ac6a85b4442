"""A cluster in a folder: brought up, used by its kubeconfigs, taken down without a trace."""

import contextlib
import fcntl
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path

from airflow_infra.cluster import control_plane, kubeconfig
from airflow_infra.cluster.api import Api
from airflow_infra.cluster.control_plane import API_SERVER, CONTROLLER_MANAGER, ETCD, SCHEDULER
from airflow_infra.cluster.errors import ClusterError
from airflow_infra.cluster.files import write_secret
from airflow_infra.cluster.pki import Authority, Pair, token_key
from airflow_infra.cluster.processes import Processes, free_port

OUTSIDE = "outside"
"""The process that stands in for a node and the network; see the package outside."""

_CORE = (ETCD, API_SERVER, SCHEDULER, CONTROLLER_MANAGER, OUTSIDE)
_USERS = {
    # file: user, groups
    "admin": ("admin", "system:masters"),
    "outside": ("outside", "system:masters"),
    "scheduler": ("system:kube-scheduler",),
    # A member of masters, or it may not write the authority's certificate that every pod mounts.
    "controller-manager": ("system:kube-controller-manager", "system:masters"),
    "kwok": ("kwok", "system:masters"),
    "mwaa-service": ("mwaa-service", "airflow-tasks"),
}
_PORT_ATTEMPTS = 3
_CODE = str(Path(__file__).parents[2])

Tell = Callable[[str, float], None]
"""Told what has been reached, and after how many seconds."""


class Cluster:
    """One cluster; everything that it has lies in its folder, and whoever owns the folder owns the cluster.

    Several clusters live side by side, each in a folder of its own.
    """

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.folder = folder.resolve()
        self.binaries = binaries.resolve()
        self.processes = Processes(self.folder)

    def up(self, tell: Tell | None = None) -> None:
        """Bring it up; what is up already stays up, and what was interrupted or has died is put right.

        Raises:
            ClusterError: when a part does not start; with the end of its log. Nothing is left running then.
        """
        with self._alone():
            if self.is_up():
                return
            self._stop()
            try:
                self._start(tell)
            except BaseException:
                self._stop()
                raise

    def down(self) -> None:
        """Stop everything that belongs to it and remove its folder. A cluster that is not there is fine."""
        if not self.folder.exists():
            return
        with self._alone():
            self._stop()
            shutil.rmtree(self.folder)
        with contextlib.suppress(OSError):
            self.folder.parent.rmdir()  # only when this was the last one

    def is_up(self) -> bool:
        """Whether all of the control plane runs and the API server is ready."""
        return all(map(self.processes.find, _CORE)) and self.api().ready()

    def parts(self) -> dict[str, int | None]:
        """Its processes with their pids; None for a part of the control plane that does not run."""
        names = dict.fromkeys([*_CORE, *self.processes.names()])
        return {name: running.pid if (running := self.processes.find(name)) else None for name in names}

    def api(self, user: str = "admin") -> Api:
        """The API server, as a user whose kubeconfig stands already."""
        return Api(self.kubeconfig(user))

    def kubeconfig(self, user: str = "admin") -> Path:
        """The kubeconfig of a user: `admin`, `mwaa-service`, or whoever was added."""
        return self.folder / f"{re.sub('[^a-z0-9.-]+', '-', user.lower())}.kubeconfig"

    def add_user(self, user: str, *groups: str) -> Path:
        """A kubeconfig for a user in these groups, as an identity provider would name them."""
        return self._write_user(user, user, groups)

    def add_service_account(self, namespace: str, name: str) -> Path:
        """A kubeconfig for a service account that exists, with a token good for a day."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 86_400}}
        token = self.api().call("POST", path, body)["status"]["token"]
        user = f"system:serviceaccount:{namespace}:{name}"
        authority = self._authority().pair.certificate
        file = self.kubeconfig(user)
        write_secret(file, kubeconfig.with_token(self.server, authority, user, token).encode())
        return file

    @property
    def server(self) -> str:
        """The API server's address.

        Raises:
            ClusterError: when it is not running.
        """
        running = self.processes.find(API_SERVER)
        if running is None:
            raise ClusterError(f"{self.folder}: no API server is running. Bring the cluster up first")
        return f"https://127.0.0.1:{running.ports['https']}"

    def _start(self, tell: Tell | None) -> None:
        began = time.monotonic()

        def reached(what: str) -> None:
            if tell is not None:
                tell(what, time.monotonic() - began)

        self._write_pki()
        control_plane.write_egress(self.folder)
        reached("certificates")
        self.processes.start(ETCD, control_plane.etcd(self.binaries))
        self._start_api_server()
        reached("API server ready")
        self.processes.start(SCHEDULER, control_plane.scheduler(self.binaries, self.kubeconfig("scheduler")))
        self.processes.start(
            CONTROLLER_MANAGER, control_plane.controller_manager(self.binaries, self.kubeconfig("controller-manager"))
        )
        stand_in = [sys.executable, "-m", "airflow_infra.cluster.outside", self.folder, self.binaries]
        self.processes.start(OUTSIDE, stand_in, environment={"PYTHONPATH": _CODE})
        api = self.api()
        account = "/api/v1/namespaces/default/serviceaccounts/default"  # without it pods are refused
        self.processes.await_ready(CONTROLLER_MANAGER, lambda: api.get(account) is not None)
        socket = self.folder / control_plane.NETWORK_SOCKET
        self.processes.await_ready(OUTSIDE, socket.exists)
        reached("controllers at work")

    def _start_api_server(self) -> None:
        """Start it on a free port, and on another one where that was taken meanwhile."""
        for attempt in range(_PORT_ATTEMPTS):
            port = free_port()
            self.processes.start(API_SERVER, control_plane.api_server(self.binaries, port), {"https": port})
            for file, (user, *groups) in _USERS.items():
                self._write_user(file, user, groups)
            try:
                self.processes.await_ready(API_SERVER, self.api().ready)
            except ClusterError:
                is_taken = "address already in use" in self.processes.tail(API_SERVER, 40)
                if attempt + 1 == _PORT_ATTEMPTS or not is_taken:
                    raise
            else:
                return

    def _stop(self) -> None:
        """Clients before servers: the other way round, each would wait for the next."""
        self.processes.stop([OUTSIDE])  # or it would start again what is stopped here
        servers = (ETCD, API_SERVER)
        self.processes.stop([name for name in self.processes.names() if name not in servers])
        has_store = self.processes.find(ETCD) is not None
        self.processes.stop([API_SERVER], 15 if has_store else 1)  # without its store it would only wait for it
        self.processes.stop([ETCD])
        for socket in self.folder.glob("*.sock"):
            socket.unlink()

    def _write_pki(self) -> None:
        """Keys and certificates, all of them or none: an interrupted start leaves no half."""
        pki = self.folder / "pki"
        if pki.exists():
            return
        new = self.folder / "pki.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        authority = Authority.create("airflow-infra cluster")
        authority.pair.write(new, "ca")
        authority.server(control_plane.API_SERVER_HOSTS).write(new, "apiserver")
        token_key().write(new, "service-account")
        new.rename(pki)

    def _authority(self) -> Authority:
        pki = self.folder / "pki"
        return Authority.of(Pair((pki / "ca.crt").read_bytes(), (pki / "ca.key").read_bytes()))

    def _write_user(self, file: str, user: str, groups: Iterable[str]) -> Path:
        authority = self._authority()
        pair = authority.client(user, groups)
        path = self.kubeconfig(file)
        content = kubeconfig.with_certificate(self.server, authority.pair.certificate, user, pair)
        write_secret(path, content.encode())
        return path

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        """Nobody else brings this cluster up or down meanwhile."""
        lock = self._locked()
        while not self.folder.exists() or os.fstat(lock).st_ino != self.folder.stat().st_ino:
            os.close(lock)  # somebody took it down while we waited: the folder that we hold is no more
            lock = self._locked()
        try:
            yield
        finally:
            os.close(lock)

    def _locked(self) -> int:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return lock
