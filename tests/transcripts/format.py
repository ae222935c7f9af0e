"""Golden conversations: what a person does and what they are shown, in words for every channel.

A file of this folder holds one conversation. It speaks of human actions (choose by its label, type
a text, go back, change an answer, send), which a `Player` translates into its channel: inputs of
the engine, taps and messages, pages and buttons. Every channel must give the same route and store
the same answers.

    about: Somebody answers, goes back and sends.
    questionnaire: people-pulse          # a shipped one, or a whole questionnaire in its place
    language: en                         # and organisation, today, unit (known from a link)
    steps:
    - shown: notice
    - person: start
      shown: unit
    - person: {type: oak}                # part of a unit's name, or an answer
      shown: unit
      offered: [Oak Lodge, Oakfield Primary]
    - person: {choose: Oakfield Primary} # by label, button text or choice name
      shown: pride (1 of 8)              # the question; where the total is told, with it
    - person: {choose: Agree, of: pride} # on an earlier message or page, still to be seen
      shown: advocacy (2 of 8)
      stale: answered
    stored: {unit: oakfield, language: en, answers: {pride: 4}}

Actions without a word more: start, decline, done, skip, read, back, send, send_old (from an earlier
check page), cancel, resume, and again (the same tap twice). With one: type, choose, tick, untick,
change (a question, or unit), language.

`shown`, `problem` and `stale` are always compared; `label`, `offered`, `given`, `ticked` and
`lines` (of the check page) where the file has them. A conversation that types what a page only
lets one choose has the line `only: chat`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

import yaml

from survey.domain.expansion import expand
from survey.domain.loading import read
from survey.domain.questionnaire import Questionnaire
from survey.questionnaires import library

FOLDER: Final = Path(__file__).parent
ORGANISATION: Final = "Anytown Council"
TODAY: Final = date(2026, 11, 20)

UNITS: Final = {
    "education": "Education",
    "oak-lodge": "Oak Lodge",
    "oakfield": "Oakfield Primary",
    "st-marys": "St Mary's",
}
"""The units of the body in every transcript: key to name."""

DETAILS: Final = frozenset({"problem", "stale", "label", "offered", "given", "ticked", "lines"})
"""What a player may be able to tell beside the route."""

_ALWAYS: Final = frozenset({"problem", "stale"})


class Verb(StrEnum):
    START = "start"
    DECLINE = "decline"
    DONE = "done"
    SKIP = "skip"
    READ = "read"
    BACK = "back"
    SEND = "send"
    SEND_OLD = "send_old"
    CANCEL = "cancel"
    RESUME = "resume"
    AGAIN = "again"
    TYPE = "type"
    CHOOSE = "choose"
    TICK = "tick"
    UNTICK = "untick"
    CHANGE = "change"
    LANGUAGE = "language"


_WITH_A_WORD: Final = frozenset(
    {Verb.TYPE, Verb.CHOOSE, Verb.TICK, Verb.UNTICK, Verb.CHANGE, Verb.LANGUAGE}
)


@dataclass(frozen=True, slots=True)
class Action:
    """What the person does; `of` names an earlier question whose message or page they use."""

    verb: Verb
    word: str = ""
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the person then has before them.

    `place` is "notice", "unit", a question's name, "check", "sent", "declined" or "cancelled".
    """

    place: str
    number: int | None = None
    total: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """As the file has it; where the total is not told, no channel needs to count."""
        return self.place if self.total is None else f"{self.place} ({self.number} of {self.total})"


@dataclass(frozen=True, slots=True)
class Step:
    """One action (none for the first) and what is expected of it, as the file has it."""

    action: Action | None
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Transcript:
    """One conversation; `stored` is None where nothing may have been stored.

    `only` is the channel that can play it, where not all can.
    """

    name: str
    about: str
    only: str | None
    questionnaire: str | Mapping[str, Any]
    language: str
    organisation: str
    today: date
    unit: str | None
    steps: tuple[Step, ...]
    stored: Mapping[str, Any] | None

    def expanded(self) -> Questionnaire:
        """The questionnaire as it is answered, with the shipped services."""
        if isinstance(self.questionnaire, str):
            source = library.shipped()[self.questionnaire]
        else:
            source = yaml.safe_dump(dict(self.questionnaire), allow_unicode=True, sort_keys=False)
        written = read(source, name=f"{self.name}.yaml").questionnaire
        return expand(written, services=library.services(), blocks=library.blocks())


class Player(Protocol):
    """One channel, playing one conversation."""

    tells: frozenset[str]
    """Which of `DETAILS` it can see."""

    async def begin(self, transcript: Transcript) -> Seen:
        """Open the conversation and look at its first turn."""

    async def act(self, action: Action) -> Seen:
        """Do as the person does."""

    async def stored(self) -> Mapping[str, Any] | None:
        """What was submitted, as JSON: {"unit", "language", "answers"}; None if nothing was."""


