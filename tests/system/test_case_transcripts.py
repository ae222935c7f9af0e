"""Golden conversations about problems, in chat: every message as it is read.

A file of `tests/transcripts/cases` has what the person does and the message that then stands last,
with its buttons: `says` a text, `presses` a button, sends a `photo` with that caption, a `document`
of that name, a `voice`, a `sticker` or an `album`; or what staff do meanwhile: `staff` with
`replies`, `asks` or `fixes` and a text. REFERENCE stands for that of the newest case. `known` are
problems that are known already (title and what is told of each). To accept what the bot does now,
set UPDATE_TRANSCRIPTS=1, run this file and read the difference.
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from survey.domain import case_acts as acts
from survey.domain.cases import Case, Said
from tests.bot.rig import newest
from tests.hostile.making import pdf
from tests.support.in_chat import Chatting, InChat
from tests.support.pictures import photo
from tests.telegram.people import Shown
from tests.transcripts.format import FOLDER

FILES: Final = sorted((FOLDER / "cases").glob("*.yaml"))
_REFERENCE: Final = re.compile(r"P-[0-9A-Z]{4,8}\b")
_STAFF: Final[Mapping[str, Callable[[str], Said]]] = {
    "replies": acts.reply,
    "asks": acts.asked,
    "fixes": acts.fixed,
}


def test_there_are_transcripts_of_reports() -> None:
    assert len(FILES) >= 5


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_report_goes_as_its_transcript_says(
    database_url: str, tmp_path: Path, file: Path
) -> None:
    written = _read(file)
    async with InChat(database_url, tmp_path, "problem-handling") as chat:
        for known in written.get("known", ()):
            await chat.knows(known["title"], known["service"], known["told"])
        played = [
            {"does": step["does"], **_seen(await _play(step["does"], chat))}
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


async def _play(does: Mapping[str, Any], chat: Chatting) -> Shown:
    """What stands last once they have done it."""
    match does:
        case {"says": text}:
            await chat.says(text)
            await chat.settled()
            return newest(chat.sian)
        case {"presses": label}:
            reference = _REFERENCE.search(newest(chat.sian).text)
            return await chat.presses(
                label.replace("REFERENCE", reference[0]) if reference else label
            )
        case {"staff": did, "text": text}:
            await chat.staff(await _newest_case(chat), _STAFF[did](text))
            return newest(chat.sian)
    return await _sends(does, chat)


async def _sends(does: Mapping[str, Any], chat: Chatting) -> Shown:
    before = max((each.message_id for each in chat.sian.screen), default=0)
    match does:
        case {"photo": caption}:
            await chat.sian.sends_photo(caption or None, content=photo())
        case {"album": caption}:
            await chat.sian.sends_album(*[photo()] * 3, caption=caption or None)
        case {"document": name}:
            await chat.sian.sends_document(name, content=pdf(), size=does.get("size"))
        case {"voice": seconds}:
            await chat.sian.sends_voice(seconds=seconds)
        case {"sticker": emoji}:
            await chat.sian.sends_sticker(emoji)
        case _:
            raise AssertionError(f"nobody can do {does}")
    await chat.sian.until(
        lambda: any(each.by_bot and each.message_id > before for each in chat.sian.screen),
        what=f"an answer to {does}",
    )
    await chat.settled()
    return newest(chat.sian)


async def _newest_case(chat: Chatting) -> Case:
    return (await chat.here.core.own_cases.of(chat.who))[0]


def _seen(shown: Shown) -> dict[str, Any]:
    """As it is read, with one reference for all."""
    text = _REFERENCE.sub("REFERENCE", shown.text)
    buttons = [[_REFERENCE.sub("REFERENCE", each) for each in row] for row in shown.buttons]
    return {"shown": text.split("\n"), "buttons": buttons}
