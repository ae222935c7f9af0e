"""`tellback pause` and `tellback import closures`."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.api.commands.conftest import Tellback

HEADER = "day,until,unit,name\n"


def test_a_pause_is_set_listed_and_ended(installed: Tellback) -> None:
    made = installed(
        "pause", "add", "Local elections", "--kind", "pre_election", "--until", "2199-05-06"
    )
    identity = made.stdout.split()[1].rstrip(":")

    listed = installed("pause", "list").stdout
    ended = installed("pause", "end", identity)

    assert made.stdout.endswith("until 2199-05-07 00:00.\n")
    assert identity in listed
    assert "pre_election" in listed
    assert "Local elections" in listed
    assert ended.stdout == "The pause is over: campaigns send as planned.\n"
    assert installed("pause", "list").stdout == "No pauses: campaigns send as planned.\n"


def test_a_pause_without_an_end_lasts_until_it_is_ended(installed: Tellback) -> None:
    made = installed("pause", "add", "Funeral", "--from", "2199-05-06T12:30")

    assert made.stdout.endswith("from 2199-05-06 12:30, until it is ended.\n")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["add", "x", "--until", "06/05/2199"], "--until: '06/05/2199' is not a time"),
        (["add", "x", "--from", "2199-02-30"], "--from: '2199-02-30' is not a time"),
        (["add", "x", "--until", "2001-01-01"], "until: the end is not after the beginning"),
        (["add", ""], "name: it is empty"),
        (["end", str(uuid4())], "there is no pause"),
    ],
)
def test_a_pause_that_makes_no_sense_is_refused_in_a_line(
    installed: Tellback, words: list[str], reason: str
) -> None:
    refused = installed("pause", *words)

    assert refused.exit_code == 1
    assert f"tellback: {reason}" in refused.stderr
    assert refused.stderr.endswith("tellback: Nothing was changed.\n")


def test_closed_days_are_imported_once(installed: Tellback, folder: Path) -> None:
    (folder / "closures.csv").write_text(
        f"{HEADER}2026-10-26,2026-10-30,schools,Half-term\n2026-12-24,,,Shutdown\n"
    )

    first = installed("import", "closures", "closures.csv")
    again = installed("import", "closures", "closures.csv")

    assert first.stdout == "Closed days: 6 added, 0 renamed.\n"
    assert again.stdout == "Nothing changed: 6 closed days are as in the file.\n"


def test_a_file_of_closed_days_is_refused_with_every_fault(
    installed: Tellback, folder: Path
) -> None:
    (folder / "c.csv").write_text(
        f"{HEADER}26/10/2026,,schools,Half-term\n"
        "2026-10-26,,oakfeild,Inset\n"
        "2026-02-30,,,Closed\n"
        "2026-10-26,2026-10-20,,\n"
        "2026-11-02,,schools,Inset day\n"
        "2026-11-01,2026-11-03,schools,Storm\n"
        "2020-01-01,2026-01-01,,Long\n"
    )

    refused = installed("import", "closures", "c.csv")

    assert refused.exit_code == 1
    for line in (
        "c.csv row 2, column day: '26/10/2026' is not a day: write it with the year first, "
        "as 2026-10-26",
        "c.csv row 3, column unit: 'oakfeild' is not a unit (did you mean 'oakfield'?)",
        "c.csv row 4, column day: there is no day 2026-02-30",
        "c.csv row 5, column name: it is empty",
        "c.csv row 5, column until: the last day is before the first",
        "c.csv row 7, column day: 2026-11-02 is in row 6 already, under another name",
        "c.csv row 8, column until: that is more than 366 days",
    ):
        assert f"tellback: {line}\n" in refused.stderr
    assert refused.stderr.endswith("Nothing was imported.\n")
