"""What holds for every type of resource but the network's."""

from collections.abc import Callable

import pytest

from airflow_infra.rehearsal.providers.aws.registry import resource_class
from airflow_infra.rehearsal.providers.aws.types import table
from tests.rehearsal.providers.aws.bench import Bench, Made
from tests.rehearsal.providers.aws.samples import SAMPLES

STILL_READ = (
    "aws:s3/bucketVersioning:BucketVersioning",  # suspended: it cannot be taken back
    "aws:sns/topicPolicy:TopicPolicy",  # the default policy is back
    "aws:sns/topicSubscription:TopicSubscription",  # nobody confirmed it, so it cannot be deleted
)
"""What is there after it was deleted."""

every_type = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())
Sample = Callable[[Bench], Made]


@every_type
def test_a_resource_that_was_made_is_read_as_it_was_made(sample: Sample, bench: Bench) -> None:
    made = sample(bench)
    assert bench.read(made) == made.outputs


@every_type
def test_updating_nothing_makes_no_mutating_call(sample: Sample, bench: Bench) -> None:
    made = sample(bench)
    assert bench.change(made) == []


@every_type
def test_a_resource_is_deleted(sample: Sample, bench: Bench) -> None:
    made = sample(bench)
    bench.remove(made)
    assert bench.read(made) is None or made.type in STILL_READ


@every_type
def test_deleting_twice_is_no_error(sample: Sample, bench: Bench) -> None:
    made = sample(bench)
    bench.remove(made)
    bench.remove(made)


def test_every_type_but_the_networks_has_a_sample() -> None:
    network = ("aws:ec2", "aws:vpc")
    made = {token for token in table().types() if not token.startswith(network) and resource_class(token)}
    assert made == SAMPLES.keys()


@pytest.mark.parametrize("token", SAMPLES)
def test_a_type_handles_only_inputs_that_there_are(token: str) -> None:
    described, class_ = table().type(token), resource_class(token)
    assert described is not None
    assert class_ is not None
    assert class_.handles is not None
    assert class_.handles - {"tagsAll"} <= described.inputs.keys()


@pytest.mark.parametrize("token", SAMPLES)
def test_a_type_handles_what_is_required_and_what_is_filled_in(token: str) -> None:
    described, class_ = table().type(token), resource_class(token)
    assert described is not None
    assert class_ is not None
    required = {name for name, field in described.inputs.items() if field.required}
    given = {name for name in described.defaults if "." not in name}
    assert required | given <= (class_.handles or frozenset())
