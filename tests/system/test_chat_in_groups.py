"""B6, B16: in groups and channels nothing of a survey is said, and an old group is left alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.rig import house, newest, presses, says
from tests.telegram.groups import Group
from tests.telegram.people import Person, Shown
from tests.telegram.server import FakeTelegram

LINK = "/start s_people-pulse"
IN_PRIVATE = "I ask my questions in private. Write to me: @tellback_test_bot"


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


async def heard(telegram: FakeTelegram, group: Group, by: Person) -> list[str]:
    """What the group was told, once all that was said before has been worked off."""
    await says(by, "/help")
    return [each.text for each in telegram.ledger.shown(group.id) if each.text]


@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_a_group_hears_only_where_to_write_and_only_when_it_asks(
    kind: str, database: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database, tmp_path, telegram, "people-pulse"):
        open_question = await to_first_question(sian)
        group = telegram.group(kind=kind)
        await group.adds_bot(sian)
        await group.hears(sian, "Agree")
        await group.hears(sian, "5")
        await group.forwards(sian, open_question)
        assert await heard(telegram, group, sian) == []
        await group.hears(sian, LINK)
        await group.hears(sian, "/survey")
        assert await heard(telegram, group, sian) == [IN_PRIVATE] * 2
        assert (await says(sian, "/survey")).text == open_question.text


async def test_a_tap_in_a_group_reveals_nothing_and_answers_nothing(
    database: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    tom = telegram.person(name="Tom")
    async with house(database, tmp_path, telegram, "people-pulse"):
        question = await to_first_question(sian)
        group = telegram.group()
        await group.adds_bot(sian)
        shown = await group.forwards(sian, question)
        for who in (sian, tom):
            await group.forge_callback(who, question.rows[1][0].data or "", shown)
        await says(sian, "/help")
        await says(tom, "/help")
        assert group.spinning == ()
        told = {each.text for each in telegram.ledger.shown(group.id)}
        assert told == {"Please write to me in private."}
        assert (await says(sian, "/survey")).text == question.text


async def test_a_group_that_moved_house_is_answered_in_the_new_one_alone(
    database: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database, tmp_path, telegram, "people-pulse"):
        old = telegram.group()
        await old.adds_bot(sian)
        await old.hears(sian, "/survey")
        assert await heard(telegram, old, sian) == [IN_PRIVATE]
        calls = len([call for call in telegram.ledger.calls() if call.chat == old.id])

        new = await old.upgrades(sian)
        await new.hears(sian, "/survey")
        assert await heard(telegram, new, sian) == [IN_PRIVATE]
        assert len([call for call in telegram.ledger.calls() if call.chat == old.id]) == calls


async def test_a_command_worked_off_after_the_group_moved_disturbs_nobody(
    database: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    old = telegram.group()
    await old.adds_bot(sian)
    await old.hears(sian, "/survey")
    await old.upgrades(sian)
    async with house(database, tmp_path, telegram, "people-pulse"):
        await says(sian, "/help")
    refused = [call.error_code for call in telegram.ledger.calls() if call.chat == old.id]
    assert refused in ([], [400])


@pytest.mark.parametrize("what", ["demotes_bot", "removes_bot"])
async def test_a_bot_that_may_not_write_any_more_says_nothing_and_goes_on(
    what: str, database: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database, tmp_path, telegram, "people-pulse"):
        group = telegram.group()
        await group.adds_bot(sian, administrator=True)
        await getattr(group, what)(sian)
        await group.hears(sian, "/survey")
        assert await heard(telegram, group, sian) == []
        assert (await to_first_question(sian)).text.startswith("1 of 8")


async def test_a_channel_is_never_answered(
    database: str, tmp_path: Path, telegram: FakeTelegram, sian: Person
) -> None:
    async with house(database, tmp_path, telegram, "people-pulse"):
        channel = telegram.group(title="News", kind="channel")
        await channel.adds_bot(sian, administrator=True)
        await channel.posts("/survey")
        await channel.posts(LINK)
        assert await heard(telegram, channel, sian) == []
        assert "/survey" in newest(sian).text
