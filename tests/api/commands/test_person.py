"""`tellback person export|erase`."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from survey.domain.people import Person
from survey.settings import read_settings
from survey.wiring import open_application
from tests.api.commands.conftest import Tellback
from tests.support.application import NOON


@pytest.fixture
def peopled(installed: Tellback) -> Tellback:
    """With one person."""

    async def put() -> None:
        async with open_application(read_settings()) as core, core.begin() as work:
            person = Person(core.ids.uuid(), "P1", "Alex Morgan", ("oakfield",), NOON)
            await work.people.put([person])
            await work.commit()

    asyncio.run(put())
    return installed


def test_what_is_kept_is_written_to_a_file_of_ones_own(peopled: Tellback, folder: Path) -> None:
    done = peopled("person", "export", "P1", "--out", "alex.json")
    again = peopled("person", "export", "P1", "--out", "alex.json")
    nobody = peopled("person", "export", "P9")

    assert done.exit_code == 0, done.stderr
    document = json.loads((folder / "alex.json").read_text())
    assert document["person"]["name"] == "Alex Morgan"
    assert (folder / "alex.json").stat().st_mode & 0o077 == 0
    assert re.search(r"entry \d+ of the record", done.stderr)
    assert (again.exit_code, nobody.exit_code) == (1, 1)
    assert "there is no person P9" in nobody.stderr


def test_erasing_needs_a_yes_and_cannot_be_repeated(peopled: Tellback) -> None:
    unsure = peopled("person", "erase", "P1")
    done = peopled("person", "erase", "P1", "--yes")
    again = peopled("person", "erase", "P1", "--yes")

    assert (unsure.exit_code, done.exit_code, again.exit_code) == (1, 0, 1)
    assert "1  people" in done.stdout
    assert re.search(r"^Erased\. This is entry \d+ of the record\.$", done.stdout, re.MULTILINE)
