"""DAG files that fail, hang or do what they should not, read by the stack's real Airflow.

See test_dags.py for what it needs.
"""

import os
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from airflow_infra.airflow.dags import Rendering

ONE_POD = """
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG
with DAG("one"):
    KubernetesPodOperator(task_id="one", image="a")
"""
EMPTY_OPERATOR = "from airflow.providers.standard.operators.empty import EmptyOperator"
SCRIBBLE = "    with contextlib.suppress(OSError): os.write(file, b'garbage')"
HOSTILE = {
    "hangs": "import airflow, signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: time.sleep(9)",
    "exits": "import airflow, sys\nsys.exit(3)",
    "leaves": "import airflow, os\nos._exit(0)",
    "is_killed": "import airflow, os\nos.kill(os.getpid(), 9)",
    "raises": "import airflow\ndef fail():\n    return {}['key']\nfail()",
    "is_broken": "import airflow\nx = (",
    "lacks": "import airflow\nimport nowhere_to_be_found",
    "eats": "import airflow\nx = 'a' * 2**33",
    "calls": "import airflow, socket\nsocket.create_connection(('127.0.0.1', 9))",
    "looks": "import airflow, boto3\nassert boto3.Session().get_credentials() is None\nprint('no credentials')",
    "forks": f"import os\nos.fork()\nos.fork()\n{ONE_POD}",
    "scribbles": f"import contextlib, os\nfor file in range(64):\n{SCRIBBLE}\n{ONE_POD}",
    "says_garbage": f"import sys\nsys.stdout.write('garbage' * 10**6)\nsys.stderr.write('{{}}')\n{ONE_POD}",
    "is_well": ONE_POD,
    "holds_nothing": "from airflow.sdk import DAG",
    "runs_no_pod": f"{EMPTY_OPERATOR}\nfrom airflow.sdk import DAG\nwith DAG('empty'): EmptyOperator(task_id='a')",
}


@pytest.fixture(scope="session")
def hostile(render: Callable[..., Rendering], tmp_path_factory: pytest.TempPathFactory) -> Rendering:
    folder = tmp_path_factory.mktemp("hostile")
    for name, source in HOSTILE.items():
        (folder / f"{name}.py").write_text(source)
    return render(*(folder / f"{name}.py" for name in HOSTILE), seconds=15)


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("hangs", None, "importing it took longer than 15 s"),
        ("exits", 2, "SystemExit: 3"),
        ("leaves", None, "importing it ended the process with exit code 0"),
        ("is_killed", None, "importing it ended the process: SIGKILL"),
        ("raises", 3, "KeyError: 'key'"),
        ("is_broken", 2, "SyntaxError: '(' was never closed"),
        ("lacks", 2, "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("eats", 2, "MemoryError"),
        ("calls", 2, "PermissionError: [Errno 13]"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem_with_its_line(
    hostile: Rendering, name: str, line: int | None, message: str
) -> None:
    (problem,) = (problem for problem in hostile.problems if problem.file.endswith(f"/{name}.py"))
    assert problem.line == line
    assert problem.message.startswith(message)


def test_the_others_are_read_all_the_same(hostile: Rendering) -> None:
    found = [Path(pod.file).stem for pod in hostile.pods]
    assert found == ["forks", "scribbles", "says_garbage", "is_well"]


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("looks", "holds no DAG"),
        ("holds_nothing", "holds no DAG"),
        ("runs_no_pod", "no task of its DAGs creates a pod"),
    ],
)
def test_a_file_without_pods_says_so(hostile: Rendering, name: str, note: str) -> None:
    assert any(line.endswith(f"{name}.py: {note}") for line in hostile.notes)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a program that leaves its group goes on")
def test_nothing_that_a_dag_file_started_is_left(render: Callable[..., Rendering], tmp_path: Path) -> None:
    seconds = f"{os.getpid()}.25"
    source = f"""
    import airflow, subprocess
    subprocess.Popen(["setsid", "sh", "-c", "setsid sleep {seconds} & sleep {seconds}"], start_new_session=True)
    """
    (tmp_path / "starts.py").write_text(textwrap.dedent(source))
    render(tmp_path / "starts.py")
    processes = psutil.process_iter(["cmdline"])
    assert not [process.pid for process in processes if seconds in (process.info["cmdline"] or ())]
