"""What somebody sent, as a problem report takes it: a text, and files that Telegram still holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiogram.types import Message
from pydantic import ValidationError

from bot.sentences import Sentences
from bot.talk import Talk
from survey.domain.case_records import Coming
from survey.domain.file_kinds import MOST_AT_ONCE
from survey.domain.file_words import why_refused
from survey.domain.records import UpdateKey
from survey.errors import FileRefused

A_MOMENT: Final = 0.5
"""Seconds in which the next picture of an album comes, where there is one."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of theirs; of an album, all of it.

    `message` is the id of its first message, `updates` are the rows of the inbox that it came in.
    """

    message: int
    text: str = ""
    files: tuple[Coming, ...] = ()
    updates: tuple[UpdateKey, ...] = ()
    album: bool = False


def arrived(message: Message) -> Sent | None:
    """What came in this message alone; None where it is of a kind that no report takes."""
    text = message.text or message.caption or ""
    # An animation comes as a document too.
    taken = None if message.animation else _file(message)
    if taken is None and message.text is None:
        return None
    return Sent(message.message_id, text, (taken,) if taken else ())


def _file(message: Message) -> Coming | None:
    if message.photo:
        largest = max(message.photo, key=lambda each: each.width * each.height)
        return Coming("", largest.file_size or 0, largest.file_id)
    if voice := message.voice:
        return Coming("", voice.file_size or 0, voice.file_id)
    if document := message.document:
        return Coming(document.file_name or "", document.file_size or 0, document.file_id)
    if audio := message.audio:
        return Coming(audio.file_name or "", audio.file_size or 0, audio.file_id)
    return None


async def gathered(message: Message, talk: Talk) -> Sent | None:
    """The same, with the rest of its album, waited for as long as more of it comes.

    Raises: AlreadyApplied, where the message came with an earlier one.
    """
    first, handling = arrived(message), talk.handling
    own = (handling.key,) if handling else ()
    if first is None or message.media_group_id is None or handling is None:
        return _with(first, own, [])
    await talk.require_ours()
    rest: Sequence[tuple[UpdateKey, Sent]] = ()
    while len(rest) + 1 < MOST_AT_ONCE:
        await talk.screen.pause(A_MOMENT)
        more = _of_album(handling.later(), message.media_group_id)
        if len(more) == len(rest):
            break
        rest = more
    return _with(first, own, rest)


def replied_to(said: Mapping[str, Any] | None, talk: Talk) -> Sent | None:
    """The message of theirs that ours answers; None where that is gone, or is a part of more."""
    try:
        message = Message.model_validate(said) if said else None
    except ValidationError:
        return None
    if message is None or message.media_group_id is not None:
        return None
    own = (talk.handling.key,) if talk.handling else ()
    return _with(arrived(message), own, [])


def _of_album(
    later: Sequence[tuple[UpdateKey, Mapping[str, Any]]], album: str
) -> Sequence[tuple[UpdateKey, Sent]]:
    found = []
    for key, payload in later:
        said = payload.get("message")
        if not isinstance(said, Mapping) or said.get("media_group_id") != album:
            continue
        try:
            each = arrived(Message.model_validate(said))
        except ValidationError:
            continue
        if each is not None:
            found.append((key, each))
    return found


def _with(
    first: Sent | None,
    own: tuple[UpdateKey, ...],
    rest: Sequence[tuple[UpdateKey, Sent]],
) -> Sent | None:
    if first is None:
        return None
    parts = [first, *(each for _, each in rest)]
    return Sent(
        first.message,
        "\n".join(each.text for each in parts if each.text),
        tuple(file for each in parts for file in each.files),
        (*own, *(key for key, _ in rest)),
        album=len(parts) > 1,
    )


def not_taken(say: Sentences) -> str:
    """To whoever sends a sticker, a place, a contact, a poll."""
    return say._("I can take text, photo, voice or PDF.")


def refusals(say: Sentences, refused: Sequence[FileRefused]) -> list[str]:
    """Each file that was not kept, and why; several for the same reason once."""
    told = []
    for each in refused:
        why = why_refused(each.reason, say._)
        told.append(f"{each.name}: {why}" if each.name else why)
    return list(dict.fromkeys(told))
