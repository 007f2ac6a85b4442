import json

from tests.infra.recording import Recording


def test_the_provider_acts_as_the_deploying_role_in_one_account_and_region(deployed: Recording) -> None:
    (provider,) = deployed.of_type("pulumi:providers:aws")
    assert provider.inputs["region"] == "eu-west-1"
    assert json.loads(provider.inputs["allowedAccountIds"]) == ["111122223333"]
    assert json.loads(provider.inputs["assumeRoles"])[0]["roleArn"] == "arn:aws:iam::111122223333:role/restricted-admin"


def test_every_resource_gets_the_stacks_tags_by_default(deployed: Recording) -> None:
    (provider,) = deployed.of_type("pulumi:providers:aws")
    assert json.loads(provider.inputs["defaultTags"]) == {"tags": {"application": "airflow", "owner": "data"}}


def test_every_aws_resource_uses_that_provider(deployed: Recording) -> None:
    (provider,) = deployed.of_type("pulumi:providers:aws")
    strays = [
        each.urn
        for each in deployed.registrations.values()
        if each.type.startswith("aws:") and not each.provider.startswith(provider.urn)
    ]
    assert strays == []


def test_every_aws_resource_belongs_to_a_component(deployed: Recording) -> None:
    components = {urn for urn, each in deployed.registrations.items() if each.type.startswith("airflow:")}
    resources = [each for each in deployed.registrations.values() if each.type.startswith("aws:")]
    assert [each.urn for each in resources if each.parent not in components] == []


def test_nothing_waits_for_a_component(deployed: Recording) -> None:
    """A component is complete when all of its children are: waiting for one hides which edge is meant."""
    waiting = [
        each.urn
        for each in deployed.registrations.values()
        for urn in each.dependencies
        if deployed.registrations[urn].type.startswith("airflow:")
    ]
    assert waiting == []
