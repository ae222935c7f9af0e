"""`tellback import people|units`: the whole list, with a yes where it takes out many."""

from pathlib import Path

import pytest

from tests.api.commands.conftest import UNITS, Tellback

PEOPLE = (
    "key,name,unit,email,roles,language,start_date\n"
    "e1,Ann Byrne,oakfield,ann@b.example,superuser|cook,cy,2024-09-01\n"
    "e2,Ben Cole,elmwood|oakfield,,,,\n"
    "e3,Cai Dee,schools,,,,\n"
)


@pytest.fixture
def listed(installed: Tellback, folder: Path) -> Tellback:
    """With three people."""
    (folder / "people.csv").write_text(PEOPLE)
    done = installed("import", "people", "people.csv")
    assert done.exit_code == 0, done.stderr
    return installed


def test_people_are_imported_and_a_second_time_changes_nothing(listed: Tellback) -> None:
    again = listed("import", "people", "people.csv")

    assert (again.exit_code, again.stdout) == (
        0,
        "Nothing changed: 3 people are as in the file.\n",
    )


def test_what_changed_is_counted_and_what_was_assumed_is_said(
    listed: Tellback, folder: Path
) -> None:
    """B54: day-first stated."""
    (folder / "people.csv").write_text(
        PEOPLE.replace("e3,Cai Dee,schools,,,,", "e3,Cai Dee,elmwood,,,,03/04/2025")
        + "e4,Dee Eve,schools,,,,\n"
    )

    done = listed("import", "people", "people.csv")

    counts = "1 added, 0 changed, 1 moved, 0 returned, 0 deactivated, 2 unchanged"
    assert done.stdout == f"People: {counts}.\n"
    assert "dates were read day first, 03/04/2025 as 2025-04-03" in done.stderr


def test_a_faulty_row_is_told_with_row_and_column(listed: Tellback, folder: Path) -> None:
    (folder / "people.csv").write_text(PEOPLE.replace("e3,Cai Dee,schools", "e3,Cai Dee,oakfeild"))

    refused = listed("import", "people", "people.csv")

    assert (refused.exit_code, refused.stderr.splitlines()) == (
        1,
        [
            "tellback: people.csv row 4, column unit: 'oakfeild' is not a unit "
            "(did you mean 'oakfield'?)",
            "tellback: Nothing was imported.",
        ],
    )


def test_a_list_that_takes_out_a_third_stops_for_a_yes(listed: Tellback, folder: Path) -> None:
    """B55."""
    shorter = "".join(PEOPLE.splitlines(keepends=True)[:-1])
    (folder / "people.csv").write_text(shorter)

    stopped = listed("import", "people", "people.csv")
    kept = listed("import", "people", "people.csv", "--keep-others")
    done = listed("import", "people", "people.csv", "--yes")

    assert (stopped.exit_code, stopped.stderr.splitlines()) == (
        1,
        [
            "tellback: it would deactivate 1 of 3 people (33%)",
            "tellback: If that is right, run it again with --yes. Nothing was imported.",
        ],
    )
    assert "Nothing changed" in kept.stdout
    assert "1 deactivated, 2 unchanged" in done.stdout


def test_possible_duplicates_are_added_or_skipped_as_told(listed: Tellback, folder: Path) -> None:
    """B53."""
    (folder / "people.csv").write_text(PEOPLE + "e9,ANN  BYRNE,oakfield,,,,\n")

    refused = listed("import", "people", "people.csv")
    skipped = listed("import", "people", "people.csv", "--duplicates", "skip")
    added = listed("import", "people", "people.csv", "--duplicates", "add")

    assert "people.csv row 5, column key: 'e9' is new and may be 'e1'" in refused.stderr
    assert "rows that were passed over: 1" in skipped.stderr
    assert "1 added" in added.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PEOPLE.encode("utf-16"), "UTF-16"),
        (PEOPLE.replace("Ann", "Zo\u00eb").encode("cp1252"), "Windows-1252"),
        (b"%PDF-1.7", "a PDF"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(
    installed: Tellback, folder: Path, content: bytes, said: str
) -> None:
    """B52."""
    (folder / "people.csv").write_bytes(content)

    refused = installed("import", "people", "people.csv")

    assert refused.exit_code == 1
    assert said in refused.stderr
    assert "save" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_unit_that_people_stand_for_is_not_left_out(listed: Tellback, folder: Path) -> None:
    """B44."""
    (folder / "units.csv").write_text(UNITS.replace("elmwood,Elmwood School,school,schools\n", ""))

    refused = listed("import", "units", "units.csv", "--yes")

    assert refused.exit_code == 1
    assert "it leaves out 'elmwood', but 1 person stands for it" in refused.stderr
