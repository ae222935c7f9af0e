"""A33: in chat a linked person reads of themselves and of nobody else, whatever they send."""

from pathlib import Path
from typing import Final

import pytest

from bot.commands import COMMANDS
from survey.domain.records import Chat
from tests.bot.rig import house, says, settled
from tests.doors.world import SURVEY, Caller, plant
from tests.support.databases import DatabaseKind
from tests.telegram.server import FakeTelegram

OWN: Final = "k-quartz"
GUESS: Final = "x" * 32
PAYLOADS: Final = ("", *(f" {kind}_{GUESS}" for kind in "ijcl"), f" s_{SURVEY}")


@pytest.fixture
def database_kind() -> DatabaseKind:
    return DatabaseKind.SQLITE


async def test_a33_a_linked_person_reads_in_chat_what_is_theirs(
    database_url: str, tmp_path: Path
) -> None:
    async with FakeTelegram() as telegram:
        person = telegram.person()
        bot = int(telegram.token.partition(":")[0])
        async with house(database_url, tmp_path, telegram) as here:
            planted = await plant(here)
            async with here.core.begin() as work:
                await work.chats.put(Chat(bot, person.id))
                await work.chats.link(bot, person.id, planted.people[OWN].id)
                await work.commit()
            for command in COMMANDS:
                for payload in PAYLOADS if command.name == "start" else ("",):
                    await says(person, f"/{command.name}{payload}")
            for other in ("Basaltling", "k-basalt", str(planted.people["k-basalt"].id)):
                await says(person, other)
            await settled(here)

    told = "\n".join(f"{entry.text} {entry.buttons}" for entry in telegram.ledger.entries)
    somebody = Caller("linked person in chat")
    read = [
        mark.name
        for mark in planted.marks
        if not mark.name.startswith("name of")  # one chooses one's school and service here
        and mark.name != f"person of {OWN}"
        and not mark.theirs(somebody)
        and mark.pattern.search(told)
    ]
    assert read == []
    assert len(telegram.ledger.entries) > len(COMMANDS)
