"""What goes into the engine and what comes out: state, inputs, turns, events.

Both channels speak these types and nothing else. A turn holds texts of the questionnaire in the
person's language; the words around them (buttons, errors) are each channel's, by stable codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, Literal

from survey.domain.expressions import Value
from survey.domain.questionnaire import QuestionType

UNIT: Final = "unit"
"""Names the choice of a unit in `Back` and `Change`; no question may be called so."""

CHECK: Final = "*"
"""Names the check page in `Back`."""


class Phase(StrEnum):
    """How far a conversation has come; where among the questions is computed from the answers."""

    NOTICE = "notice"
    UNIT = "unit"
    ANSWERING = "answering"
    REVIEW = "review"
    SENT = "sent"
    DECLINED = "declined"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        return self in (Phase.SENT, Phase.DECLINED, Phase.CANCELLED)


@dataclass(frozen=True, slots=True)
class UnitCandidate:
    """A unit that the person may mean; `path` tells two of one name apart ("Schools › North")."""

    key: str
    name: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A text that no question took, until the person says whether it is their comment.

    `message` is the channel's number of the message that it came in.
    """

    text: str
    message: int


@dataclass(frozen=True, slots=True)
class State:
    """One half-finished set of answers; JSON in the database by `survey.domain.drafts`.

    `answers` holds None for a question that was skipped. Answers that fell off the path stay until
    submission; once the conversation is over, none are left. `looking_at` is a question that the
    person went back to or chose to change; without it, the question shown is the first on the path
    that is neither answered nor skipped. `ticked` holds the ticks of the open several-of question
    before Done. `changing` says that going back returns to where `Change` was chosen. `revision`
    counts the changes. `missed` is the open question, once a text was no answer to it. `offered` is
    what may become the comment. `written` has the message in which an answer was typed. `offers`
    are the units that the person stands for, where there are several to choose from. `reporter` is
    who reports a problem, where that is known: "person:ID", or the chat that it began in.
    """

    questionnaire: str
    version: int
    language: str
    phase: Phase = Phase.NOTICE
    revision: int = 0
    unit: UnitCandidate | None = None
    unit_fixed: bool = False
    answers: Mapping[str, Value] = field(default_factory=dict)
    looking_at: str | None = None
    ticked: tuple[str, ...] = ()
    changing: bool = False
    missed: str | None = None
    offered: Offered | None = None
    written: Mapping[str, int] = field(default_factory=dict)
    offers: tuple[UnitCandidate, ...] = ()
    reporter: str = ""


# --- inputs: each names the question that it answers, so a stale or doubled one changes nothing ---


@dataclass(frozen=True, slots=True)
class Start:
    """Read the notice and go on."""


@dataclass(frozen=True, slots=True)
class Decline:
    """Not now."""


@dataclass(frozen=True, slots=True)
class FindUnit:
    """Part of a unit's name; `candidates` were looked up by the caller, 8 of them are shown.

    Nothing is kept of it: the turn that it gives is shown once and the state stays.
    """

    text: str
    candidates: tuple[UnitCandidate, ...]


@dataclass(frozen=True, slots=True)
class ChooseUnit:
    """One of the units; `unit` was looked up by the caller and exists."""

    unit: UnitCandidate


@dataclass(frozen=True, slots=True)
class Say:
    """An answer as text: what was typed, a choice's name, or a number; parsed by the engine.

    A `message` says that it was typed freely, to `question` (or `CHECK`) for want of another: where
    that takes none of its kind, a longer text is offered as the comment.
    """

    question: str
    text: str
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """Whether the text offered from this message is the comment, or more of it; else it goes."""

    message: int
    on: bool = True


@dataclass(frozen=True, slots=True)
class Correct:
    """The text of a message was changed afterwards: so is the answer that came in it."""

    message: int
    text: str


@dataclass(frozen=True, slots=True)
class Put:
    """An answer that is already a value, as a form page gives it (several choices at once)."""

    question: str
    value: Value


@dataclass(frozen=True, slots=True)
class Attach:
    """One more file for the question that takes files, wherever the person is.

    They stay there, unless it is the question that is open: then it is answered. `file` is the id
    of what the caller has kept.
    """

    file: str


@dataclass(frozen=True, slots=True)
class Tick:
    """One choice of a several-of question; `on` is what its button offers: ticking or unticking.

    The button says which, so that a doubled tap does not take back what it did.
    """

    question: str
    choice: str
    on: bool = True


@dataclass(frozen=True, slots=True)
class Done:
    """The ticks of a several-of question are the answer."""

    question: str


