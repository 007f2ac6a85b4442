"""How the programs of the control plane are called: loopback only, and as few ports as possible.

Relative paths: all of them work in the cluster's folder. etcd and the way into the cluster's network are Unix sockets
there, whose names must not be longer than 107 bytes; controller manager and scheduler serve nothing. So the API server
is the only one with a port.
"""

import json
from pathlib import Path

ETCD, API_SERVER = "etcd", "kube-apiserver"
SCHEDULER, CONTROLLER_MANAGER = "kube-scheduler", "kube-controller-manager"

NETWORK_SOCKET = "network.sock"
"""Where the API server asks for a connection to an address inside the cluster; see outside/network.py."""

API_SERVER_HOSTS = ("127.0.0.1", "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "10.96.0.1")
_EGRESS = "egress.json"
_SERVICE_CIDR = "10.96.0.0/16"
_ISSUER = "https://kubernetes.default.svc"
_REQUESTS = ("--kube-api-qps=1000", "--kube-api-burst=2000")  # their default of 20 to 50 a second is what one waits for


def etcd(binaries: Path) -> list[str]:
    """The store. It does not wait for the disk: its data is worth nothing once the machine is down."""
    return [
        str(binaries / ETCD),
        "--data-dir=etcd",
        "--listen-client-urls=unix://etcd.sock",
        "--advertise-client-urls=unix://etcd.sock",
        "--listen-peer-urls=unix://etcd-peer.sock",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def api_server(binaries: Path, port: int) -> list[str]:
    """The API server, with the admission plugins that are on by default and the one that kubelets are held by."""
    return [
        str(binaries / API_SERVER),
        "--etcd-servers=unix://etcd.sock",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",  # an endpoint on loopback is refused
        "--tls-cert-file=pki/apiserver.crt",
        "--tls-private-key-file=pki/apiserver.key",
        "--client-ca-file=pki/ca.crt",
        "--anonymous-auth=false",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged",  # or it refuses privileged pods itself, and a policy seems to work that does not
        f"--service-cluster-ip-range={_SERVICE_CIDR}",
        f"--service-account-issuer={_ISSUER}",
        "--service-account-key-file=pki/service-account.crt",
        "--service-account-signing-key-file=pki/service-account.key",
        f"--egress-selector-config-file={_EGRESS}",
        "--profiling=false",
    ]


def scheduler(binaries: Path, kubeconfig: Path) -> list[str]:
    """The scheduler."""
    return [
        str(binaries / SCHEDULER),
        f"--kubeconfig={kubeconfig}",
        "--secure-port=0",
        "--leader-elect=false",
        *_REQUESTS,
    ]


def controller_manager(binaries: Path, kubeconfig: Path) -> list[str]:
    """The controllers. With `--use-service-account-credentials` they would take five seconds longer to start."""
    return [
        str(binaries / CONTROLLER_MANAGER),
        f"--kubeconfig={kubeconfig}",
        "--secure-port=0",
        "--leader-elect=false",
        "--service-account-private-key-file=pki/service-account.key",
        "--root-ca-file=pki/ca.crt",
        *_REQUESTS,
    ]


def write_egress(folder: Path) -> None:
    """Tell the API server how to reach Services, so that a webhook is called as its release registers it."""
    selection = {
        "name": "cluster",
        "connection": {"proxyProtocol": "HTTPConnect", "transport": {"uds": {"udsName": NETWORK_SOCKET}}},
    }
    configuration = {
        "apiVersion": "apiserver.k8s.io/v1beta1",
        "kind": "EgressSelectorConfiguration",
        "egressSelections": [selection],
    }
    (folder / _EGRESS).write_text(json.dumps(configuration), encoding="utf-8")
