"""`tellback inbox`: what an operator sees of updates, and can do about them."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.mailbox import Mailbox
from survey.domain.records import UpdateKey
from survey.wiring import real_world
from tests.api.commands.conftest import Tellback
from tests.support.application import TestClock, running

BOT = 42
SECRETS = ("hello", "12345")


@pytest.fixture
def parked(tellback: Tellback, database_url: str, folder: Path) -> Tellback:
    """Two updates that wait for 5 minutes, and two that were given up."""

    async def fill() -> None:
        before = real_world().clock.now() - timedelta(minutes=5, seconds=2)
        async with running(database_url, folder, clock=TestClock(before)) as here:
            mailbox = Mailbox(here.core, bot=BOT)
            await mailbox.keep(
                [
                    {"update_id": number, "message": {"from": {"id": 12345}, "text": "hello"}}
                    for number in range(1, 5)
                ]
            )
            async with here.core.begin() as work:
                for number in (3, 4):
                    await work.inbox.failed(UpdateKey(BOT, number), code="failed", park=True)
                await work.commit()

    asyncio.run(fill())
    return tellback


def listed(tellback: Tellback) -> list[str]:
    done = tellback("inbox")
    assert done.exit_code == 0, done.stderr
    assert not any(secret in done.stdout for secret in SECRETS)
    return done.stdout.splitlines()


def test_an_empty_inbox_is_one_line(tellback: Tellback) -> None:
    assert listed(tellback) == ["0 waiting; 0 given up."]


def test_it_lists_what_was_given_up_without_whose_and_what(parked: Tellback) -> None:
    first, heading, *rows = listed(parked)

    assert first == "2 waiting, the oldest for 5 min; 2 given up."
    assert heading.split("  ")[0] == "BOT"
    assert [row.split()[:2] for row in rows] == [["42", "3"], ["42", "4"]]
    assert all(row.split()[-2:] == ["1", "failed"] for row in rows)


def test_one_is_tried_again(parked: Tellback) -> None:
    assert parked("inbox", "retry", "3").stdout == "1 will be tried again.\n"
    assert listed(parked)[0].endswith("1 given up.")
    assert listed(parked)[0].startswith("3 waiting")


def test_all_are_tried_again(parked: Tellback) -> None:
    assert parked("inbox", "retry", "--all").stdout == "2 will be tried again.\n"
    assert listed(parked)[0].startswith("4 waiting")
    assert parked("inbox", "retry", "--all").stdout == "0 will be tried again.\n"


def test_one_is_dropped_for_good(parked: Tellback) -> None:
    assert parked("inbox", "drop", "3").exit_code == 0
    assert listed(parked)[0] == "2 waiting, the oldest for 5 min; 1 given up."
    assert parked("inbox", "retry", "3").exit_code == 1


@pytest.mark.parametrize("words", [("retry", "1"), ("drop", "1"), ("drop", "99")])
def test_what_was_not_given_up_is_refused(parked: Tellback, words: tuple[str, ...]) -> None:
    done = parked("inbox", *words)
    assert (done.exit_code, done.stderr) == (1, f"tellback: no update {words[1]} was given up\n")


@pytest.mark.parametrize("words", [("retry",), ("retry", "3", "--all"), ("drop",), ("drop", "x")])
def test_what_to_try_again_or_drop_must_be_said(parked: Tellback, words: tuple[str, ...]) -> None:
    assert parked("inbox", *words).exit_code == 2
