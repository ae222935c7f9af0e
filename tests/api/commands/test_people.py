"""`tellback people links|slips`, as from a shell."""

import asyncio
import csv
import stat
from io import StringIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from survey.domain.joining import from_link, from_print
from survey.domain.people import Person
from survey.settings import read_settings
from survey.wiring import open_application
from tests.api.commands.conftest import Tellback
from tests.support.application import NOON


@pytest.fixture
def staffed(installed: Tellback, monkeypatch: pytest.MonkeyPatch) -> Tellback:
    """With three people, and a bot."""
    monkeypatch.setenv("TELLBACK_BOT_USERNAME", "tellback_bot")
    _keep("=1+1", "Ann Lee", "oakfield")
    _keep("p2", "@Ben\nAsh", "elmwood", "oakfield")
    return installed


def _keep(key: str, name: str, *units: str) -> None:
    async def work() -> None:
        async with open_application(read_settings()) as core, core.begin() as kept:
            await kept.people.put([Person(core.ids.uuid(), key, name, units, NOON)])
            await kept.commit()

    asyncio.run(work())


def _noted() -> list[tuple[str, str]]:
    async def work() -> list[tuple[str, str]]:
        async with open_application(read_settings()) as core, core.database.reading() as rows:
            found = await rows.execute(
                text("SELECT action, subject FROM audit WHERE action = 'joins.made'")
            )
            return [(row.action, row.subject) for row in found]

    return asyncio.run(work())


def test_links_are_csv_on_standard_output_with_all_else_beside_it(staffed: Tellback) -> None:
    done = staffed("people", "links", "--unit", "schools")
    assert done.exit_code == 0, done.stderr
    rows = list(csv.DictReader(StringIO(done.stdout)))
    assert [(row["key"], row["name"], row["unit"]) for row in rows] == [
        ("p2", "'@Ben Ash", "elmwood|oakfield"),
        ("'=1+1", "Ann Lee", "oakfield"),
    ]
    for row in rows:
        token = row["link"].removeprefix("https://t.me/tellback_bot?start=j_")
        assert from_link(token) == from_print(row["code"]) is not None
    assert done.stderr == "2 links made for schools; each works once, for 14 days.\n"
    assert _noted() == [("joins.made", "unit:schools")]


def test_links_go_to_a_file_that_only_the_operator_reads(staffed: Tellback, folder: Path) -> None:
    assert staffed("people", "links", "--unit", "elmwood", "--out", "l.csv").exit_code == 0
    assert stat.S_IMODE((folder / "l.csv").stat().st_mode) == 0o600
    assert (folder / "l.csv").read_text().startswith("key,name,unit,link,code\n")
    again = staffed("people", "links", "--unit", "elmwood", "--out", "l.csv")
    assert again.exit_code == 1
    assert again.stderr == (
        "tellback: l.csv exists already; name another file\ntellback: No links were made.\n"
    )
    assert len(_noted()) == 1


def test_slips_are_a_pdf_with_one_for_each(staffed: Tellback, folder: Path) -> None:
    done = staffed("people", "slips", "--unit", "schools", "--out", "s.pdf", "--language", "cy")
    assert done.exit_code == 0, done.stderr
    document = PdfReader(folder / "s.pdf")
    said = "\n".join(page.extract_text() for page in document.pages)
    assert "Ann Lee" in said
    assert "@Ben Ash" in said
    assert "Elmwood School, Oakfield Primary School" in said


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("links", "--unit", "nowhere"), "there is no unit 'nowhere'"),
        (("slips", "--unit", "oakfield", "--out", "no/s.pdf"), "nothing can be written there"),
        (("slips", "--unit", "oakfield", "--out", "s.pdf", "--language", "fr"), "en, cy"),
    ],
)
def test_what_cannot_be_made_is_refused_in_a_line(
    staffed: Tellback, words: tuple[str, ...], why: str
) -> None:
    done = staffed("people", *words)
    assert done.exit_code == 1
    assert why in done.stderr
    assert done.stderr.endswith("tellback: No links were made.\n")
    assert not _noted()


def test_without_a_bot_the_setting_is_named(installed: Tellback) -> None:
    _keep("p1", "Ann Lee", "oakfield")
    done = installed("people", "links", "--unit", "oakfield")
    assert done.exit_code == 1
    assert "TELLBACK_BOT_USERNAME" in done.stderr


def test_a_unit_without_people_has_no_slips(staffed: Tellback, folder: Path) -> None:
    (folder / "more.csv").write_text("key,name,kind\nempty,Empty School,school\n")
    assert staffed("import", "units", "more.csv", "--keep-others").exit_code == 0
    done = staffed("people", "slips", "--unit", "empty", "--out", "s.pdf")
    assert done.exit_code == 1
    assert "nobody of 'empty' may be asked" in done.stderr
    assert not (folder / "s.pdf").exists()