@dataclass(frozen=True, slots=True)
class Skip:
    """No answer to this question; it takes an earlier answer away."""

    question: str


@dataclass(frozen=True, slots=True)
class Read:
    """A note was read."""

    question: str


@dataclass(frozen=True, slots=True)
class Back:
    """One step back from a question, from `UNIT` or from `CHECK`; None is wherever the person is.

    Answers stay. From the first question it leads to the unit or the notice; from a question that
    is being changed, to where the change was chosen.
    """

    question: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Change a given answer, or the `UNIT`; afterwards the person is back where they were."""

    question: str


@dataclass(frozen=True, slots=True)
class Submit:
    """Send; `revision` is that of the check page that the person saw, None for a command."""

    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """Throw the answers away."""


@dataclass(frozen=True, slots=True)
class Speak:
    """Go on in another language; answers stay."""

    language: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Show again where the person is (a return, a restart, a reload)."""


Input = (
    Start | Decline | FindUnit | ChooseUnit | Say | Keep | Correct | Put | Attach | Tick | Done
    | Skip | Read | Back | Change | Submit | Cancel | Speak | Resume
)  # fmt: skip


# --- turns: what the person is to be shown ---


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the last input was not taken: a stable code, words where the questionnaire has its own,
    and the text typed, so that it is kept on the page.

    Codes are those of `answers.Reason`, and "no_unit" (nothing found by this name), "too_much"
    (the answers together are longer than `limit` characters) and "too_many_steps". `again` says
    that the person was told so at this question before.
    """

    code: str
    message: str | None = None
    limit: str | None = None
    typed: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class NoticeTurn:
    """The first turn: who asks, why, how long, how private. Wording of privacy is the channel's.

    `questions` are those that everybody is asked, before the appended blocks, which ask `appended`
    more; with `branching`, some answers lead to further ones. `closes_on` is the last day of the
    wave that somebody was invited to.
    """

    title: str
    asked_by: str
    purpose: str
    minutes: int
    questions: int
    privacy: str
    licence: str | None
    languages: tuple[str, ...]
    appended: int = 0
    branching: bool = False
    problem: Problem | None = None
    closes_on: date | None = None


@dataclass(frozen=True, slots=True)
class UnitTurn:
    """Which school or department; at most 8 candidates, none before something was typed."""

    candidates: tuple[UnitCandidate, ...] = ()
    typed: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """A choice or scale point as shown: `name` is what `Say` or `Tick` sends back."""

    name: str
    label: str
    button: str
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class QuestionTurn:
    """One question. `number` of `total` count within the part; total is None where it would lie.

    A note is not counted: its number is 0. `given` is the answer so far (back or change), `ticked`
    the ticks so far. A scale with a label for every point has its `options` from the highest down;
    one with `labelled_ends` (lowest, highest) from the lowest up.
    """

    name: str
    type: QuestionType
    label: str
    hint: str
    required: bool
    options: tuple[Option, ...]
    number: int
    total: int | None
    given: Value = None
    ticked: tuple[str, ...] = ()
    labelled_ends: tuple[str, str] | None = None
    long: bool = False
    max_length: int | None = None
    part: str | None = None
    required_message: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One answer on the check page; `shown` is None for "Not provided", of `files` their number."""

    question: str
    label: str
    shown: str | None
    files: bool = False


@dataclass(frozen=True, slots=True)
class ReviewTurn:
    """Check your answers; `unit` is its name, `revision` what `Submit` names."""

    lines: tuple[ReviewLine, ...]
    unit: str | None
    unit_can_change: bool
    revision: int
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class OverTurn:
    """The end: sent (the use case adds the reference), declined, or thrown away."""

    phase: Phase


Turn = NoticeTurn | UnitTurn | QuestionTurn | ReviewTurn | OverTurn


# --- events: what happened, for the use case ---


@dataclass(frozen=True, slots=True)
class Answered:
    """The question was answered or skipped."""

    question: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """The answer to this question was changed where it stands."""

    question: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answers on the path, checked, without None: what becomes the response.

    `unit` is its key.
    """

    unit: str | None
    language: str
    answers: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Stale:
    """The input named a turn that has passed; nothing was changed.

    `reason` is "answered" (that one is done), "elsewhere" (another question is open), "over" or
    "revision" (the check page was an older one).
    """

    reason: Literal["answered", "elsewhere", "over", "revision"]


Event = Answered | Corrected | Submitted | Stale


@dataclass(frozen=True, slots=True)
class Sprint:
    """What one input led to."""

    state: State
    turn: Turn
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """What the engine is told of the world: today's date where people live, and who the body is."""

    today: date
    organisation: str
