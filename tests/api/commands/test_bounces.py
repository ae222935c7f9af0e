"""`tellback campaign bounces`: files as mail servers leave them, and what is told of them."""

import asyncio
from pathlib import Path

import pytest

from survey.domain.waves import InvitationState
from tests.api.commands.conftest import Tellback
from tests.support.application import running
from tests.support.asked import Asked, a_wave, asked, invitation_of
from tests.survey.domain.test_bounces import group, report

ANN = "ann.lee@barnet.example"


@pytest.fixture
def ann(tellback: Tellback, database_url: str, folder: Path) -> Asked:
    """Somebody who was written to."""

    async def fill() -> Asked:
        async with running(database_url, folder) as here:
            return await asked(here, await a_wave(here))

    return asyncio.run(fill())


def mail(who: Asked, *groups: str) -> bytes:
    return report(*groups, name=f"<{who.id.hex}.0@barnet.example>")


def state(who: Asked, database_url: str, folder: Path) -> InvitationState:
    async def look() -> InvitationState:
        async with running(database_url, folder) as here:
            return (await invitation_of(here, who)).state

    return asyncio.run(look())


def said(tellback: Tellback, *words: str) -> list[str]:
    done = tellback("campaign", "bounces", *words)
    assert done.exit_code == 0, done.stderr
    return done.stdout.splitlines()


def test_it_tells_how_many_and_no_address(
    tellback: Tellback, database_url: str, folder: Path, ann: Asked
) -> None:
    (folder / "a.eml").write_bytes(mail(ann, group(ANN), group("x@y.example")))
    (folder / "b.eml").write_bytes(b"Subject: Out of office\n\nBack on Monday.\n")

    assert said(tellback, "a.eml", "b.eml") == [
        "2 mails read; 1 told of a letter that failed.",
        "2 addresses, 1 of them of people here.",
        "1 address newly refused: no more letters there.",
        "1 invitation marked as failed.",
    ]
    assert state(ann, database_url, folder) is InvitationState.FAILED


def test_it_reads_mbox_files_and_maildir_folders_and_lists_addresses_when_asked(
    tellback: Tellback, folder: Path, ann: Asked
) -> None:
    told = b"From a@b Thu May 14\n" + mail(ann, group(ANN)) + b"\nFrom c@d Thu May 14\n\nHello\n"
    (folder / "box.mbox").write_bytes(told)
    for name in ("new", "cur", "tmp"):
        (folder / "Maildir" / name).mkdir(parents=True)
        (folder / "Maildir" / name / "1").write_bytes(mail(ann, group(ANN)))

    lines = said(tellback, "box.mbox", "Maildir", "--verbose")

    assert lines[0] == "4 mails read; 3 told of a letter that failed."
    assert lines[-1] == ANN


def test_a_file_that_is_not_there_is_refused_and_nothing_noted(
    tellback: Tellback, database_url: str, folder: Path, ann: Asked
) -> None:
    (folder / "a.eml").write_bytes(mail(ann, group(ANN)))

    done = tellback("campaign", "bounces", "a.eml", "none.eml")

    assert done.exit_code == 1
    assert "none.eml" in done.stderr
    assert state(ann, database_url, folder) is InvitationState.DELIVERED
