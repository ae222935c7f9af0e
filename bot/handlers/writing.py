"""What people write: an answer, part of a school's name, or something that cannot be one."""

from dataclasses import replace
from typing import Final

from aiogram import F, Router
from aiogram.types import Message

from bot.access import Rule
from bot.arriving import arrived, not_taken
from bot.callbacks import Action, Press, decode
from bot.handlers import adding, joining, reporting
from bot.handlers.entering import tell_where
from bot.handlers.pressing import take_words
from bot.pages import help_page, paragraphs
from bot.rendering import render
from bot.sentences import speech
from bot.talk import Talk
from survey.domain.questionnaire import QuestionType
from survey.domain.turns import (
    CHECK,
    Correct,
    FindUnit,
    OverTurn,
    QuestionTurn,
    ReviewTurn,
    Say,
    Stale,
    UnitTurn,
)
from survey.domain.typed import folded
from survey.domain.vernacular import consent
from survey.services.shown import Shown

_ANSWERING: Final = frozenset({Action.ANSWER, Action.TICK, Action.UNTICK})
"""Buttons whose words the engine reads itself."""


async def wrote(message: Message, talk: Talk) -> None:
    """Typed text presses the button of that name, answers the open question, or finds a unit."""
    text = message.text or ""
    shown = await talk.open_conversation()
    if await joining.typed(text, talk, surely=shown is None):
        return
    if await adding.chosen(message, talk):
        return
    if shown is None:
        if not await adding.waited_for(message, talk):
            await _nothing_open(talk)
        return
    if await talk.closed(shown) is None:
        if press := _named(text, shown):
            await take_words(press, talk, shown)
            return
        shown, hint = await _said(text, message.message_id, talk, shown)
        await reporting.show(shown, talk, message.message_id, *([hint] if hint else []))
    else:
        await talk.show(shown, at=None)


async def _nothing_open(talk: Talk) -> None:
    """What can be answered; who has just sent answers is told that nothing is added to them."""
    if away := await talk.away():
        await tell_where(talk, away, at=None)
        return
    listed = await talk.what_is_open()
    if await talk.has_just_sent():
        told = talk.say._("You have sent your answers, so I cannot add this to them.")
        listed = replace(listed, text=f"{paragraphs(told).text}\n\n{listed.text}")
    await talk.tell(listed)


def _named(text: str, shown: Shown) -> Press | None:
    """The button, moving about in the survey, that is called so in the message now shown."""
    if isinstance(shown.turn, UnitTurn):
        return None
    plain = folded(text)
    offered = shown.state.offered
    if offered and (agreed := consent(plain, shown.state.language)) is not None:
        action = Action.KEEP if agreed else Action.DROP
        return Press(action, shown.conversation, choice=str(offered.message))
    for button in (each for row in render(shown).rows for each in row):
        press = decode(button.data)
        if not isinstance(press, Press) or press.action in _ANSWERING:
            continue
        if folded(button.text.strip("‹› ")) == plain:
            return press
    return None


async def _said(text: str, message: int, talk: Talk, shown: Shown) -> tuple[Shown, str | None]:
    """Where the text leads, and what is said where it leads nowhere."""
    match shown.turn:
        case UnitTurn():
            candidates = await talk.standing.find(shown, text)
            return await talk.step(shown, FindUnit(text, candidates)), None
        case QuestionTurn(name=name, type=kind) if kind is not QuestionType.NOTE:
            return await talk.step(shown, Say(name, text, message)), None
        case ReviewTurn():
            shown = await talk.step(shown, Say(CHECK, text, message))
            if shown.state.offered is not None:
                return shown, None
    return shown, speech(shown.state.language)._("Please use the buttons here.")


async def unknown_command(_message: Message, talk: Talk) -> None:
    shown = await talk.open_conversation()
    account = await talk.has_account()
    await talk.tell(help_page(talk.say, open_survey=shown is not None, account=account))


async def something_else(message: Message, talk: Talk) -> None:
    """Photos, voice messages and documents are for a report; of stickers, places, polls nothing is
    kept."""
    say, taken = talk.say, arrived(message) is not None
    if taken and await adding.chosen(message, talk):
        return
    shown = await talk.open_conversation()
    if shown is not None and _makes_a_report(shown):
        await reporting.attach(message, talk, shown)
    elif shown is not None:
        text = say._("I can take text and taps on buttons only.")
        await talk.show(shown, at=None, hint=text)
    elif not taken:
        await talk.tell(paragraphs(not_taken(say)))
    elif not await adding.waited_for(message, talk):
        await reporting.begin_by(message, talk)


def _makes_a_report(shown: Shown) -> bool:
    return shown.published.questionnaire.becomes_case


async def edited(message: Message, talk: Talk) -> None:
    """A corrected message corrects the answer that came in it, as long as that is not sent.

    A place that is shared live is corrected all the time: nothing is said to that.
    """
    if message.text is None:
        return
    shown, say = await talk.open_conversation(), talk.say
    if shown is not None and await talk.closed(shown) is None:
        shown = await talk.step(shown, Correct(message.message_id, message.text))
        own = speech(shown.state.language)
        if not isinstance(shown.turn, OverTurn) and shown.turn.problem is not None:
            told = own.problem(shown.turn.problem, shown.turn)
            await talk.tell(paragraphs(told, own._("Your earlier answer stays.")))
            return
        if not any(isinstance(event, Stale) for event in shown.events):
            await talk.show(shown, at=shown.message_id, hint=own._("Your answer is corrected."))
            return
    await talk.tell(
        paragraphs(
            say._("I cannot see which answer you corrected, so nothing has changed."),
            say._("To change an answer, choose Back, or Change an answer before you send."),
        )
    )


def setup() -> Router:
    router = Router(name=__name__)
    anybody, owner = {"rule": Rule.ANYBODY}, {"rule": Rule.OWNER}
    router.message.register(unknown_command, F.text.startswith("/"), flags=anybody)
    router.message.register(wrote, F.text, flags=anybody)
    router.message.register(something_else, flags=anybody)
    router.edited_message.register(edited, flags=owner)
    return router
