"""What stands in the emulated account."""

from airflow_infra.rehearsal.account.account import Account
from tests.rehearsal.account.world import cluster, network, node_group


def new(before: dict[str, str], now: dict[str, str]) -> list[str]:
    return sorted(name.rsplit(" ", 1)[0] for name in now if name not in before)


def test_an_account_that_nobody_touched_stays_the_same(account: Account) -> None:
    assert account.inventory() == account.inventory()


def test_what_the_setup_says_stands_from_the_start(account: Account) -> None:
    assert {"iam role deploy", "sesv2 email identity airflow@example.com"} <= set(account.inventory())


def test_what_was_made_is_listed(account: Account) -> None:
    before = account.inventory()
    account.client("sns").create_topic(Name="alerts")
    account.client("logs").create_log_group(logGroupName="airflow-Task")
    assert {name: note for name, note in account.inventory().items() if name not in before} == {
        "sns topic alerts": "",
        "logs log group airflow-Task": "never expires",
    }


def test_everything_of_a_cluster_is_listed_and_gone_after_its_deletion(account: Account) -> None:
    place = network(account)
    before = account.inventory()
    eks = account.client("eks")
    cluster(account, place)
    node_group(account, place)
    during = new(before, account.inventory())
    eks.delete_nodegroup(clusterName="airflow", nodegroupName="standard")
    eks.delete_cluster(name="airflow")
    after = new(before, account.inventory())
    assert {"eks cluster", "eks node group", "ec2 instance", "ec2 volume", "autoscaling Auto Scaling group"} <= set(
        during
    )
    assert after == ["ec2 launch template", "iam role", "iam role"]


def test_a_key_that_awaits_its_deletion_is_not_listed(account: Account) -> None:
    kms = account.client("kms")
    before = account.inventory()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    during = new(before, account.inventory())
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert (during, new(before, account.inventory())) == (["kms key"], [])


def test_services_that_cannot_be_listed_are_named(account: Account) -> None:
    account.client("sqs").create_queue(QueueName="known")
    account.client("athena").create_work_group(Name="unknown")
    assert account.not_inventoried() == ["athena"]
