import pytest

from tests.rehearsal.engine.bench import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()
