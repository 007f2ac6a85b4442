import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files again instead of comparing")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `last` run after the others of their fixture: they end what it made."""
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)
