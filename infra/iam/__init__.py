"""Identity and access: roles, what they may do, and the policies that let people into the Airflow UI."""
