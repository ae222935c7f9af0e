"""What a button about a problem report carries, and the rows of buttons that any message may have.

As other buttons it lives for ever and can be forged: whose case it is, is asked at each press.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from bot.markup import Button, Row
from bot.sentences import Sentences
from survey.domain.cases import Verdict
from survey.domain.reporter_acts import BEST

Named = UUID | str
"""A case by its id, or by the token of its link."""


class About(StrEnum):
    """What a button does with a case; `CasePress.choice` says which, where there are several."""

    OPEN = "case"
    JUDGE = "judge"
    """`choice` is a `Verdict`."""
    RATE = "rate"
    """`choice` is a score from 1 to `BEST`."""
    ADD = "add"
    """The next message is for it."""
    PUT = "put"
    """The message that ours answers is for it."""
    TAKE_OVER = "takeover"
    HAND_ON = "pass"
    GIVE = "passto"
    """`choice` is how the id of a colleague begins."""


@dataclass(frozen=True, slots=True)
class CasePress:
    """A tap on a button about a case.

    `case` is its id in a message to whoever reported it; where somebody came by its link, the token
    of that.
    """

    action: About
    case: Named
    choice: str = ""


_DATA: Final = re.compile(
    rf"({'|'.join(About)})=([A-Za-z0-9_-]{{22}}|[A-Za-z0-9_-]{{43}})(?:~([a-z0-9_]{{1,12}}))?",
    re.ASCII,
)
_NAME_LENGTH: Final = 22


def encode(press: CasePress) -> str:
    """As callback data: "judge=", the case in 22 characters, "~not_fixed"; by its link in 43."""
    name = press.case
    if isinstance(name, UUID):
        name = urlsafe_b64encode(name.bytes).decode().rstrip("=")
    return f"{press.action}={name}{'~' if press.choice else ''}{press.choice}"


def decode(data: str) -> CasePress | None:
    """What the data says, or None where no button about a case says so."""
    matched = _DATA.fullmatch(data)
    if matched is None:
        return None
    name = matched[2]
    by_link = len(name) != _NAME_LENGTH
    case = name if by_link else UUID(bytes=urlsafe_b64decode(f"{name}=="))
    press = CasePress(About(matched[1]), case, matched[3] or "")
    # Of several names that decode to the same bytes, ours alone is one.
    return press if encode(press) == data else None


def judge(case: Named, verdict: Verdict) -> str:
    """Callback data: whether it is fixed."""
    return encode(CasePress(About.JUDGE, case, verdict.value))


def rate(case: Named, score: int) -> str:
    """Callback data: how it was handled, from 1 to `BEST`."""
    return encode(CasePress(About.RATE, case, str(score)))


def open_case(case: Named) -> str:
    """Callback data: show the case."""
    return encode(CasePress(About.OPEN, case))


def add_to(case: Named) -> str:
    """Callback data: the next message, with or without a file, is for this case."""
    return encode(CasePress(About.ADD, case))


def put_into(case: Named) -> str:
    """Callback data: what the message of this button answers is for this case."""
    return encode(CasePress(About.PUT, case))


def take_over(case: Named) -> str:
    """Callback data: stand in for the colleague who reported it."""
    return encode(CasePress(About.TAKE_OVER, case))


def hand_on(case: Named) -> str:
    """Callback data: choose the colleague who takes it over."""
    return encode(CasePress(About.HAND_ON, case))


def give(case: Named, colleague: UUID) -> str:
    """Callback data: this colleague takes it over."""
    return encode(CasePress(About.GIVE, case, begins(colleague)))


def begins(colleague: UUID) -> str:
    """How the id of a colleague begins: enough to tell those of one school apart."""
    return colleague.hex[:12]


# --- rows that several messages have ---


def verdict_row(say: Sentences, case: Named) -> Row:
    """Whether it is fixed, below the message that says so."""
    words = {
        Verdict.FIXED: say._("Fixed"),
        Verdict.PARTLY: say._("Partly"),
        Verdict.NOT_FIXED: say._("Not fixed"),
    }
    return tuple(Button(text, judge(case, verdict)) for verdict, text in words.items())


def rating_row(case: Named) -> Row:
    """From 1, badly, to 5, well: the message says so."""
    return tuple(Button(str(score), rate(case, score)) for score in range(1, BEST + 1))


def case_row(say: Sentences, case: Named) -> Row:
    """To see the whole case, and to add to it, below any message about it."""
    return (
        Button(say._("Add a note or photo"), add_to(case)),
        Button(say._("Show the report"), open_case(case)),
    )
