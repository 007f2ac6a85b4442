"""Measure how long it takes to judge the deployed dev stack: alone in its account, and in a crowded one.

    python benchmarks/invariants.py [--runs 5]

The crowd is 2,000 roles with a policy each, 200 users, and 200 subnets with their route tables in another VPC.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from airflow_infra.assurance.judge import judge
from airflow_infra.cli.inspection import subject
from airflow_infra.cli.rehearse import rehearsal
from airflow_infra.rehearsal.emulated import EmulatedAws
from airflow_infra.settings.readers import load_stack

PROJECT = Path(__file__).parent.parent
ROLES, USERS, SUBNETS = 2000, 200, 200
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
POLICY = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def document(statement: dict[str, Any]) -> str:
    """A policy document of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def crowd(client: Callable[[str], Any]) -> None:
    """Fill an account with what belongs to others."""
    iam, ec2 = client("iam"), client("ec2")
    for number in range(ROLES):
        iam.create_role(RoleName=f"other-{number}", AssumeRolePolicyDocument=document(TRUST))
        iam.put_role_policy(RoleName=f"other-{number}", PolicyName="own", PolicyDocument=document(POLICY))
    for number in range(USERS):
        iam.create_user(UserName=f"somebody-{number}")
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    for number in range(SUBNETS):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.99.{number}.0/24")["Subnet"]["SubnetId"]
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(SubnetId=subnet, RouteTableId=table)


def main() -> None:
    """Deploy, judge, fill, judge, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="counted runs in each account, after one that is not")
    arguments = parser.parse_args()
    today = date.today()
    stack = load_stack("dev", PROJECT, as_of=today)
    table = Table("account", "calls", "min s", "median s")
    with rehearsal(stack, PROJECT) as running:
        if not running.up():
            raise SystemExit(f"dev could not be deployed: {running.result.errors}")
        environment = running.environment
        assert isinstance(environment, EmulatedAws)
        account = environment.account

        def measure(name: str) -> None:
            times: list[float] = []
            before = len(account.calls)
            for _ in range(arguments.runs + 1):
                started = time.perf_counter()
                judge(subject(stack.name, stack.settings, environment, today))
                times.append(time.perf_counter() - started)
            calls = (len(account.calls) - before) // len(times)
            table.add_row(name, str(calls), f"{min(times[1:]):.2f}", f"{statistics.median(times[1:]):.2f}")

        measure("dev alone")
        crowd(account.client)
        measure(f"and {ROLES} roles, {USERS} users, {SUBNETS} subnets")
    console = Console()
    console.print("All invariants judged once")
    console.print(table)


if __name__ == "__main__":
    main()
