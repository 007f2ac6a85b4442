"""The report's page in a browser: Debian's chromium, without a display, with nothing that reaches out.

Skipped by name where there is none; `.ci/run` installs one and sets REQUIRE_BROWSER, which makes its absence a failure.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from sample_findings import NAUGHTY, failed_findings, findings

from airflow_infra.report.findings import Findings
from airflow_infra.report.page import page

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--hide-scrollbars",
)
SHOWN = "[...page.querySelectorAll('#judgements > li')].filter((row) => !row.hidden).map((row) => row.id).join()"

pytestmark = [
    pytest.mark.skipif(not BROWSER and not os.environ.get("REQUIRE_BROWSER"), reason="chromium is not installed"),
    pytest.mark.xdist_group("browser"),
]


def browse(folder: Path, html: str, *options: str) -> str:
    """What the browser makes of a page: its DOM after scripts have run."""
    assert BROWSER, "REQUIRE_BROWSER is set and there is no chromium"
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    command = [BROWSER, *OPTIONS, f"--user-data-dir={folder / 'profile'}", *options, file.as_uri()]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def probed(found: Findings, script: str) -> str:
    """The page in a frame as wide as a phone, and a script of the test's own that looks into it.

    The script sees the page's document as `page` and its window as `view`, and what it returns ends up in the title.
    """
    framed = page(found).replace("&", "&amp;").replace('"', "&quot;")
    style = "width:390px;height:800px;border:0"
    return (
        f'<!doctype html><title>waiting</title><iframe srcdoc="{framed}" style="{style}"></iframe>'
        "<script>addEventListener('load', () => { const view = frames[0], page = view.document;"
        f"document.title = (() => {{ {script} }})(); }});</script>"
    )


def title(dom: str) -> str:
    return dom.partition("<title>")[2].partition("</title>")[0]


def test_the_page_is_no_wider_than_a_phone(tmp_path: Path) -> None:
    script = "return page.documentElement.scrollWidth <= view.innerWidth ? 'fits' : page.documentElement.scrollWidth;"
    assert title(browse(tmp_path, probed(failed_findings(), script), "--dump-dom")) == "fits"


def test_a_search_leaves_the_invariants_that_match(tmp_path: Path) -> None:
    script = f"""
        const search = page.querySelector('[data-for=judgements] input');
        search.value = 'network 08'; search.dispatchEvent(new view.Event('input'));
        return {SHOWN};"""
    assert title(browse(tmp_path, probed(findings(), script), "--dump-dom")) == "network-08"


@pytest.mark.parametrize(
    ("status", "shown"),
    [("not checked", "mwaa-32,mwaa-33"), ("passed", "network-01,network-08"), ("pending", "network-08")],
)
def test_a_filter_leaves_the_invariants_of_its_status(tmp_path: Path, status: str, shown: str) -> None:
    script = f"""
        page.querySelector('button[data-status="{status}"]').click();
        return {SHOWN};"""
    assert title(browse(tmp_path, probed(findings(), script), "--dump-dom")) == shown


def test_the_picture_and_the_bars_have_a_size(tmp_path: Path) -> None:
    script = """
        const sizes = ['svg.picture', '.critical .bar', '.cost .range b'].map((what) => page.querySelector(what));
        return sizes.every((one) => one && one.getBoundingClientRect().width > 0) ? 'drawn' : 'missing';"""
    assert title(browse(tmp_path, probed(findings(), script), "--dump-dom")) == "drawn"


def test_a_script_in_a_value_does_not_run(tmp_path: Path) -> None:
    html = page(failed_findings("<img src=x onerror=\"document.title='ran'\"><script>document.title='ran'</script>"))
    assert "ran" not in title(browse(tmp_path, html, "--dump-dom"))
    assert "ran" not in title(browse(tmp_path, page(failed_findings(NAUGHTY)), "--dump-dom"))


def test_the_page_prints(tmp_path: Path) -> None:
    pdf = tmp_path / "page.pdf"
    browse(tmp_path, page(findings()), f"--print-to-pdf={pdf}")
    assert pdf.read_bytes().startswith(b"%PDF")
