"""The picture of a stack: zones as columns, subnets in them, what spans them, and the ways out. SVG."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

from airflow_infra.report.network import Gateway, Network, Subnet
from airflow_infra.report.templates import render

_MARGIN = 24
_COLUMN = 290
_GAP = 20
_PAD = 14
_BUS = 12
"""Distance between two lines that run side by side."""

Kind = Literal[
    "outside", "vpc", "zone", "public", "private", "nat", "internet", "environment", "cluster", "group", "endpoints",
    "gateway",
]  # fmt: skip


WayKind = Literal["internet", "nat", "gateway", "inbound"]

_LEGEND: tuple[tuple[WayKind, str], ...] = (
    ("internet", "default route to the internet"),
    ("nat", "default route to a NAT gateway"),
    ("gateway", "routes to another network"),
    ("inbound", "attached, no route"),
)


@dataclass(frozen=True)
class Line:
    """A line of text in a box."""

    x: float
    y: float
    text: str
    style: Literal["title", "detail", "code", "label"]


@dataclass(frozen=True)
class Box:
    """A rectangle with text."""

    kind: Kind
    x: float
    y: float
    width: float
    height: float
    lines: tuple[Line, ...] = ()
    tooltip: str = ""


@dataclass(frozen=True)
class Path:
    """A way that traffic takes."""

    kind: WayKind
    d: str


@dataclass(frozen=True)
class Key:
    """An entry of the legend: a line, and what it stands for."""

    kind: WayKind
    x: float
    y: float
    text: str


@dataclass
class Picture:
    """Everything that is drawn, in the order of drawing."""

    title: str
    description: str
    width: float
    height: float = 0
    boxes: list[Box] = field(default_factory=list[Box])
    paths: list[Path] = field(default_factory=list[Path])
    keys: list[Key] = field(default_factory=list[Key])


def diagram(network: Network) -> Markup:
    """The picture as one SVG element that needs nothing else: no font, no script, no network."""
    return render("diagram.svg.jinja", picture=_Drawing(network).picture)


class _Drawing:
    """Places the parts from top to bottom. Lengths are in SVG units, about a pixel each."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._columns = max(len(network.zones), 2)
        self._left = _MARGIN + _GAP
        width = 2 * self._left + self._columns * _COLUMN + (self._columns - 1) * _GAP
        self.picture = Picture(f"Network and cluster of {network.stack}", _described(network), width)
        self._column_of = {subnet.id: network.zones.index(subnet.zone) for subnet in network.subnets}
        self._public = {subnet.id: subnet for subnet in network.subnets if subnet.public}
        self._private = {subnet.id: subnet for subnet in network.subnets if not subnet.public}
        self._draw()

    def _draw(self) -> None:
        gateways = sorted(self._network.gateways, key=lambda one: (not one.routes, one.title))
        internet, vpc_top = 16.0, 92.0
        zone_top = vpc_top + 50
        public_top = zone_top + 38
        public_bottom = public_top + 86
        private_top = public_bottom + 36
        bands = list(self._bands(private_top + 38))
        private_bottom = max([box.y + box.height for box in bands], default=private_top + 38) + _PAD
        zone_bottom = private_bottom + _PAD
        vpc_bottom = zone_bottom + 18 + _BUS * max(len(gateways), 1)
        center = self.picture.width / 2

        where = f"{self._network.region} \N{MIDDLE DOT} VPC {self._network.cidr}"
        label = Line(_MARGIN + _PAD + 6, vpc_top + 22, where, "label")
        self._box("vpc", _MARGIN, vpc_top, self.picture.width - 2 * _MARGIN, vpc_bottom - vpc_top, label)
        for index, zone in enumerate(self._network.zones):
            label = Line(self._x(index) + _PAD, zone_top + 24, zone, "label")
            self._box("zone", self._x(index), zone_top, _COLUMN, zone_bottom - zone_top, label)
        for subnet in self._network.subnets:
            top, bottom = (public_top, public_bottom) if subnet.public else (private_top, private_bottom)
            self._subnet(subnet, top, bottom - top)
        self._ways_out(center, vpc_top, public_top, private_top)
        for subnet in self._public.values():
            if subnet.has_nat:
                self._nat_gateway(subnet, public_top + 38)
        self.picture.boxes += bands
        if self._network.has_internet_gateway:
            self._pill("outside", center, internet, 150, "Internet")
            self._pill("internet", center, vpc_top - 17, 170, "Internet gateway")
            self.picture.paths.append(Path("internet", f"M{center} {vpc_top - 17}V{internet + 34}"))
        bottom = self._gateways(gateways, private_bottom, zone_bottom + 14, vpc_bottom + 34)
        self._keys(max(bottom, vpc_bottom) + 34)

    def _x(self, column: int) -> float:
        return self._left + column * (_COLUMN + _GAP)

    def _center(self, subnet: str) -> float:
        return self._x(self._column_of[subnet]) + _COLUMN / 2

    def _box(
        self, kind: Kind, x: float, y: float, width: float, height: float, *lines: Line, tooltip: str = ""
    ) -> None:
        self.picture.boxes.append(Box(kind, x, y, width, height, lines, tooltip))

    def _pill(self, kind: Kind, center: float, y: float, width: float, text: str) -> None:
        self._box(kind, center - width / 2, y, width, 34, Line(center, y + 22, text, "title"))

    def _subnet(self, subnet: Subnet, y: float, height: float) -> None:
        x = self._x(self._column_of[subnet.id]) + _PAD
        kind: Kind = "public" if subnet.public else "private"
        width = _COLUMN - 2 * _PAD
        self._box(
            kind, x, y, width, height,
            Line(x + 12, y + 24, f"{kind} subnet", "title"),
            Line(x + width - 12, y + 24, subnet.cidr, "code"),
            tooltip=subnet.name,
        )  # fmt: skip

    def _nat_gateway(self, subnet: Subnet, y: float) -> None:
        self._pill("nat", self._center(subnet.id), y, 150, "NAT gateway")

    def _ways_out(self, center: float, vpc_top: float, public_top: float, private_top: float) -> None:
        """Default routes: private subnets to their NAT gateway, public ones to the internet gateway."""
        bus = vpc_top + 36
        for subnet in self._public.values():
            x = self._center(subnet.id)
            start = public_top + 38 if subnet.has_nat else public_top
            down = f"M{x} {start}V{bus}"
            self.picture.paths.append(Path("internet", f"{down}H{center}V{vpc_top + 17}"))
        for subnet in self._private.values():
            if subnet.nat not in self._public:
                continue
            x, nat = self._center(subnet.id), self._center(subnet.nat)
            middle = private_top - 18
            self.picture.paths.append(Path("nat", f"M{x} {private_top}V{middle}H{nat}V{public_top + 72}"))

    def _bands(self, y: float) -> Iterator[Box]:
        """What spans private subnets, one below the other."""
        environment, cluster = self._network.environment, self._network.cluster
        if environment:
            what = f"Airflow {environment.version} \N{MIDDLE DOT} {environment.environment_class}"
            detail = f"{what} \N{MIDDLE DOT} {environment.workers} \N{MIDDLE DOT} {environment.access}"
            yield from self._band("environment", environment.subnets, y, 60, f"MWAA {environment.name}", detail)
            y += 60 + 12
        if cluster:
            groups = sorted(cluster.node_groups, key=lambda group: (bool(group.taints), group.name))
            height = 60 + 58 * len(groups)
            detail = f"Kubernetes {cluster.version} \N{MIDDLE DOT} {cluster.endpoint}"
            yield from self._band("cluster", cluster.subnets, y, height, f"EKS {cluster.name}", detail)
            for index, group in enumerate(groups):
                size = f"{group.min_size}\N{EN DASH}{group.max_size} nodes"
                types = ", ".join(group.instance_types)
                kind = "" if group.capacity == "ON_DEMAND" else f" \N{MIDDLE DOT} {group.capacity.lower()}"
                taint = f" \N{MIDDLE DOT} taint {', '.join(group.taints)}" if group.taints else ""
                title, detail = f"{group.name} \N{MIDDLE DOT} {size}", f"{types}{kind}{taint}"
                yield from self._band("group", group.subnets, y + 56 + 58 * index, 50, title, detail, inset=8)
            y += height + 12
        if self._network.endpoints:
            endpoints = ", ".join(self._network.endpoints)
            yield from self._band("endpoints", frozenset(self._private), y, 50, "VPC endpoints", endpoints)

    def _band(
        self, kind: Kind, subnets: frozenset[str], y: float, height: float, title: str, detail: str, inset: float = 0
    ) -> Iterator[Box]:
        """A box across the columns of its subnets; one for each run of columns beside each other."""
        columns = sorted({self._column_of[subnet] for subnet in subnets if subnet in self._column_of})
        runs: list[list[int]] = []
        for column in columns:
            if runs and runs[-1][-1] == column - 1:
                runs[-1].append(column)
            else:
                runs.append([column])
        for run in runs:
            x = self._x(run[0]) + 2 * _PAD - 4 + inset
            width = self._x(run[-1]) + _COLUMN - 2 * _PAD + 4 - inset - x
            lines = (
                Line(x + 14, y + 23, _fitted(title, width - 28, 8.2), "title"),
                Line(x + 14, y + 41, _fitted(detail, width - 28, 6.5), "detail"),
            )
            yield Box(kind, x, y, width, height, lines, f"{title}: {detail}")

    def _gateways(self, gateways: list[Gateway], private_bottom: float, bus: float, y: float) -> float:
        """Other networks below the VPC, each with the routes that lead there. The lower edge of it all."""
        if not gateways:
            return 0
        space = self.picture.width - 2 * _MARGIN
        width = min(300, (space - _GAP * (len(gateways) - 1)) / len(gateways))
        start = (self.picture.width - width * len(gateways) - _GAP * (len(gateways) - 1)) / 2
        for index, gateway in enumerate(gateways):
            x = start + index * (width + _GAP)
            routes = ", ".join(gateway.routes) or "inbound only: no routes to it"
            self._box(
                "gateway", x, y, width, 72,
                Line(x + 14, y + 24, _fitted(gateway.title, width - 28, 8.2), "title"),
                Line(x + 14, y + 42, _fitted(gateway.id, width - 28, 7.4), "code"),
                Line(x + 14, y + 60, _fitted(routes, width - 28, 6.5), "detail"),
                tooltip=f"{gateway.title}: {routes}",
            )  # fmt: skip
            level = bus + index * _BUS
            for subnet in (one for one in self._private if one in gateway.subnets):
                from_x = self._center(subnet) + (index - (len(gateways) - 1) / 2) * _BUS
                kind = "gateway" if gateway.routes else "inbound"
                self.picture.paths.append(Path(kind, f"M{from_x} {private_bottom}V{level}H{x + width / 2}V{y}"))
        return y + 72

    def _keys(self, y: float) -> None:
        """A legend of the lines that occur, and the end of the picture below it."""
        drawn = {path.kind for path in self.picture.paths}
        x = _MARGIN + 4.0
        for kind, text in _LEGEND:
            if kind not in drawn:
                continue
            self.picture.keys.append(Key(kind, x, y, text))
            x += 62 + 6.6 * len(text)
        self.picture.height = y + _MARGIN


def _fitted(text: str, width: float, per_character: float) -> str:
    """The text, cut where it would leave its box."""
    fits = int(width / per_character)
    return text if len(text) <= fits else text[: fits - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def _described(network: Network) -> str:
    """What the picture shows, for those who cannot see it."""
    parts = [
        f"A VPC {network.cidr} in {network.region} with {len(network.subnets)} subnets in {len(network.zones)} zones"
    ]
    if network.environment:
        parts.append(f"the Airflow environment {network.environment.name}")
    if network.cluster:
        groups = ", ".join(group.name for group in network.cluster.node_groups)
        parts.append(f"the EKS cluster {network.cluster.name} with the node groups {groups}")
    parts += [f"{gateway.title} ({', '.join(gateway.routes) or 'inbound only'})" for gateway in network.gateways]
    return "; ".join(parts) + "."
