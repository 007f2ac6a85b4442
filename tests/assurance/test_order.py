"""How rules are judged, on small graphs."""

from dataclasses import replace

from graphs import graph, node

from airflow_infra.assurance.order import Rule, Selector, check_order
from airflow_infra.assurance.order_rules import RULES
from airflow_infra.rehearsal.result import Graph

ROUTES = Selector("routes", "aws:ec2/route:Route")
ENVIRONMENTS = Selector("environment", "aws:mwaa/environment:Environment")
RULE = Rule("environment-routes", "create", ROUTES, ENVIRONMENTS, "it has no way out", "a page")


def messages(registered: Graph, rule: Rule = RULE) -> list[str]:
    return [one.message for one in check_order(registered, [rule]).violations]


def test_a_dependency_is_enough() -> None:
    assert messages(graph(node("r", ROUTES.type), node("e", ENVIRONMENTS.type, after=("r",)))) == []


def test_a_value_that_it_carries_is_enough() -> None:
    assert messages(graph(node("r", ROUTES.type), node("e", ENVIRONMENTS.type, values={"x": ("r",)}))) == []


def test_waiting_through_others_is_enough() -> None:
    through = graph(node("r", ROUTES.type), node("other", after=("r",)), node("e", ENVIRONMENTS.type, after=("other",)))
    assert messages(through) == []


def test_waiting_through_the_parent_or_the_provider_is_enough() -> None:
    waiting = node("component", "airflow:x:X", after=("r",), provider=None)
    assert messages(graph(node("r", ROUTES.type), waiting, node("e", ENVIRONMENTS.type, parent="component"))) == []
    assert messages(graph(node("r", ROUTES.type), waiting, node("e", ENVIRONMENTS.type, provider="component"))) == []


def test_a_missing_edge_is_named_with_its_place_and_what_it_costs() -> None:
    assert messages(graph(node("r", ROUTES.type), node("e", ENVIRONMENTS.type))) == [
        "Environment e (infra/here.py:7) does not wait for Route r: it has no way out. Add it to its depends_on"
    ]


def test_the_other_direction_is_no_edge() -> None:
    assert len(messages(graph(node("e", ENVIRONMENTS.type), node("r", ROUTES.type, after=("e",))))) == 1


def test_on_destroy_the_same_edge_keeps_it_standing() -> None:
    outlive = replace(RULE, phase="destroy")
    assert messages(graph(node("r", ROUTES.type), node("e", ENVIRONMENTS.type, after=("r",))), outlive) == []
    assert messages(graph(node("r", ROUTES.type), node("e", ENVIRONMENTS.type)), outlive) == [
        "on destroy, Route r may be gone before Environment e (infra/here.py:7), which does not depend on it: "
        "it has no way out. Add it to its depends_on"
    ]


def test_nothing_that_must_be_complete_is_a_violation() -> None:
    assert messages(graph(node("e", ENVIRONMENTS.type))) == [
        "Environment e (infra/here.py:7) needs routes, of which the stack registers 0 and not at least 1: "
        "it has no way out"
    ]


def test_too_few_that_must_be_complete_are_a_violation() -> None:
    one = graph(node("r", ROUTES.type), node("e", ENVIRONMENTS.type, after=("r",)))
    assert "registers 1 and not at least 2" in messages(one, replace(RULE, at_least=2))[0]


def test_nothing_that_starts_is_a_violation() -> None:
    assert messages(graph(node("r", ROUTES.type))) == [
        "the stack registers no environment, so their order can't be judged"
    ]


def test_what_a_stack_may_lack_is_said_not_to_apply() -> None:
    empty = check_order(Graph({}), [replace(RULE, none_starts="it has no Airflow")])
    assert (empty.checked, empty.violations) == (0, ())
    assert [(one.rule, one.reason) for one in empty.not_applicable] == [("environment-routes", "it has no Airflow")]
    without = graph(node("e", ENVIRONMENTS.type))
    assert check_order(without, [replace(RULE, none_complete="it has no routes")]).not_applicable


def test_only_what_belongs_together_is_compared() -> None:
    mine = replace(RULE, belongs=lambda complete, starting: complete.inputs["of"] == starting.inputs["name"])
    registered = graph(
        node("r1", ROUTES.type, inputs={"of": "e1"}),
        node("r2", ROUTES.type, inputs={"of": "e2"}),
        node("e1", ENVIRONMENTS.type, after=("r1",), inputs={"name": "e1"}),
        node("e2", ENVIRONMENTS.type, after=("r1",), inputs={"name": "e2"}),
    )
    assert [violation.urn for violation in check_order(registered, [mine]).violations] == ["e2"]


def test_where_creation_is_not_readiness_the_wait_must_be_declared() -> None:
    rule = replace(RULE, awaits=".status.created")
    ready = {"metadata": {"annotations": {"pulumi.com/waitFor": "jsonpath={.status.created}=true"}}}
    waiting = node("e", ENVIRONMENTS.type, after=("r",))
    assert messages(graph(node("r", ROUTES.type, inputs=ready), waiting), rule) == []
    assert messages(graph(node("r", ROUTES.type), waiting), rule) == [
        "Route r (infra/here.py:7) counts as created before it is ready: it has no way out. Annotate it with "
        "pulumi.com/waitFor: jsonpath={.status.created}=true"
    ]


def test_a_route_waits_for_the_acceptance_of_its_own_gateway() -> None:
    rule = next(rule for rule in RULES if rule.id == "gateway-routes-acceptance")
    accepter = "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter"
    accepted = replace(node("accepter", accepter), outputs={"transitGatewayId": "tgw-1"})
    other = replace(node("other", accepter), outputs={"transitGatewayId": "tgw-2"})
    route = node("route", "aws:ec2/route:Route", after=("accepter",), inputs={"transitGatewayId": "tgw-1"})
    assert messages(graph(accepted, other, route), rule) == []
    assert (
        "does not wait for VpcAttachmentAccepter accepter"
        in messages(graph(accepted, other, replace(route, dependencies=("other",))), rule)[0]
    )


def test_every_rule_has_an_id_of_its_own_a_reason_and_a_source() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.reason and rule.source for rule in RULES)
