"""What a stack costs a month, from its settings and the dated price catalogue. An estimate, USD before tax."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from airflow_infra.catalogue.airflow import EnvironmentClass, environment_classes
from airflow_infra.catalogue.estimates import Prices, prices
from airflow_infra.catalogue.kubernetes import kubernetes_versions
from airflow_infra.operations.cost import Amounts, Change, Component, Cost, total
from airflow_infra.settings.stack import StackSettings

HOURS = 730
"""Hours of a month."""
EXPECTED_USE = 0.25
"""How far what autoscales is expected to be, on average, between its minimum and its maximum. An assumption."""

_BY_USE = {
    "nat_gateway.data": "through the NAT gateways",
    "transit_gateway.data": "to the transit gateways",
    "mwaa.database": "of Airflow's metadata database",
}
"""What is paid by use, of which the settings say nothing."""


@dataclass(frozen=True)
class _Item:
    """A number of things, each at a price of the catalogue."""

    what: str
    price: str
    number: Amounts
    units: float = HOURS
    """Units of the price that one thing takes in a month."""

    def monthly_usd(self, catalogue: Prices) -> Amounts:
        price = catalogue.prices.get(self.price)
        return self.number.times(self.units * price.usd if price else 0)

    def phrase(self, catalogue: Prices) -> str:
        price = catalogue.prices.get(self.price)
        number = _figure(self.number.min)
        if self.number.max != self.number.min:
            number += f" to {_figure(self.number.max)} ({_figure(self.number.expected)} expected)"
        if price is None:
            return f"{number} x {self.what}: price unknown"
        doubt = "" if price.verified else ", not verified"
        return f"{number} x {self.what} at {price.usd:g} USD per {price.unit}{doubt}"


def monthly_cost(settings: StackSettings, as_of: date) -> Cost:
    """What a stack costs a month.

    Args:
        settings: the stack's.
        as_of: the day whose support calendar counts: extended support of Kubernetes is dearer.
    """
    catalogue = prices()
    components = _components(settings, as_of, catalogue)
    return Cost(
        components,
        tuple(_changes(settings, as_of, components)),
        tuple(
            f"data {what}: {catalogue.prices[name].usd:g} USD per {catalogue.prices[name].unit}"
            for name, what in _BY_USE.items()
            if name != "transit_gateway.data" or settings.vpc.transit_gateways
        ),
        tuple(_assumptions(settings, catalogue)),
    )


def _components(settings: StackSettings, as_of: date, catalogue: Prices) -> tuple[Component, ...]:
    return tuple(
        Component(
            name,
            total(item.monthly_usd(catalogue) for item in items),
            tuple(item.phrase(catalogue) for item in items),
            tuple(f"{item.what} ({item.price})" for item in items if item.price not in catalogue.prices),
        )
        for name, listed in _bill(settings, as_of)
        if (items := [item for item in listed if item.number.max > 0])
    )


def _bill(settings: StackSettings, as_of: date) -> Iterator[tuple[str, list[_Item]]]:
    """The parts of the bill with what each is made of."""
    vpc, cluster = settings.vpc, settings.eks.cluster
    yield "Airflow environment", list(_environment(settings))
    support = "extended" if _in_extended_support(settings, as_of) else "standard"
    yield "EKS control plane", [_Item(f"cluster in {support} support", f"eks.cluster.{support}", _fixed(1))]
    for group in cluster.node_groups:
        nodes = _between(group.scaling_config.min_size, group.scaling_config.max_size)
        instance_type = group.instance_types[0]
        yield (
            f"Node group {group.name}",
            [
                _Item(instance_type, f"ec2.{instance_type}", nodes),
                _Item(f"{group.disk_size} GB gp3 volume", "ebs.gp3", nodes, group.disk_size),
            ],
        )
    nat_gateways = 1 if vpc.nat_gateways == "single" else len(vpc.private_subnets)
    yield (
        "NAT gateways",
        [
            _Item("NAT gateway", "nat_gateway", _fixed(nat_gateways)),
            _Item("public IPv4 address", "public_ipv4", _fixed(nat_gateways)),
        ],
    )
    attachments = _fixed(len(vpc.transit_gateways))
    yield "Transit gateways", [_Item("attachment", "transit_gateway.attachment", attachments)]
    endpoints = _fixed(len(vpc.interface_endpoints) * len(vpc.private_subnets))
    yield "Interface endpoints", [_Item("endpoint in a zone", "vpc_endpoint.interface", endpoints)]
    keys = _fixed(2 if settings.encryption.customer_managed_key else 1)
    yield "KMS keys", [_Item("customer managed key", "kms.key", keys, 1)]


def _environment(settings: StackSettings) -> Iterator[_Item]:
    mwaa = settings.mwaa
    size = mwaa.environment_class.removeprefix("mw1.")
    included = environment_classes().classes[mwaa.environment_class]
    yield _Item(f"{mwaa.environment_class} environment", f"mwaa.environment.{size}", _fixed(1))
    yield _Item("additional worker", f"mwaa.worker.{size}", _between(mwaa.min_workers - 1, mwaa.max_workers - 1))
    schedulers = mwaa.schedulers - included.schedulers[0]
    yield _Item("additional scheduler", f"mwaa.scheduler.{size}", _fixed(max(0, schedulers)))
    fewest = included.webservers[0]
    webservers = _between(max(0, mwaa.min_webservers - fewest), max(0, mwaa.max_webservers - fewest))
    yield _Item("additional web server", f"mwaa.webserver.{size}", webservers)


def _changes(settings: StackSettings, as_of: date, components: tuple[Component, ...]) -> Iterator[Change]:
    """What the settings that are worth a thought would change."""
    other = "per_zone" if settings.vpc.nat_gateways == "single" else "single"
    vpc = settings.vpc.model_copy(update={"nat_gateways": other})
    usd = _difference(settings.model_copy(update={"vpc": vpc}), as_of, components)
    risk = "one zone's loss takes every zone's way out with it"
    yield Change("vpc.nat_gateways", other, usd, risk if other == "single" else f"otherwise {risk}")

    for name, environment_class in _neighbours(settings.mwaa.environment_class):
        fitted = _fit(settings, name, environment_class)
        tasks = f"{environment_class.tasks_per_worker} tasks a worker, up to {environment_class.dags} DAGs"
        yield Change("mwaa.environment_class", name, _difference(fitted, as_of, components), tasks)

    cluster = settings.eks.cluster
    known = kubernetes_versions().versions.get(cluster.kubernetes_version)
    if known is not None:
        other = "STANDARD" if cluster.support_type == "EXTENDED" else "EXTENDED"
        per_hour = kubernetes_versions().usd_per_cluster_hour
        dearer = (per_hour.extended - per_hour.standard) * HOURS
        note = f"from {known.end_standard} on, while the version is still {cluster.kubernetes_version}"
        if other == "STANDARD":
            note += "; EKS then upgrades by itself"
        yield Change("eks.cluster.support_type", other, dearer if other == "EXTENDED" else -dearer, note)


def _difference(settings: StackSettings, as_of: date, before: tuple[Component, ...]) -> float | None:
    """What other settings, or another day, do to the expected bill; None where that needs an unknown price."""
    after = _components(settings, as_of, prices())
    unknown_before = {unknown for component in before for unknown in component.unknown}
    unknown_after = {unknown for component in after for unknown in component.unknown}
    if unknown_before != unknown_after:
        return None
    return total(one.monthly_usd for one in after).expected - total(one.monthly_usd for one in before).expected


def _neighbours(name: str) -> Iterator[tuple[str, EnvironmentClass]]:
    """The next smaller and the next larger environment class."""
    classes = list(environment_classes().classes.items())
    position = [known for known, _ in classes].index(name)
    yield from classes[max(0, position - 1) : position]
    yield from classes[position + 1 : position + 2]


def _fit(settings: StackSettings, name: str, environment_class: EnvironmentClass) -> StackSettings:
    """The settings with another environment class, its numbers moved to what that class allows."""
    mwaa, (fewest, most) = settings.mwaa, environment_class.schedulers
    update: dict[str, object] = {
        "environment_class": name,
        "schedulers": min(max(mwaa.schedulers, fewest), most),
        "min_webservers": max(mwaa.min_webservers, environment_class.webservers[0]),
        "max_webservers": max(mwaa.max_webservers, environment_class.webservers[0]),
    }
    if not environment_class.autoscaling:
        update |= {"min_workers": 1, "max_workers": 1, "min_webservers": 1, "max_webservers": 1}
    return settings.model_copy(update={"mwaa": mwaa.model_copy(update=update)})


def _in_extended_support(settings: StackSettings, as_of: date) -> bool:
    """Whether the control plane is paid as extended; with support_type STANDARD it would have been upgraded by then."""
    cluster = settings.eks.cluster
    known = kubernetes_versions().versions.get(cluster.kubernetes_version)
    return cluster.support_type == "EXTENDED" and known is not None and as_of >= known.end_standard


def _assumptions(settings: StackSettings, catalogue: Prices) -> Iterator[str]:
    yield f"On-demand prices of {catalogue.region} as of {catalogue.as_of}, before tax; {HOURS} hours a month."
    if settings.account.region != catalogue.region:
        yield f"The stack is in {settings.account.region}: its prices are not in the catalogue."
    yield f"Expected: what autoscales runs, on average, at {EXPECTED_USE:.0%} of the way from minimum to maximum."
    yield "An environment's price includes one worker and the fewest schedulers and web servers (not verified)."
    groups = settings.eks.cluster.node_groups
    if any(len(group.instance_types) > 1 for group in groups):
        yield "A node group is priced by the first of its instance types."
    if any(group.capacity_type == "SPOT" for group in groups):
        yield "Spot nodes are priced as on demand: their price moves, and is lower."
    yield "Logs, metrics, alarms, traffic and storage in the bucket are paid by use and are not included."


def _fixed(number: float) -> Amounts:
    return Amounts(number, number, number)


def _between(least: float, most: float) -> Amounts:
    return Amounts(least, least + EXPECTED_USE * (most - least), most)


def _figure(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
