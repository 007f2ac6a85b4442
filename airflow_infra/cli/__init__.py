"""The `airflow-infra` command: parses, calls, prints. Modules that are slow to import are imported where they are used."""


def main() -> None:
    """Run the command."""
    from airflow_infra.cli.app import run

    run()
