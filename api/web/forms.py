"""Posted forms read as what the engine takes.

A form says which turn it answers (`question`, `revision`) and what was pressed (`action`, or
`change` on the check page). Whether the answer is any good is for the engine; here only a form that
no page of ours sends is refused. Fields that a form does not need are ignored.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from api.web.fields import ANSWER, DATE_PARTS, Typed
from survey.domain.questionnaire import QuestionType
from survey.domain.turns import (
    CHECK,
    UNIT,
    Back,
    Cancel,
    Change,
    Decline,
    Input,
    Put,
    Read,
    Say,
    Skip,
    Speak,
    Start,
    Submit,
)
from survey.errors import FeedbackError

URLENCODED: Final = "application/x-www-form-urlencoded"

BODY_LIMIT: Final = 256 * 1024
"""Bytes of a posted form: 10,000 characters percent-encoded at 12 bytes each, and room."""

FIELD_LIMIT: Final = 300
"""Fields of a posted form: more than the choices of any list."""

_CODE: Final = re.compile(r"[a-z0-9_.-]{1,64}")

FIND_LIMIT: Final = 200
"""Characters of a unit's name that are looked for."""


class UnreadableForm(FeedbackError):
    """No form of ours posts this: another content type, or nothing that we know in it."""

    code = "unreadable_form"


class FormTooLong(FeedbackError):
    """The body is over `BODY_LIMIT` or `FIELD_LIMIT`; nothing of it was kept."""

    code = "form_too_long"


class ForeignForm(FeedbackError):
    """The post does not come from a page that we gave to this browser, or from an old one."""

    code = "foreign_form"


@dataclass(frozen=True, slots=True)
class UnitSought:
    """Part of a unit's name: the caller looks it up and gives the engine `FindUnit`."""

    text: str


@dataclass(frozen=True, slots=True)
class UnitPicked:
    """A unit's key, as posted: the caller looks it up and gives the engine `ChooseUnit`.

    `key` is empty where none was chosen; `sought` is what the list was looked up by, to offer it
    again with the problem "not_a_choice".
    """

    key: str
    sought: str = ""


@dataclass(frozen=True, slots=True)
class StartAgain:
    """Somebody else sits here, or another answer begins: the caller forgets what was answered."""


@dataclass(frozen=True, slots=True)
class ToTelegram:
    """The person wants to go on in chat."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """The person wants to go on here with what was taken to the chat."""


@dataclass(frozen=True, slots=True)
class FilesSent:
    """Files were chosen for this question, or none; the parts of the form hold them."""

    question: str


@dataclass(frozen=True, slots=True)
class FileRemoved:
    """One of the files that a question has is to go."""

    question: str
    file: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The same as a known problem is to be reported, by its id."""

    problem: str


Posted = (
    Input | UnitSought | UnitPicked | StartAgain | ToTelegram | TakeBack | FilesSent | FileRemoved
    | Joined
)  # fmt: skip


async def read_body(request: Request) -> FormData:
    """The fields of a posted form, in order.

    Raises:
        UnreadableForm: the content type is not that of a plain form.
        FormTooLong: more than the limits; what is over them is not read into memory.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != URLENCODED:
        raise UnreadableForm("content type")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise FormTooLong("body")
    return parse_body(bytes(body))


def parse_body(body: bytes) -> FormData:
    """Fields of a urlencoded body as UTF-8; bytes that are none become the replacement sign.

    Raises:
        FormTooLong: too many fields.
    """
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=FIELD_LIMIT,
        )
    except ValueError as error:
        raise FormTooLong("fields") from error
    return FormData(list[tuple[str, str | UploadFile]](pairs))


def read_input(form: FormData, types: Mapping[str, QuestionType]) -> Posted:
    """What the person did, as the engine takes it.

    Args:
        types: the type of each question of the version that is being answered.

    Raises:
        UnreadableForm: the form names no question or action that there is.
    """
    if changed := _text(form, "change"):
        return Change(changed)
    if problem := _text(form, "join"):
        return Joined(problem)
    action = _text(form, "action") or "answer"
    if action in _PLAIN:
        return _PLAIN[action]
    question = _text(form, "question")
    if question in types:
        return _about_question(action, question, types[question], form)
    match action:
        case "back":
            return Back(question if question in (UNIT, CHECK) else None)
        case "submit":
            return Submit(read_revision(form))
        case "speak":
            return Speak(_text(form, "language"))
        case "choose":
            return UnitPicked(_text(form, "unit"), _sought(form))
        case "find" | "answer" if "find" in form:
            return UnitSought(_sought(form))
        case _:
            raise UnreadableForm("action")


_PLAIN: Final[Mapping[str, Posted]] = {
    "start": Start(),
    "decline": Decline(),
    "restart": StartAgain(),
    "telegram": ToTelegram(),
    "take_back": TakeBack(),
    "cancel": Cancel(),
}


def _about_question(action: str, question: str, kind: QuestionType, form: FormData) -> Posted:
    if kind is QuestionType.FILE and (removed := _text(form, "remove")):
        return FileRemoved(question, removed)
    match action:
        case "answer" if kind is QuestionType.FILE:
            return FilesSent(question)
        case "answer":
            return _answer(question, kind, form)
        case "back":
            return Back(question)
        case "read":
            return Read(question)
        case "skip":
            return Skip(question)
        case _:
            raise UnreadableForm("action")


def read_revision(form: FormData) -> int | None:
    """The revision of the turn that the form belongs to; None where it names none."""
    text = _text(form, "revision")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def typed(form: FormData) -> Typed:
    """What was posted as the answer, to be shown again as it was typed."""
    kept: dict[str, tuple[str, ...]] = {}
    for name in (ANSWER, *(f"{ANSWER}-{part}" for part in DATE_PARTS)):
        values = tuple(value for value in form.getlist(name) if isinstance(value, str))
        if values:
            kept[name] = values
    return kept


def texts(form: FormData) -> tuple[str, ...]:
    """What was posted in the person's own words: no numbers and no names of choices."""
    posted = (text for values in typed(form).values() for text in values)
    return tuple(text for text in posted if text.strip() and not _CODE.fullmatch(text))


def _sought(form: FormData) -> str:
    return _text(form, "find").strip()[:FIND_LIMIT]


def _answer(question: str, kind: QuestionType, form: FormData) -> Input:
    match kind:
        case QuestionType.SELECT_MULTIPLE:
            ticks = (tick for tick in form.getlist(ANSWER) if isinstance(tick, str))
            return Put(question, tuple(dict.fromkeys(ticks)))
        case QuestionType.DATE:
            return Say(question, _date(form))
        case QuestionType.NOTE:
            return Read(question)
        case QuestionType.CALCULATE:
            raise UnreadableForm("question")
        case _:
            return Say(question, _text(form, ANSWER))


def _date(form: FormData) -> str:
    """The three fields joined as year-month-day; empty where all three are."""
    day, month, year = (_text(form, f"{ANSWER}-{part}").strip() for part in DATE_PARTS)
    return f"{year}-{month}-{day}" if day or month or year else ""


def _text(form: FormData, name: str) -> str:
    """The first value of a field, with one sign per line end; a browser sends two."""
    value = form.get(name)
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""
