import pytest

from airflow_infra.assurance.admission.cel import CelPolicies, Refusal
from airflow_infra.policies.library import Manifest
from airflow_infra.policies.stack import AppliedPolicy
from tests.assurance.admission.pods import pod, policy

CREATE = {"operation": "CREATE"}
TRUE, FALSE = policy("true", name="true"), policy("false", name="false")


def said(*applied: AppliedPolicy, of: Manifest | None = None, old: Manifest | None = None) -> list[tuple[str, str]]:
    request = CREATE if old is None else {"operation": "UPDATE"}
    refusals = CelPolicies(applied).refusals(of or pod(), request, old)
    return [(refusal.policy.policy.name, refusal.message) for refusal in refusals]


def message(applied: AppliedPolicy, of: Manifest | None = None) -> str:
    ((_, text),) = said(applied, of=of)
    return text


def test_a_pod_that_every_policy_admits_is_not_refused() -> None:
    assert said(TRUE, TRUE) == []


def test_a_policy_that_does_not_hold_gives_its_message() -> None:
    assert said(TRUE, FALSE, TRUE) == [("false", "refused")]


def test_no_policies_refuse_nothing() -> None:
    assert said() == []


def test_a_variable_may_use_those_before_it() -> None:
    applied = policy("variables.b == 3", variables=[("a", "1"), ("b", "variables.a + 2")])
    assert said(applied) == []


def test_a_variable_that_is_not_used_may_fail() -> None:
    assert said(policy("true", variables=[("missing", "object.spec.missing")])) == []


def test_the_same_name_of_a_variable_is_another_one_in_another_policy() -> None:
    one = policy("variables.a == 1", variables=[("a", "1")], name="one")
    two = policy("variables.a == 2", variables=[("a", "2")], name="two")
    assert said(one, two) == []


def test_what_looks_like_a_variable_inside_a_text_is_none() -> None:
    assert said(policy("'variables.a' == \"variables.\" + 'a'")) == []


def test_a_comment_is_none_of_the_expression() -> None:
    assert said(policy("true // && variables.nothing\n && true")) == []


def test_parameters_are_those_of_the_constraint() -> None:
    parameters = {"names": ["a", 'quo"te\\', "ünïcode"], "nested": {"number": 1, "none": None, "yes": True}}
    applied = policy(
        """variables.params.names == ["a", 'quo"te\\\\', "ünïcode"] && variables.params.nested.number == 1
        && variables.params.nested.none == null && variables.params.nested.yes""",
        parameters=parameters,
    )
    assert said(applied) == []


def test_an_update_sees_the_older_pod() -> None:
    applied = policy("request.operation == 'UPDATE' && oldObject.metadata.name == 'older'")
    older = pod()
    older["metadata"]["name"] = "older"
    assert said(applied, old=older) == []


@pytest.mark.parametrize("expression", ["1 +", "nothing(object)", "variables.unknown", "object.spec.a ? :"])
def test_a_policy_that_does_not_compile_refuses_by_name(expression: str) -> None:
    text = message(policy(expression, name="broken"))
    assert text.startswith("the policy broken cannot be evaluated, so it refuses this pod: ")


def test_a_broken_message_is_a_broken_policy() -> None:
    assert "cannot be evaluated" in message(policy("true", message="1 +"))


@pytest.mark.parametrize("expression", ["object.spec.missing", "object.spec.containers[5].name == ''", "1 / 0 == 1"])
def test_a_policy_that_fails_on_a_pod_refuses_it_by_name(expression: str) -> None:
    assert "the policy a-policy cannot be evaluated" in message(policy(expression))


def test_the_others_are_still_asked_when_one_fails() -> None:
    assert [name for name, _ in said(TRUE, policy("object.spec.missing", name="fails"), FALSE)] == ["fails", "false"]


def test_the_others_are_still_asked_when_one_does_not_compile() -> None:
    assert [name for name, _ in said(policy("1 +", name="broken"), TRUE, FALSE)] == ["broken", "false"]


def test_what_is_no_truth_value_refuses() -> None:
    assert message(policy("'true'", message="'no truth'")) == "no truth"


def test_more_iterations_than_the_engine_allows_refuse() -> None:
    containers = [{"env": [{"name": f"V{number}", "value": "x"}]} for number in range(200)]
    squared = policy("object.spec.containers.all(a, object.spec.containers.all(b, a.image == b.image))")
    assert "Iteration budget exceeded" in message(squared, of=pod(*containers))


@pytest.mark.parametrize(
    "explains", ["''", "'  '", "'two' + '\\n' + 'lines'", "object.spec.missing", "1", "['x'].map(x, x)"]
)
def test_a_message_of_no_use_becomes_the_expression(explains: str) -> None:
    assert message(policy(" false ", message=explains)) == "failed expression: false"


def test_a_message_above_5_kib_becomes_the_expression() -> None:
    long = pod()
    long["metadata"]["name"] = "x" * 5121
    assert message(policy("false", message="object.metadata.name"), of=long) == "failed expression: false"


def test_what_is_nested_too_deeply_for_one_program_is_asked_policy_by_policy() -> None:
    deep = [
        policy("(" * 18 + "false" + ")" * 18, name=f"deep-{number}", variables=[("a", f"{number}")])
        for number in range(3)
    ]
    assert len(said(*deep)) == 3


def test_a_loop_that_ends_early_leaves_the_variables_of_the_next_policy_alone() -> None:
    # The engine takes what such a loop leaves behind for the value of a variable that is bound after it.
    early = policy("![[1, 2], [3]].all(each, each.exists(number, number > 5))", name="early")
    late = policy("variables.a.size() == 4", variables=[("a", "[7, 7, 7, 7]")], name="late")
    assert said(early, late) == []


def test_a_pattern_means_what_it_means_to_the_engine() -> None:
    # Unlike Python's: $ is the end of the text, not of its last line.
    assert said(policy("'a'.matches('^a$') && !'a\\n'.matches('^a$') && 'xay'.matches('a')")) == []


def test_a_pattern_that_is_none_refuses() -> None:
    assert "cannot be evaluated" in message(policy("object.metadata.name.matches('(')"))


def test_a_text_too_long_to_remember_is_matched_all_the_same() -> None:
    long = pod()
    long["metadata"]["name"] = "x" * 1000
    assert said(policy("object.metadata.name.matches('^x+$')"), of=long) == []


def test_a_refusal_names_its_policy() -> None:
    assert CelPolicies([FALSE]).refusals(pod(), CREATE) == [Refusal(FALSE, "refused")]
