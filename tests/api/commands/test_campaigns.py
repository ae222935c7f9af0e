"""`tellback campaign ...`, as from a shell: plan, launch, watch and end."""

import json
import re
from pathlib import Path

import pytest

from survey.domain.campaign_file import schema
from survey.questionnaires import library
from tests.api.commands.conftest import Tellback

PULSE = """\
key: pulse
title: Staff pulse
questionnaire: people-pulse
sender: People team
purpose: To learn.
basis: public_task
notice: Staff privacy notice
channels: [email]
schedule:
  start: 2090-06-06T09:00
  rrule: FREQ=MONTHLY;BYDAY=1TU
"""
PEOPLE = "key,name,unit,email\n" + "".join(
    f"p{n},Person {n},oakfield,p{n}@council.example\n" for n in range(4)
)


@pytest.fixture
def staffed(installed: Tellback, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Tellback:
    """With four people, a mail server, and a campaign's file."""
    monkeypatch.setenv("TELLBACK_SMTP_URL", "smtp://mail.example:587")
    monkeypatch.setenv("TELLBACK_MAIL_FROM", "surveys@council.example")
    (folder / "people.csv").write_text(PEOPLE)
    (folder / "pulse.yaml").write_text(PULSE)
    said(installed, "import", "people", "people.csv")
    return installed


def said(tellback: Tellback, *words: str) -> list[str]:
    """The lines of a command that did what it was asked."""
    done = tellback(*words)
    assert done.exit_code == 0, done.stderr
    return done.stdout.splitlines()


def refused(tellback: Tellback, *words: str) -> list[str]:
    done = tellback(*words)
    assert done.exit_code == 1, done.stdout
    return [line.removeprefix("tellback: ") for line in done.stderr.splitlines()]


def test_a_plan_tells_everything_of_a_file_that_nobody_keeps(staffed: Tellback) -> None:
    lines = said(staffed, "campaign", "plan", "pulse.yaml")

    told = "\n".join(lines)
    assert "would be asked    4" in told
    assert "  by email        4" in told
    assert "oakfield  4          4" in told
    assert "Every month on the first Tuesday at 09:00 (Europe/London)" in lines
    assert "A date on a closed day moves to the next day that is open." in lines
    assert "  Tuesday 6 June 2090 at 09:00" in lines
    assert "Note: Of fewer than 10 people no figures can be shown (would be asked: 4)." in told
    assert lines[-1] == "To launch it: tellback campaign launch pulse.yaml --people 4"
    assert said(staffed, "campaign", "list") == ["There are no campaigns."]


def test_a_plan_lists_what_is_missing(staffed: Tellback, folder: Path) -> None:
    (folder / "bare.yaml").write_text(
        "key: bare\nquestionnaire: people-puls\nschedule: {start: 2020-01-01T09:00}\n"
    )

    lines = said(staffed, "campaign", "plan", "bare.yaml")

    missing = [line for line in lines if line.startswith("Missing: ")]
    assert "Missing: Say why you are asking." in missing
    assert "Missing: No date is still to come: choose a later start, or a rule that goes on." in (
        missing
    )
    assert not any(line.startswith("To launch it") for line in lines)


def test_a_faulty_file_is_refused_with_each_line(staffed: Tellback, folder: Path) -> None:
    (folder / "bad.yaml").write_text(PULSE + "remindes: [7]\nopen_days: 0\n")

    assert refused(staffed, "campaign", "create", "bad.yaml") == [
        "bad.yaml line 12: 'remindes' is not a word of the format (did you mean 'reminders'?)",
        "bad.yaml line 13: open_days must be 1 or more",
        "Nothing was changed.",
    ]
    assert refused(staffed, "campaign", "create", "none.yaml")[0].startswith("none.yaml: ")


def test_b45_a_launch_takes_the_exact_number_of_people(staffed: Tellback) -> None:
    for wrong in ((), ("--people", "40")):
        assert refused(staffed, "campaign", "launch", "pulse.yaml", *wrong) == [
            "pulse: 4 people would be asked",
            "If that is right, give --people 4. Nothing was sent.",
        ]

    (launched,) = said(staffed, "campaign", "launch", "pulse.yaml", "--people", "4")
    again = said(staffed, "campaign", "launch", "pulse", "--people", "4")

    assert launched == "pulse is launched. See how it goes: tellback campaign status pulse"
    assert again == ["Nothing changed: pulse is running already."]
    heading, row = said(staffed, "campaign", "list")
    assert heading.split() == ["Key", "State", "Next", "wave", "Title"]
    assert " ".join(row.split()) == "pulse running Tuesday 6 June 2090, 09:00 Staff pulse"


def test_b45_above_the_set_size_the_command_alone_launches_nothing(
    staffed: Tellback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLBACK_APPROVAL_ABOVE", "3")

    (told,) = said(staffed, "campaign", "launch", "pulse.yaml", "--people", "4")

    assert told == "pulse waits for a second person, who agrees at /staff/campaigns/pulse."
    assert refused(staffed, "campaign", "approve", "pulse") == [
        "pulse: another person has to agree than the one who launched it",
        "Nothing was changed.",
    ]


def test_what_runs_is_paused_resumed_and_ended_and_a_repeat_says_so(staffed: Tellback) -> None:
    said(staffed, "campaign", "create", "pulse.yaml")
    assert refused(staffed, "campaign", "pause", "pulse")[0] == "pulse: it is not running"
    said(staffed, "campaign", "launch", "pulse", "--people", "4")

    done = [
        said(staffed, "campaign", *words)[0]
        for words in (
            ("pause", "pulse"),
            ("pause", "pulse.yaml"),
            ("resume", "pulse"),
            ("stop", "pulse"),
            ("stop", "pulse"),
        )
    ]

    assert done == [
        "pulse is paused. To go on: tellback campaign resume pulse",
        "Nothing changed: pulse is paused already.",
        "pulse is running.",
        "pulse is stopped.",
        "Nothing changed: pulse is stopped already.",
    ]
    assert refused(staffed, "campaign", "close", "pulse")[0] == "pulse: it is over"


def test_a_changed_file_is_kept_as_the_next_plan(staffed: Tellback, folder: Path) -> None:
    said(staffed, "campaign", "create", "pulse.yaml")
    assert refused(staffed, "campaign", "create", "pulse.yaml")[0].startswith(
        "pulse: there is one of this key already"
    )
    (folder / "pulse.yaml").write_text(PULSE + "open_days: 28\n")

    assert refused(staffed, "campaign", "launch", "pulse.yaml", "--people", "4")[0].startswith(
        "pulse: the file is not the plan that is kept"
    )
    assert said(staffed, "campaign", "change", "pulse.yaml") == ["pulse is changed: plan 2."]
    assert said(staffed, "campaign", "change", "pulse.yaml") == [
        "Nothing changed: pulse is as in the file."
    ]


def test_the_status_is_lines_or_json_with_every_sum(staffed: Tellback) -> None:
    said(staffed, "campaign", "create", "pulse.yaml")

    assert said(staffed, "campaign", "status", "pulse") == ["pulse: draft, next wave none"]
    found = json.loads("\n".join(said(staffed, "campaign", "status", "pulse", "--json")))
    assert found == {
        "key": "pulse",
        "title": "Staff pulse",
        "state": "draft",
        "questionnaire": "people-pulse",
        "version": None,
        "next_at": None,
        "waves": [],
    }
    assert refused(staffed, "campaign", "status", "nothing") == ["there is no campaign 'nothing'"]


def test_the_example_and_the_schema_are_printed(tellback: Tellback) -> None:
    assert tellback("campaign", "example").stdout == library.campaign_example()
    assert json.loads(tellback("campaign", "schema").stdout) == schema()


def test_a_dry_run_says_on_every_line_that_it_is_none_and_keeps_nothing(staffed: Tellback) -> None:
    lines = said(staffed, "campaign", "dry-run", "pulse.yaml")

    assert all(line.startswith("DRY RUN") for line in lines)
    assert lines[0] == "DRY RUN  This was a dry run: nobody was asked, nothing is kept."
    assert any(
        re.fullmatch(r"DRY RUN  Answered: \d+ of 50 invited \(\d+%\)", each) for each in lines
    )
    assert said(staffed, "campaign", "list") == ["There are no campaigns."]


def test_a_dry_run_of_nobody_s_schools_is_refused_in_one_line(
    staffed: Tellback, folder: Path
) -> None:
    (folder / "ships.yaml").write_text(f"{PULSE}audience: {{kinds: [ship]}}\n")

    assert refused(staffed, "campaign", "dry-run", "ships.yaml") == [
        "pulse: no school or department fits its audience",
        "Nobody was asked.",
    ]
