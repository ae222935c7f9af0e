"""The golden conversations of `tests/transcripts`, played by the engine itself.

To accept what the engine does now, set UPDATE_TRANSCRIPTS=1, run this file and read the difference.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from survey.domain.answers import to_json
from survey.domain.conversation import begin, step
from survey.domain.drafts import from_bytes, to_bytes
from survey.domain.form import Form
from survey.domain.turns import (
    CHECK,
    UNIT,
    Back,
    Cancel,
    Change,
    ChooseUnit,
    Decline,
    Done,
    FindUnit,
    Input,
    Moment,
    NoticeTurn,
    OverTurn,
    QuestionTurn,
    Read,
    Resume,
    ReviewTurn,
    Say,
    Skip,
    Speak,
    Sprint,
    Stale,
    Start,
    Submit,
    Submitted,
    Tick,
    Turn,
    UnitCandidate,
    UnitTurn,
)
from survey.domain.typed import folded
from tests.transcripts.format import (
    DETAILS,
    UNITS,
    Action,
    Seen,
    Transcript,
    Verb,
    differences,
    dump,
    load,
    play,
    transcripts,
    updated,
)

_PLAIN: dict[Verb, Input] = {
    Verb.START: Start(),
    Verb.DECLINE: Decline(),
    Verb.CANCEL: Cancel(),
    Verb.RESUME: Resume(),
}


class EnginePlayer:
    """Human actions as inputs of the engine; the state goes through a draft at every step."""

    tells = DETAILS

    def __init__(self) -> None:
        self._submitted: Submitted | None = None
        self._turns: dict[str, QuestionTurn] = {}
        self._checks: list[ReviewTurn] = []
        self._last: Input = Resume()

    async def begin(self, transcript: Transcript) -> Seen:
        self._form = Form.compile(transcript.expanded(), version=1)
        self._moment = Moment(transcript.today, transcript.organisation)
        unit = None
        if transcript.unit is not None:
            unit = UnitCandidate(transcript.unit, UNITS[transcript.unit])
        state = begin(self._form, language=transcript.language, unit=unit)
        return self._take(step(self._form, state, Resume(), self._moment))

    async def act(self, action: Action) -> Seen:
        self._last = self._last if action.verb is Verb.AGAIN else self._input(action)
        state = from_bytes(to_bytes(self._sprint.state))
        return self._take(step(self._form, state, self._last, self._moment))

    async def stored(self) -> Mapping[str, Any] | None:
        if self._submitted is None:
            return None
        return {
            "unit": self._submitted.unit,
            "language": self._submitted.language,
            "answers": {n: to_json(value) for n, value in self._submitted.answers.items()},
        }

    def _take(self, sprint: Sprint) -> Seen:
        self._sprint = sprint
        for event in sprint.events:
            if isinstance(event, Submitted):
                assert self._submitted is None
                self._submitted = event
        if isinstance(sprint.turn, QuestionTurn):
            self._turns[sprint.turn.name] = sprint.turn
        if isinstance(sprint.turn, ReviewTurn):
            self._checks.append(sprint.turn)
        return _seen(sprint)

    def _input(self, action: Action) -> Input:  # noqa: C901 - one line for each verb
        place, turn = action.of or _place(self._sprint.turn), self._sprint.turn
        match action.verb:
            case Verb.TYPE if isinstance(turn, UnitTurn):
                return FindUnit(action.word, _units_named(action.word))
            case Verb.CHOOSE if isinstance(turn, UnitTurn):
                return ChooseUnit(next(u for u in turn.candidates if u.name == action.word))
            case Verb.TYPE:
                return Say(place, action.word)
            case Verb.CHOOSE:
                return Say(place, self._option(place, action.word))
            case Verb.TICK | Verb.UNTICK:
                option = self._option(place, action.word)
                return Tick(place, option, on=action.verb is Verb.TICK)
            case Verb.DONE:
                return Done(place)
            case Verb.SKIP:
                return Skip(place)
            case Verb.READ:
                return Read(place)
            case Verb.BACK:
                return Back({"check": CHECK, "notice": None}.get(place, place))
            case Verb.CHANGE:
                return Change(action.word)
            case Verb.SEND:
                return Submit(turn.revision if isinstance(turn, ReviewTurn) else None)
            case Verb.SEND_OLD:
                return Submit(self._checks[0].revision)
            case Verb.LANGUAGE:
                return Speak(action.word)
            case _:
                return _PLAIN[action.verb]

    def _option(self, question: str, word: str) -> str:
        options = self._turns[question].options
        return next(o.name for o in options if word in (o.label, o.button, o.name))


def _units_named(text: str) -> tuple[UnitCandidate, ...]:
    return tuple(
        UnitCandidate(key, name) for key, name in UNITS.items() if folded(text) in folded(name)
    )


def _place(turn: Turn) -> str:
    match turn:
        case NoticeTurn():
            return "notice"
        case UnitTurn():
            return UNIT
        case QuestionTurn(name=name):
            return name
        case ReviewTurn():
            return "check"
        case OverTurn(phase=phase):
            return phase.value


def _seen(sprint: Sprint) -> Seen:
    turn = sprint.turn
    details: dict[str, Any] = {}
    stale = [event.reason for event in sprint.events if isinstance(event, Stale)]
    if stale:
        details["stale"] = stale[0]
    if not isinstance(turn, OverTurn) and turn.problem is not None:
        details["problem"] = turn.problem.code
    seen = Seen(_place(turn), details=details)
    match turn:
        case QuestionTurn():
            details |= {"label": turn.label, "ticked": list(turn.ticked)}
            details["given"] = to_json(turn.given)
            return replace(seen, number=turn.number, total=turn.total)
        case UnitTurn():
            details["offered"] = [candidate.name for candidate in turn.candidates]
        case ReviewTurn():
            details["lines"] = {line.label: line.shown for line in turn.lines}
    return seen


def _write(path: Path, transcript: Transcript) -> None:
    path.write_text(dump(transcript), encoding="utf-8")


@pytest.mark.parametrize("path", transcripts(), ids=lambda path: path.stem)
async def test_the_engine_plays_each_golden_conversation_as_it_is_written(path: Path) -> None:
    transcript = load(path)
    played = await play(transcript, EnginePlayer())
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        _write(path, updated(transcript, played))
        return

    assert list(differences(transcript, played)) == []


@pytest.mark.parametrize("path", transcripts(), ids=lambda path: path.stem)
def test_each_golden_conversation_is_written_as_an_update_would_write_it(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == dump(load(path))
