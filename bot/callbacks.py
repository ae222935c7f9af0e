"""What a button carries: at most 64 bytes that name its conversation, question and choice.

A button lives for ever and can be forged, so nothing here is believed: the conversation is looked
up and must be the tapping person's, positions are looked up in the version that it answers, and
the engine refuses what has passed. Positions stand for names, which may be long.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID

from bot import case_buttons
from bot.case_buttons import CasePress
from survey.domain.questionnaire import Question, Questionnaire, QuestionType
from survey.domain.turns import (
    CHECK,
    UNIT,
    Back,
    Cancel,
    Change,
    Decline,
    Done,
    Input,
    Keep,
    Put,
    Read,
    Resume,
    Skip,
    Start,
    Submit,
    Tick,
)

MOST_BYTES: Final = 64
"""Of callback data. Source: core.telegram.org/bots/api#inlinekeyboardbutton."""


class Action(StrEnum):
    """What a button of a conversation does; its owner alone may."""

    START = "s"
    DECLINE = "n"
    ANSWER = "a"
    TICK = "t"
    UNTICK = "u"
    DONE = "d"
    SKIP = "k"
    READ = "r"
    CHOOSE_UNIT = "o"
    BACK = "b"
    MENU = "m"
    CHANGE = "c"
    SUBMIT = "x"
    ASK_CANCEL = "q"
    CANCEL = "z"
    SHOW = "w"
    START_AGAIN = "g"
    KEEP = "y"
    DROP = "j"
    TO_WEB = "e"
    TAKE_BACK = "h"
    SAME = "f"


class Page(StrEnum):
    """What a button outside any conversation does."""

    SURVEY = "survey"
    ANSWER_AGAIN = "again"
    LANGUAGE = "language"
    MOVE_HERE = "move"
    STAY_THERE = "stay"
    JOIN = "join"
    JOIN_INSTEAD = "joininstead"
    FORGET = "forget"
    FORGET_SURE = "forgetsure"
    NOTHING = "nothing"
    INVITATION = "invitation"
    REPORTS = "reports"
    REPORT = "report"
    SCHOOL = "school"


@dataclass(frozen=True, slots=True)
class Press:
    """A tap on a button of a conversation.

    `place` is a question's position in its version, "u" for the unit, "c" for the check page, or
    empty. `choice` is a choice's position, a point of a scale, a unit's key, a revision, the number
    of a page or a message, or the id of a known problem.
    """

    action: Action
    conversation: UUID
    place: str = ""
    choice: str = ""


class Asked(StrEnum):
    """What a button below an invitation does; whom it is for alone may press it."""

    START = "start"
    NOT_NOW = "notnow"
    HOUR = "hour"
    TOMORROW = "tomorrow"
    WEEK = "week"
    NEVER = "never"
    STOP = "stop"
    # Where they answer for a body.
    SHOW = "show"
    SAME = "same"
    HAND_ON = "handon"
    GIVE = "give"
    TAKE_BACK = "takeback"
    RECALL = "recall"


@dataclass(frozen=True, slots=True)
class InvitationPress:
    """A tap on a button below an invitation.

    `invitation` is its id in a message that was sent to whom it is for. Where somebody came by a
    link it is the token of that: who has joined in the chat does not tell then that it is theirs.
    `choice` is how the id of a colleague begins.
    """

    action: Asked
    invitation: UUID | str
    choice: str = ""


@dataclass(frozen=True, slots=True)
class PagePress:
    """A tap on a button of a page: which questionnaire, which language, which token."""

    page: Page
    choice: str


_ACTIONS: Final = frozenset(Action)
_UNIT_PLACE: Final = "u"
_CHECK_PLACE: Final = "c"
_PRESS: Final = re.compile(r"([a-z])([A-Za-z0-9_-]{22})([0-9]{1,4}|u|c)?(?::([a-z0-9_-]{1,40}))?")
_PAGE: Final = re.compile(rf"({'|'.join(Page)})/([A-Za-z0-9_-]{{1,48}})")
_INVITED: Final = re.compile(
    rf"({'|'.join(Asked)})\+([A-Za-z0-9_-]{{22}}|[A-Za-z0-9_-]{{43}})(?:~([0-9a-f]{{8}}))?"
)
_NAME_LENGTH: Final = 22


Pressed = Press | PagePress | InvitationPress | CasePress


def encode(press: Pressed) -> str:
    """As callback data: "a", the conversation in 22 characters, "3:5"."""
    if isinstance(press, CasePress):
        return case_buttons.encode(press)
    if isinstance(press, PagePress):
        return f"{press.page}/{press.choice}"
    if isinstance(press, InvitationPress):
        about = press.invitation
        named = _name(about) if isinstance(about, UUID) else about
        return f"{press.action}+{named}{'~' if press.choice else ''}{press.choice}"
    choice = f":{press.choice}" if press.choice else ""
    return f"{press.action}{_name(press.conversation)}{press.place}{choice}"