@dataclass(frozen=True, slots=True)
class Played:
    """What a player saw after each step, and what was stored at the end."""

    seen: tuple[Seen, ...]
    stored: Mapping[str, Any] | None


async def play(transcript: Transcript, player: Player) -> Played:
    """Play a transcript to its end, whatever is shown meanwhile."""
    seen = [await player.begin(transcript)]
    seen += [await player.act(step.action) for step in transcript.steps if step.action]
    return Played(tuple(seen), await player.stored())


def differences(
    transcript: Transcript, played: Played, *, tells: frozenset[str] = DETAILS
) -> Iterator[str]:
    """Where a conversation went another way than its transcript, a line for each."""
    for number, (step, seen) in enumerate(zip(transcript.steps, played.seen, strict=True), 1):
        if step.expected.get("shown") != seen.shown:
            yield f"step {number}: shown {seen.shown}, not {step.expected.get('shown')}"
        for name in sorted((_ALWAYS | step.expected.keys()) & tells):
            wanted, found = step.expected.get(name), seen.details.get(name)
            if wanted != found:
                yield f"step {number}: {name} {found!r}, not {wanted!r}"
    if played.stored != transcript.stored:
        yield f"stored {played.stored}, not {transcript.stored}"


def updated(transcript: Transcript, played: Played) -> Transcript:
    """The transcript with what was seen in the place of what it expected."""
    steps = []
    for step, seen in zip(transcript.steps, played.seen, strict=True):
        named = [name for name in step.expected if name in DETAILS]
        named += [name for name in sorted(_ALWAYS) if name not in named]
        details = {name: seen.details.get(name) for name in named}
        kept = {name: value for name, value in details.items() if value is not None}
        steps.append(replace(step, expected={"shown": seen.shown, **kept}))
    return replace(transcript, steps=tuple(steps), stored=played.stored)


# --- files ---


def transcripts() -> Sequence[Path]:
    """Every transcript of the folder."""
    return sorted(FOLDER.glob("*.yaml"))


def load(path: Path) -> Transcript:
    """Read a transcript.

    Raises:
        ValueError: it is not of the format; the message names the step.
        KeyError: it has no `about`, `questionnaire` or `steps`.
    """
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    transcript = Transcript(
        name=path.stem,
        about=written.pop("about"),
        only=written.pop("only", None),
        questionnaire=written.pop("questionnaire"),
        language=written.pop("language", "en"),
        organisation=written.pop("organisation", ORGANISATION),
        today=written.pop("today", TODAY),
        unit=written.pop("unit", None),
        steps=tuple(
            _step(path.name, number, step)
            for number, step in enumerate(written.pop("steps"), start=1)
        ),
        stored=written.pop("stored", None),
    )
    if written:
        raise ValueError(f"{path.name}: unknown words {', '.join(written)}")
    return transcript


def _step(file: str, number: int, written: Mapping[str, Any]) -> Step:
    expected = dict(written)
    person = expected.pop("person", None)
    unknown = expected.keys() - DETAILS - {"shown"}
    if unknown or (person is None) != (number == 1):
        raise ValueError(f"{file}, step {number}: {', '.join(unknown) or 'who acts?'}")
    try:
        return Step(None if person is None else _action(person), expected)
    except ValueError as wrong:
        raise ValueError(f"{file}, step {number}: {wrong}") from None


def _action(written: str | Mapping[str, str]) -> Action:
    if isinstance(written, str):
        action = Action(Verb(written))
        if action.verb in _WITH_A_WORD:
            raise ValueError(f"{written} what?")
        return action
    rest = dict(written)
    of = rest.pop("of", None)
    [(verb, word)] = rest.items()
    # YAML reads an unquoted 4 as a number and an unquoted yes as true.
    if not isinstance(word, str):
        raise ValueError(f"put {word!r} in quotation marks")
    return Action(Verb(verb), word, of)


def dump(transcript: Transcript) -> str:
    """The file that `load` reads, in one form only, so that updates differ where they change."""
    written: dict[str, Any] = {
        "about": transcript.about,
        **({"only": transcript.only} if transcript.only else {}),
        "questionnaire": transcript.questionnaire,
        "language": transcript.language,
    }
    if transcript.organisation != ORGANISATION:
        written["organisation"] = transcript.organisation
    if transcript.today != TODAY:
        written["today"] = transcript.today
    if transcript.unit is not None:
        written["unit"] = transcript.unit
    written["steps"] = [
        {**({"person": _written(step.action)} if step.action else {}), **step.expected}
        for step in transcript.steps
    ]
    if transcript.stored is not None:
        written["stored"] = transcript.stored
    return yaml.safe_dump(written, allow_unicode=True, sort_keys=False, width=100)


def _written(action: Action) -> str | dict[str, str]:
    if not action.word and action.of is None:
        return action.verb.value
    done = {action.verb.value: action.word}
    return done if action.of is None else {**done, "of": action.of}
