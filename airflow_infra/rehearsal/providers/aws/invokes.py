"""The functions (invokes) about the provider itself: its account, region and zones."""

from botocore.loaders import Loader

from airflow_infra.rehearsal.providers.aws.ec2 import filters
from airflow_infra.rehearsal.providers.aws.registry import Function
from airflow_infra.rehearsal.providers.aws.resource import ClientFactory
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError


def _region_of(client: ClientFactory) -> str:
    return client("ec2").meta.region_name


def get_availability_zones(client: ClientFactory, arguments: Properties) -> Properties:
    """Zones of the region, in the order of their names."""
    answer = client("ec2").describe_availability_zones(
        AllAvailabilityZones=arguments.get("allAvailabilityZones", False), Filters=filters(arguments)
    )
    state = arguments.get("state")
    zones = [
        zone
        for zone in sorted(answer["AvailabilityZones"], key=lambda zone: zone["ZoneName"])
        if (state is None or zone["State"] == state)
        and zone["ZoneName"] not in arguments.get("excludeNames", [])
        and zone["ZoneId"] not in arguments.get("excludeZoneIds", [])
    ]
    return {
        "id": _region_of(client),
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone["GroupName"] for zone in zones if "GroupName" in zone}),
    }


def get_caller_identity(client: ClientFactory, arguments: Properties) -> Properties:  # noqa: ARG001
    """Whose credentials the provider uses."""
    identity = client("sts").get_caller_identity()
    account = identity["Account"]
    return {"id": account, "accountId": account, "arn": identity["Arn"], "userId": identity["UserId"]}


def get_region(client: ClientFactory, arguments: Properties) -> Properties:  # noqa: ARG001
    """The provider's region."""
    region = _region_of(client)
    partition = next(each for each in Loader().load_data("partitions")["partitions"] if each["id"] == "aws")
    return {
        "id": region,
        "name": region,
        "region": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
        "description": partition["regions"][region]["description"],
    }


def get_partition(client: ClientFactory, arguments: Properties) -> Properties:  # noqa: ARG001
    """The partition of the provider's region."""
    partition = client("ec2").meta.partition
    if partition != "aws":
        raise ProviderError(f"the rehearsal knows the partition aws only, not {partition}")
    return {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws"}


FUNCTIONS: dict[str, Function] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": get_availability_zones,
    "aws:index/getCallerIdentity:getCallerIdentity": get_caller_identity,
    "aws:index/getPartition:getPartition": get_partition,
    "aws:index/getRegion:getRegion": get_region,
}
