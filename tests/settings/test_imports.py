"""What reading a stack file loads."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PROGRAM = """
import sys
from datetime import date
from pathlib import Path
from airflow_infra.settings.readers import load_stack
load_stack("prod", Path(sys.argv[1]), as_of=date(2026, 11, 22))
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_reading_a_stack_file_loads_neither_pulumi_nor_boto3() -> None:
    command = [sys.executable, "-c", PROGRAM, str(PROJECT)]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROJECT).stdout.split()
    assert "airflow_infra" in loaded
    assert {"pulumi", "pulumi_aws", "boto3", "botocore", "infra", "rich", "typer"}.isdisjoint(loaded)
