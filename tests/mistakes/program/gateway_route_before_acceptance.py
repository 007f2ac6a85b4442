"""Routes to a transit gateway whose owner has not accepted the attachment yet."""

from infra.network import transit_gateways
from infra.network.transit_gateways import Decision, Reading

caught_by = "rehearsal"
expected = "has not accepted tgw-attach-"


def at_once(gateway: transit_gateways.TransitGateway, _: Reading | None) -> Decision:
    return Decision("available", gateway.routes)


transit_gateways.decide = at_once
