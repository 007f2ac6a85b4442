"""The report as a page, without a browser. tests/e2e opens it in one."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from sample_findings import NAUGHTY, failed_findings, findings, unfinished_findings
from small_stacks import graph_of, node

from airflow_infra.report.findings import Findings
from airflow_infra.report.page import page, resource_tree

VOID = {"meta", "input", "br", "link", "img", "hr"}


class Reader(HTMLParser):
    """Collects what a page holds, and refuses tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def ids(self) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get("id"))]


@pytest.mark.parametrize("found", [findings(), failed_findings(), unfinished_findings()])
def test_every_tag_is_closed_and_every_id_is_its_own(found: Findings) -> None:
    ids = Reader(page(found)).ids()
    assert len(ids) == len(set(ids))


def test_every_value_is_escaped() -> None:
    text = page(failed_findings(NAUGHTY))
    assert "<script>alert" not in text
    assert "<script>alert" in text.replace("&lt;", "<").replace("&gt;", ">")


def test_a_quote_in_a_value_does_not_end_an_attribute() -> None:
    elements = Reader(page(failed_findings('" onclick="alert(1)'))).elements
    assert not any("onclick" in attributes for _, attributes in elements)


def test_the_page_reaches_out_to_nothing() -> None:
    elements = Reader(page(failed_findings())).elements
    loaders = [tag for tag, attributes in elements if "src" in attributes or tag in {"link", "img", "iframe", "object"}]
    links = [attributes.get("href") or "" for tag, attributes in elements if tag == "a"]
    policy = next(attributes["content"] for _, attributes in elements if "http-equiv" in attributes)
    assert loaders == []
    assert all(link.startswith("#") for link in links)
    assert policy is not None
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize("found", [findings(), failed_findings(), unfinished_findings()])
def test_links_lead_somewhere_on_the_page(found: Findings) -> None:
    reader = Reader(page(found))
    links = [attributes["href"] for tag, attributes in reader.elements if tag == "a"]
    assert {link.removeprefix("#") for link in links if link} <= set(reader.ids())


def test_what_failed_comes_before_everything_else() -> None:
    ids = Reader(page(failed_findings())).ids()
    assert ids[0] == "failures"


def test_invariants_that_failed_come_first_then_those_not_checked_then_those_that_hold() -> None:
    failed, fine = failed_findings().assurance, findings().assurance
    mixed = replace(fine, final=(*fine.final, *failed.of("failed")))
    elements = Reader(page(replace(findings(), assurance=mixed))).elements
    assert [attributes["id"] for tag, attributes in elements if tag == "li" and "data-status" in attributes] == [
        "network-05",
        "mwaa-32",
        "mwaa-33",
        "network-01",
        "network-08",
    ]


def test_a_page_without_failures_has_no_section_of_them() -> None:
    assert "failures" not in Reader(page(findings())).ids()


def test_what_was_pending_at_first_and_holds_in_the_end_is_marked() -> None:
    elements = Reader(page(findings())).elements
    (row,) = [attributes for _, attributes in elements if attributes.get("id") == "network-08"]
    assert row["data-status"] == "passed pending"


def test_bars_of_the_critical_path_are_marked() -> None:
    elements = Reader(page(findings())).elements
    rows = [attributes["class"] for _, attributes in elements if attributes.get("role") == "listitem"]
    assert rows.count("bar-row critical") == 2
    assert rows.count("bar-row") == 2, "the cluster, and the environment's deletion"


def test_an_unknown_price_is_shown_as_unknown_and_not_as_nothing() -> None:
    text = page(findings())
    assert 'class="unknown">unknown<' in text
    assert "Total of what is known" in text


def test_a_rehearsal_that_was_not_judged_is_never_shown_as_well() -> None:
    text = page(unfinished_findings())
    assert "all well" not in text
    assert "None was judged" in text


def test_a_resource_stands_below_its_parent() -> None:
    stack = node("Stack", "test")
    vpc = node("Vpc", "vpc", stack.urn)
    subnet = node("Subnet", "a", vpc.urn)
    (root,) = resource_tree(graph_of(subnet, vpc, stack))
    assert root.node == replace(stack, sequence=2)
    assert [child.node.name for child in root.children] == ["vpc"]
    assert root.size == 2


def test_a_resource_without_a_known_parent_is_not_lost() -> None:
    assert len(resource_tree(graph_of(node("Vpc", "vpc", "urn:gone")))) == 1
