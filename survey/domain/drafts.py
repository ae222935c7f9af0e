"""A conversation's state as compact JSON bytes, and back.

    {"format":1,"questionnaire":"people-pulse","version":2,"language":"en","phase":"answering",
     "revision":3,"unit":["oakfield","Oakfield Primary",""],"answers":{"pride":4,"leadership":null}}

What has its default is left out. A date and a decimal are kept as {"date": "2026-03-07"} and
{"decimal": "1.50"}, so that a draft can be read without its questionnaire.
"""

import json
from dataclasses import fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from survey.domain.expressions import Value
from survey.domain.turns import Offered, Phase, State, UnitCandidate
from survey.errors import DraftUnreadable

FORMAT: Final = 1


def to_bytes(state: State) -> bytes:  # noqa: C901 - one line for each field
    """The state as UTF-8 JSON; equal states give equal bytes."""
    draft: dict[str, Any] = {
        "format": FORMAT,
        "questionnaire": state.questionnaire,
        "version": state.version,
        "language": state.language,
        "phase": state.phase.value,
        "revision": state.revision,
    }
    if state.unit:
        draft["unit"] = [state.unit.key, state.unit.name, state.unit.path]
    if state.unit_fixed:
        draft["unit_fixed"] = True
    if state.answers:
        draft["answers"] = {name: _kept(value) for name, value in state.answers.items()}
    if state.looking_at is not None:
        draft["looking_at"] = state.looking_at
    if state.ticked:
        draft["ticked"] = list(state.ticked)
    if state.changing:
        draft["changing"] = True
    if state.missed is not None:
        draft["missed"] = state.missed
    if state.offered:
        draft["offered"] = [state.offered.text, state.offered.message]
    if state.written:
        draft["written"] = dict(state.written)
    if state.offers:
        draft["offers"] = [[each.key, each.name, each.path] for each in state.offers]
    if state.reporter:
        draft["reporter"] = state.reporter
    return json.dumps(draft, ensure_ascii=False, separators=(",", ":")).encode()


def from_bytes(content: bytes) -> State:
    """The state that `to_bytes` wrote.

    Raises:
        DraftUnreadable: another format number, or not what `to_bytes` writes.
    """
    try:
        draft = json.loads(content)
        found = draft.pop("format")
        if found == FORMAT:
            return _state(draft)
    except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation) as damage:
        # Not chained: what json or Decimal say of it may hold an answer.
        raise DraftUnreadable(f"damaged draft: {type(damage).__name__}") from None
    raise DraftUnreadable(f"draft of format {found!r}, and this program reads {FORMAT}")


def _state(draft: dict[str, Any]) -> State:
    if not draft.keys() <= {field.name for field in fields(State)}:
        raise ValueError("unknown field")
    unit, offered = draft.get("unit"), draft.get("offered")
    return State(
        questionnaire=draft["questionnaire"],
        version=draft["version"],
        language=draft["language"],
        phase=Phase(draft["phase"]),
        revision=draft["revision"],
        unit=UnitCandidate(*unit) if unit else None,
        unit_fixed=draft.get("unit_fixed", False),
        answers={name: _read(raw) for name, raw in draft.get("answers", {}).items()},
        looking_at=draft.get("looking_at"),
        ticked=tuple(draft.get("ticked", ())),
        changing=draft.get("changing", False),
        missed=draft.get("missed"),
        offered=Offered(*offered) if offered else None,
        written=draft.get("written", {}),
        offers=tuple(UnitCandidate(*each) for each in draft.get("offers", ())),
        reporter=draft.get("reporter", ""),
    )


def _kept(value: Value) -> Any:
    match value:
        case tuple():
            return list(value)
        case Decimal():
            return {"decimal": str(value)}
        case date():
            return {"date": value.isoformat()}
        case _:
            return value


def _read(raw: Any) -> Value:
    match raw:
        case list():
            return tuple(raw)
        case {"decimal": str(written)}:
            return Decimal(written)
        case {"date": str(written)}:
            return date.fromisoformat(written)
        case str() | int() | None:
            return raw
        case _:
            raise ValueError("unknown value")