@lru_cache(maxsize=256)
def _name(conversation: UUID) -> str:
    """In 22 characters; all buttons of a message carry the same."""
    return urlsafe_b64encode(conversation.bytes).decode().rstrip("=")


def decode(data: str) -> Pressed | None:
    """What the data says, or None where no button of ours says so."""
    if (about_a_case := case_buttons.decode(data)) is not None:
        return about_a_case
    if matched := _PAGE.fullmatch(data):
        return PagePress(Page(matched[1]), matched[2])
    if matched := _INVITED.fullmatch(data):
        about = matched[2]
        known_by = _uuid(about) if len(about) == _NAME_LENGTH else about
        return InvitationPress(Asked(matched[1]), known_by, matched[3] or "")
    matched = _PRESS.fullmatch(data)
    if matched is None or matched[1] not in _ACTIONS:
        return None
    return Press(Action(matched[1]), _uuid(matched[2]), matched[3] or "", matched[4] or "")


def _uuid(name: str) -> UUID:
    return UUID(bytes=urlsafe_b64decode(f"{name}=="))


def invitation_page(invitation: UUID) -> PagePress:
    """The button that shows an invitation to whom it is for."""
    return PagePress(Page.INVITATION, _name(invitation))


def invitation_of(name: str) -> UUID | None:
    """The invitation that `invitation_page` named."""
    return _uuid(name) if re.fullmatch(r"[A-Za-z0-9_-]{22}", name) else None


def place_of(name: str, questionnaire: Questionnaire) -> str:
    """The place of a question's name, of `UNIT` or of `CHECK`."""
    if name in (UNIT, CHECK):
        return _UNIT_PLACE if name == UNIT else _CHECK_PLACE
    names = [question.name for question in questionnaire.questions]
    return str(names.index(name))


def choice_of(name: str, question: Question) -> str:
    """The choice that an `Option.name` stands for."""
    if question.type is QuestionType.SCALE:
        return name
    names = [choice.name for choice in question.closed_choices]
    return str(names.index(name))


def to_input(press: Press, questionnaire: Questionnaire) -> Input | None:
    """The engine's input, or None where the version has no such question or choice.

    Choosing a unit, starting again, changing the channel and the two local views (the list of
    answers to change, the question whether to throw all away) are the handler's.
    """
    match press.action:
        case Action.START:
            return Start()
        case Action.DECLINE:
            return Decline()
        case Action.CANCEL:
            return Cancel()
        case Action.SHOW:
            return Resume()
        case Action.SUBMIT:
            return Submit(int(press.choice)) if _is_number(press.choice) else None
        case Action.KEEP | Action.DROP:
            kept = press.action is Action.KEEP
            return Keep(int(press.choice), on=kept) if _is_number(press.choice) else None
        case Action.BACK | Action.CHANGE:
            name = _named(press.place, questionnaire)
            if name is None:
                return None
            return Back(name) if press.action is Action.BACK else Change(name)
        case _:
            return _about_question(press, questionnaire)


def _about_question(press: Press, questionnaire: Questionnaire) -> Input | None:
    question = _question(press.place, questionnaire)
    if question is None:
        return None
    match press.action:
        case Action.DONE:
            return Done(question.name)
        case Action.SKIP:
            return Skip(question.name)
        case Action.READ:
            return Read(question.name)
    choice = _choice(press.choice, question)
    if choice is None:
        return None
    match press.action:
        case Action.ANSWER:
            return Put(question.name, choice)
        case Action.TICK | Action.UNTICK if isinstance(choice, str):
            return Tick(question.name, choice, on=press.action is Action.TICK)
        case _:
            return None


def _named(place: str, questionnaire: Questionnaire) -> str | None:
    if place in (_UNIT_PLACE, _CHECK_PLACE):
        return UNIT if place == _UNIT_PLACE else CHECK
    question = _question(place, questionnaire)
    return question.name if question else None


def _question(place: str, questionnaire: Questionnaire) -> Question | None:
    if not _is_number(place) or int(place) >= len(questionnaire.questions):
        return None
    return questionnaire.questions[int(place)]


def _choice(choice: str, question: Question) -> str | int | None:
    """The choice's name, or a number, which the engine finds to be on the scale or not."""
    if question.type is QuestionType.SCALE:
        return int(choice) if _is_number(choice.removeprefix("-")) else None
    choices = question.closed_choices
    return choices[int(choice)].name if _is_number(choice) and int(choice) < len(choices) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10
