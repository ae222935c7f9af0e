"""What the pages on privacy and accessibility say is what the program does."""

from pathlib import Path

import pytest

from api.web.sessions import COOKIE, LIFETIME
from survey.db.tables import metadata
from survey.domain.retention import RECEIPT_DAYS
from tests.support.application import running
from tests.support.databases import DatabaseKind
from tests.support.web import WebPerson, on_the_web


@pytest.mark.parametrize("path", ["/privacy", "/accessibility"])
async def test_the_page_is_reached_from_the_footer_and_names_the_body(
    person: WebPerson, path: str
) -> None:
    await person.opens("/s/people-pulse")
    assert path in {link.attributes["href"] for link in person.page.one("footer").all("a")}

    await person.opens(path)

    assert (person.status, "Barnet Council" in person.text) == (200, True)
    await person.opens(f"{path}?language=cy")
    assert person.page.one("html").attributes["lang"] == "cy"


async def test_the_periods_are_those_that_the_tables_declare(person: WebPerson) -> None:
    await person.opens("/privacy")

    declared = metadata.tables["receipts"].info["retention"]
    assert (declared.words, declared.days) == ("24 months", RECEIPT_DAYS)
    assert f"and receipts: {declared.words}" in person.text
    assert f"“{COOKIE}”" in person.text
    assert f"{LIFETIME.days} days" in person.text
    assert person.secret is None  # reading about cookies sets none


@pytest.mark.parametrize("database_kind", [DatabaseKind.SQLITE])
async def test_the_smallest_group_is_that_of_the_installation(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url, tmp_path, floor=15) as here, on_the_web(here) as person:
        await person.opens("/privacy")
    assert "at least 15 people" in person.text
    assert "at least 10" not in person.text
