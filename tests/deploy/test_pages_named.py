"""Pages that the README and the runbook name are there."""

import re
from pathlib import Path

import pytest

from api.app import _routes
from tests.api.test_access import every_route

ROOT = Path(__file__).resolve().parents[2]
PAGE = re.compile(r"`(/(?:staff|problem|status|results|chat|s)\b[^`\s?]*)[^`\s]*`")


@pytest.mark.parametrize("name", ["README.md", "deploy/runbook.md"])
def test_each_page_that_is_named_is_there(name: str) -> None:
    patterns = [getattr(each, "path_regex", None) for each in every_route(_routes(demo=True))]
    named = set(PAGE.findall((ROOT / name).read_text()))

    assert named
    assert [path for path in named if not any(each and each.match(path) for each in patterns)] == []


def test_the_readme_lists_the_pages_of_problem_reports() -> None:
    listed = re.findall(r"^\| (`.+`) \|", (ROOT / "README.md").read_text(), re.MULTILINE)

    for page in ("`/problem`", "`/status`", "`/results`", "`/staff/cases`"):
        assert any(page in each for each in listed), page


def test_the_runbook_leads_to_letters_that_are_held() -> None:
    assert "held waits at `/staff/cases/held`" in (ROOT / "deploy" / "runbook.md").read_text()
