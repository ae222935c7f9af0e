"""A16, B8, B23, B66, B67, B69, B70: whatever Telegram answers, a survey in chat goes on.

For each trouble of the fake's table and each of the three methods by which a survey is shown: no
answer is lost or doubled, the person is shown where they are, at most one message is repeated, and
nobody is unlinked.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest

from bot.screen import Screen
from bot.sweeper import PATIENCE, Sweeper
from tests.bot.rig import house, newest, no_wait, presses, says, settled
from tests.support.application import Running
from tests.telegram.client import bot_of
from tests.telegram.faults import Cut, Silent, other_chat, reused_id
from tests.telegram.people import Person, Shown
from tests.telegram.server import FakeTelegram
from tests.telegram.troubles import Means, Trouble, troubles_of

LINK = "/start s_people-pulse"


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def sian(telegram: FakeTelegram) -> Person:
    return telegram.person(name="Siân")


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/t.sqlite"


async def to_first_question(person: Person) -> Shown:
    await says(person, LINK)
    await presses(person, "Start")
    await says(person, "oakfield")
    return await presses(person, "Oakfield Primary School")


async def sweep(here: Running, telegram: FakeTelegram, *, times: int = 2) -> None:
    """As many rounds as would show a repeat."""
    await settled(here)
    async with bot_of(telegram) as bot:
        for _ in range(times):
            here.clock.advance(PATIENCE + timedelta(seconds=1))
            await Sweeper(here.core, Screen(bot, sleep=no_wait), bot=bot.id).sweep()


async def worked_off(person: Person, telegram: FakeTelegram) -> None:
    """Until everything that this person did before is over."""
    sent = await person.sends("/help")
    await person.sees(
        lambda shown: shown.message_id > sent.message_id and "What I can do" in shown.text,
        within=20,
    )


SHOWING = [
    pytest.param(method, trouble, id=f"{method}: {trouble}")
    for method, trouble in chain(
        (("sendMessage", trouble) for trouble in troubles_of("sendMessage")),
        (("editMessageText", trouble) for trouble in troubles_of("editMessageText")),
    )
    if trouble.means not in (Means.OURS, Means.CHAT_MOVED)
]


@pytest.mark.parametrize(("method", "trouble"), SHOWING)
async def test_whatever_a_reply_meets_the_answer_counts_once_and_the_survey_goes_on(
    method: str,
    trouble: Trouble,
    database: str,
    tmp_path: Path,
    telegram: FakeTelegram,
    sian: Person,
) -> None:
    async with house(database, tmp_path, telegram, "people-pulse") as here:
        await to_first_question(sian)
        telegram.faults.order(method, trouble.fault, chat=sian.id)
        if method == "sendMessage":
            await sian.sends("4")
        else:
            await sian.taps("Agree")
        await worked_off(sian, telegram)
        assert telegram.faults.outstanding == 0
        await sweep(here, telegram)

        assert len(telegram.ledger.repeated(sian.id)) <= 1
        assert (await says(sian, "/survey")).text.startswith("2 of 8")
        assert (await presses(sian, "Agree")).text.startswith("3 of 8")


@pytest.mark.parametrize("trouble", troubles_of("answerCallbackQuery"), ids=str)
async def test_a_tap_whose_answer_is_refused_still_counts(
    trouble: Trouble, database: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database, tmp_path, telegram, "people-pulse") as here:
        await to_first_question(sian)
        telegram.faults.order("answerCallbackQuery", trouble.fault)
        await sian.taps("Agree")
        assert (await sian.sees("2 of 8", within=20)).text.startswith("2 of 8")
        await sweep(here, telegram)
        assert telegram.ledger.repeated(sian.id) == ()
        assert (await presses(sian, "Agree")).text.startswith("3 of 8")


async def test_a_reply_that_was_shown_though_the_line_broke_is_repeated_at_most_once(
    database: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database, tmp_path, telegram, "people-pulse") as here:
        await to_first_question(sian)
        for number in range(2, 6):
            telegram.faults.order("sendMessage", Cut(accepted=True), chat=sian.id)
            await sian.sends("4")
            await sian.sees(f"{number} of 8", within=20)
            await worked_off(sian, telegram)
            await sweep(here, telegram)
        acts = telegram.ledger.acts(sian.id)
        assert len(telegram.ledger.repeated(sian.id)) <= 4 < len(acts)
        open_now = [each for each in telegram.ledger.now_visible(sian.id) if "5 of 8" in each.text]
        assert open_now


async def test_a_telegram_that_says_nothing_holds_up_nobody_else(
    database: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    tom = telegram.person(name="Tom")
    async with house(database, tmp_path, telegram, "people-pulse"):
        await to_first_question(sian)
        telegram.faults.order("editMessageText", Silent(accepted=False), chat=sian.id)
        await sian.taps("Agree")
        assert (await to_first_question(tom)).text.startswith("1 of 8")


async def test_a_success_with_an_id_of_before_overwrites_nothing(
    database: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database, tmp_path, telegram, "people-pulse") as here:
        page = await says(sian, "/help")
        await to_first_question(sian)
        telegram.faults.order("sendMessage", reused_id(page.message_id), chat=sian.id)
        await sian.sends("4")
        await sian.sees("2 of 8")
        await worked_off(sian, telegram)
        await sweep(here, telegram)
        await sian.taps("Agree")
        await sian.sees("3 of 8", within=20)

        kept = next(each for each in sian.screen if each.message_id == page.message_id)
        assert kept.text == page.text


async def test_a_success_for_somebody_elses_chat_is_not_believed(
    database: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    tom = telegram.person(name="Tom")
    async with house(database, tmp_path, telegram, "people-pulse") as here:
        theirs = await says(tom, "/help")
        await to_first_question(sian)
        telegram.faults.order("sendMessage", other_chat(tom.id), chat=sian.id)
        await sian.sends("4")
        await sian.sees("2 of 8")
        await worked_off(sian, telegram)
        await sweep(here, telegram)
        assert (await says(sian, "/survey")).text.startswith("2 of 8")
        assert newest(tom) == theirs
