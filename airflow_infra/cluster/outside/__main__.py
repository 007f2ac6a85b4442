"""`python -m airflow_infra.cluster.outside FOLDER BINARIES`: the node and the network, until it is told to end."""

import asyncio
import sys
import traceback
from pathlib import Path

from airflow_infra.cluster import components
from airflow_infra.cluster.control_plane import NETWORK_SOCKET
from airflow_infra.cluster.errors import ClusterError
from airflow_infra.cluster.outside import network
from airflow_infra.cluster.outside.node import Node

_PAUSE_S, _LONG_PAUSE_S = 0.2, 1.0


async def _main(folder: Path, binaries: Path) -> None:
    node = Node(folder, binaries, components.version(components.GATEKEEPER, binaries.parent))
    async with await network.serve(Path(NETWORK_SOCKET), node.resolve):
        while True:
            is_settled = False
            try:
                is_settled = await asyncio.to_thread(node.look)
            except ClusterError as error:
                print(error, file=sys.stderr, flush=True)
            except Exception:  # noqa: BLE001 - a defect in one round must not take down what runs
                traceback.print_exc()
            await asyncio.sleep(_LONG_PAUSE_S if is_settled else _PAUSE_S)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), Path(sys.argv[2])))
