"""What a posted form does: looked up, given to the engine, stored.

The page of an answered question, reached by the browser's Back, changes that answer; so does the
page where a unit was chosen. Any other page that has passed changes nothing.
"""

from dataclasses import replace

from api.web import forms
from api.web.visits import Here
from survey.domain.turns import (
    UNIT,
    Change,
    ChooseUnit,
    FindUnit,
    Input,
    Phase,
    Problem,
    Put,
    QuestionTurn,
    Read,
    Resume,
    Say,
    Skip,
    Speak,
    Turn,
    UnitTurn,
)
from survey.errors import NotFound
from survey.locales import SPOKEN
from survey.services.shown import Shown


async def answer(here: Here, shown: Shown, posted: forms.Posted) -> Shown:
    """Apply what was posted to a conversation that is not over. Raises: as `apply`."""
    match posted:
        case forms.UnitSought(text):
            return await _sought(here, shown, text)
        case forms.UnitPicked(key, sought):
            try:
                unit = await here.app.conversations.unit(key)
            except NotFound:
                return await _pick_again(here, shown, sought)
            return await _apply(here, shown, ChooseUnit(unit))
        case (
            forms.StartAgain()
            | forms.ToTelegram()
            | forms.TakeBack()
            | forms.FilesSent()
            | forms.FileRemoved()
            | forms.Joined()
        ):
            return await _apply(here, shown, Resume())
        case _:
            return await _apply(here, shown, posted)


async def speak(here: Here, shown: Shown | None, language: str) -> Shown | None:
    """Another language: remembered for the visit, and for the conversation where one runs."""
    if language not in SPOKEN:
        return shown
    here.visitor = await here.web.visitors.keep(here.visitor, language=language)
    here.asked = None
    return shown and await _apply(here, shown, Speak(language))


async def start_again(here: Here) -> None:
    """Somebody else sits here: nothing that was answered can be reached by the old cookie."""
    await here.app.conversations.forget(here.owner)
    here.visitor = await here.web.visitors.forget(here.visitor)


async def look_back(here: Here, shown: Shown, place: str) -> Shown:
    """The page of something answered, to see or to change; where the person is, if it is none."""
    return await here.app.conversations.look(shown.conversation, Change(place), owner=here.owner)


def place_of(turn: Turn) -> str | None:
    """The question that a turn asks, or `UNIT`."""
    match turn:
        case QuestionTurn(name=name):
            return name
        case UnitTurn():
            return UNIT
        case _:
            return None


async def _apply(here: Here, shown: Shown, input_: Input) -> Shown:
    inputs = (*_revisiting(shown, input_), input_)
    return await here.app.conversations.apply(shown.conversation, *inputs, owner=here.owner)


def _revisiting(shown: Shown, input_: Input) -> tuple[Change, ...]:
    """The change of place that an answer to an earlier page needs first."""
    match input_:
        case Say(question=name) | Put(question=name) | Skip(question=name) | Read(question=name):
            revisits = name in shown.state.answers and place_of(shown.turn) != name
            return (Change(name),) if revisits else ()
        case FindUnit() | ChooseUnit():
            return () if shown.state.phase in (Phase.NOTICE, Phase.UNIT) else (Change(UNIT),)
        case _:
            return ()


async def _sought(here: Here, shown: Shown, text: str) -> Shown:
    found = await here.app.conversations.find_units(text) if text else ()
    return await _apply(here, shown, FindUnit(text, found))


async def _pick_again(here: Here, shown: Shown, sought: str) -> Shown:
    """Nothing of the list was chosen: the same list again, and what to do."""
    listed = await _sought(here, shown, sought)
    if not isinstance(listed.turn, UnitTurn) or not listed.turn.candidates:
        return listed
    return replace(listed, turn=replace(listed.turn, problem=Problem("not_a_choice")))
