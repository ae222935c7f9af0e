"""Golden conversations of somebody who was invited, in chat: every message as it is read.

A file of `tests/transcripts/invited` has what the person does (`says` a text, in which INVITATION
is the payload of their link, `presses` a button, `waits` so many days) and the message that then
stands last, with its buttons. `joined` says that the chat is theirs already. To accept what the bot
does now, set UPDATE_TRANSCRIPTS=1, run this file and read the difference.
"""

import os
import re
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from survey.domain.records import Chat
from tests.bot.rig import house, newest, presses, says
from tests.support.application import Running
from tests.support.asked import Asked, a_wave, asked
from tests.telegram.people import Person, Shown
from tests.telegram.server import FakeTelegram
from tests.transcripts.format import FOLDER

FILES: Final = sorted((FOLDER / "invited").glob("*.yaml"))
_RECEIPT: Final = re.compile(r"Receipt \S+")


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


def test_there_are_transcripts_of_invitations() -> None:
    assert len(FILES) >= 4


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_an_invitation_goes_as_its_transcript_says(
    database_url: str, tmp_path: Path, telegram: FakeTelegram, file: Path
) -> None:
    written = _read(file)
    sian = telegram.person(name="Siân")
    async with house(database_url, tmp_path, telegram) as here:
        who = await asked(here, await a_wave(here))
        if written.get("joined"):
            await _joins(here, telegram, sian, who)
        played = [
            {"does": step["does"], **await _play(step["does"], here, sian, who)}
            for step in written["steps"]
        ]

    if os.environ.get("UPDATE_TRANSCRIPTS"):
        _write(file, {**written, "steps": played})
    assert played == written["steps"]


def _read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content


def _write(file: Path, content: Mapping[str, Any]) -> None:
    text = yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, width=100)
    file.write_text(text, encoding="utf-8")


async def _play(
    does: Mapping[str, Any], here: Running, person: Person, who: Asked
) -> dict[str, Any]:
    """What the person does, and what they see then; nothing new where they only wait."""
    match does:
        case {"says": text}:
            return _seen(await says(person, text.replace("INVITATION", f"i_{who.token}")))
        case {"presses": label}:
            for _ in range(does.get("times", 1)):
                await presses(person, label)
            return _seen(newest(person))
        case {"waits": days}:
            here.clock.advance(timedelta(days=days))
    return {}


def _seen(shown: Shown) -> dict[str, Any]:
    seen: dict[str, Any] = {"shown": _RECEIPT.sub("Receipt K7M-4QX", shown.text).split("\n")}
    if shown.buttons:
        seen["buttons"] = [list(row) for row in shown.buttons]
    return seen


async def _joins(here: Running, telegram: FakeTelegram, person: Person, who: Asked) -> None:
    bot = int(telegram.token.partition(":")[0])
    async with here.core.begin() as work:
        await work.chats.put(Chat(bot, person.id))
        await work.chats.link(bot, person.id, who.person.id)
        await work.commit()
