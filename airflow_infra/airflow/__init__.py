"""The stack's Airflow on this machine: an environment of its version, and the pods that its DAG files make."""
