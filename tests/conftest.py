import gc

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files again instead of comparing")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `last` run after the others of their xdist group: they end what the group's fixture made."""
    groups: dict[str, int] = {}
    items.sort(
        key=lambda item: (
            groups.setdefault(_group(item), len(groups)),
            item.get_closest_marker("last") is not None,
        )
    )


def pytest_collection_finish() -> None:
    """What was imported by now stays: looking through it for garbage takes a third of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _group(item: pytest.Item) -> str:
    marker = item.get_closest_marker("xdist_group")
    return str(marker.args[0]) if marker else ""
