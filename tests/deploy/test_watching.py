"""Alerts, board and runbook: what they name exists, and what they tell to do works."""

import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from api.command import app
from api.metrics import Metrics
from survey.domain.records import Vitals
from survey.services.watch import Health
from survey.tally import LABELS, Counted, Moment, Tally

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
RUNBOOK = DEPLOY / "runbook.md"
OF_PROMETHEUS = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
NOW = datetime(2026, 5, 14, 12, tzinfo=UTC)


def alerts() -> list[dict[str, Any]]:
    read = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())
    return [rule for group in read["groups"] for rule in group["rules"]]


def board() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((DEPLOY / "grafana" / "tellback.json").read_text())
    return read


def expressions() -> Iterator[str]:
    for rule in alerts():
        yield rule["expr"]
    for panel in board()["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


@pytest.fixture(scope="module")
def told() -> dict[str, set[str]]:
    """Each sample that a process tells, with its labels."""
    tally = Tally()
    for counted in Counted:
        tally.count(counted, *LABELS[counted])
    for moment in Moment:
        tally.mark(moment, *LABELS[moment], at=NOW)
    metrics = Metrics()
    metrics.answered(route="/", method="GET", status=200, seconds=0.1)
    health = Health(Vitals(None, 0, None, 0, 0, 0), 0, waited=NOW - NOW)
    text = metrics.written(tally, health, answers=True, asked={}).decode()
    return {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_metric_that_an_alert_or_panel_names_is_told(told: dict[str, set[str]]) -> None:
    named = {
        name
        for expression in expressions()
        for name in re.findall(r"\b(tellback_\w+|process_\w+|up)\b(?=[{\[)\s=])", expression)
    }

    assert len(named) > 12
    assert named - set(told) - OF_PROMETHEUS == set()


def test_every_label_that_they_choose_by_is_told(told: dict[str, set[str]]) -> None:
    for expression in expressions():
        for name, chosen in re.findall(r"(tellback_\w+)\{([^}]*)\}", expression):
            labels = set(re.findall(r"(\w+)=~?\"", chosen))
            assert labels <= told[name], expression


def test_no_metric_of_ours_has_a_label_that_the_scraper_writes_itself(
    told: dict[str, set[str]],
) -> None:
    """Prometheus renames ours to `exported_job`, and an alert that asks for it never fires."""
    assert {name for name, labels in told.items() if labels & {"job", "instance", "role"}} == set()


def test_parentheses_of_every_expression_close() -> None:
    for expression in expressions():
        for opening, closing in ("()", "[]", "{}"):
            assert expression.count(opening) == expression.count(closing), expression


def test_every_alert_says_how_bad_it_is_and_leads_to_its_page_in_the_runbook() -> None:
    headings = set(re.findall(r"^### (\w+)$", RUNBOOK.read_text(), re.MULTILINE))

    for rule in alerts():
        assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
        assert rule["annotations"]["summary"].endswith("."), rule["alert"]
        assert rule["annotations"]["runbook"] == f"runbook.md#{rule['alert'].lower()}"
    assert {rule["alert"] for rule in alerts()} == {
        each for each in headings if each.startswith("Tellback")
    }


def test_panels_of_the_board_do_not_lie_over_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in board()["panels"]:
        place = panel["gridPos"]
        squares = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not squares & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= squares


def commands() -> list[list[str]]:
    """Every `tellback` line of the runbook, without those that need a name put in."""
    lines = re.findall(r"^    tellback (.+)$", RUNBOOK.read_text(), re.MULTILINE)
    return [shlex.split(line) for line in dict.fromkeys(lines)]


def test_each_command_of_the_runbook_works(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLBACK_DATABASE_URL", database_url)
    monkeypatch.setenv("TELLBACK_KEY_DIR", str(tmp_path / "keys"))
    people = tmp_path / "people.csv"
    people.write_text("key,name\nKEY,Alex Morgan\n")
    put_in = {"FILE": str(tmp_path / "exported.json"), "COPIES": str(tmp_path)}
    plain = [words for words in commands() if "COPY" not in words]

    assert len(plain) >= 6
    for words in [["import", "people", str(people)], *plain]:
        done = CliRunner().invoke(app, [put_in.get(word, word) for word in words])
        assert done.exit_code == 0, f"tellback {' '.join(words)}: {done.stderr}"
