"""The `airflow-infra` command: parses, calls, prints. What is slow to import is imported where it is used."""


def main() -> None:
    """Run the command."""
    from airflow_infra.cli.app import run

    run()
