"""Reporting a problem in chat: begun by a command, a button or a photo, with files at any time."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiogram.types import Message

from bot.arriving import Sent, gathered, not_taken, refusals, replied_to
from bot.handlers.entering import come_back
from bot.markup import View, above
from bot.pages import paragraphs
from bot.rendering import render, web_row
from bot.report_turns import report_turn
from bot.sentences import Sentences, speech
from bot.talk import Talk
from survey import report_words
from survey.domain.arriving import Arrived, looked_at
from survey.domain.questionnaire import QuestionType
from survey.domain.reporting import HAPPENED
from survey.domain.turns import Input, QuestionTurn, Say
from survey.errors import QuestionnaireClosed
from survey.services.shown import Shown


async def report(_message: Message, talk: Talk) -> None:
    await begin(talk, at=None)


async def begin(talk: Talk, *, at: int | None) -> None:
    """Start a report, or go on with the one that they began."""
    try:
        await come_back(talk, await talk.report(), at=at)
    except QuestionnaireClosed:
        await talk.tell(_closed(talk), instead_of=at)


async def begin_replied(talk: Talk, message: int | None, replied: Mapping[str, Any] | None) -> None:
    """A tap below our question: what it was about begins the report.

    Args:
        replied: the message of theirs that ours, with the button, answers.
    """
    sent = replied_to(replied, talk)
    if sent is None:
        await begin(talk, at=message)
        return
    await begin_with(sent, talk)
    if message is not None:
        await talk.retire(message, keep=False)


async def begin_by(message: Message, talk: Talk) -> None:
    """Start a report with a photo, a voice message or a document, of which words may be a part."""
    if (sent := await gathered(message, talk)) is not None:
        await begin_with(sent, talk)


async def begin_with(sent: Sent, talk: Talk) -> None:
    """Start a report with what they sent; only what is missing is asked."""
    given = {HAPPENED: sent.text} if sent.text else {}
    try:
        shown = await talk.report(given=given, at_once=True, files=sent.files, updates=sent.updates)
    except QuestionnaireClosed:
        await talk.tell(_closed(talk))
        return
    say = speech(shown.state.language)
    arrived = looked_at(HAPPENED, sent.text) if sent.text else None
    urgent = report_words.urgent(say._, talk.core.settings)
    await show(
        replace(shown, arrived=arrived or None), talk, sent.message, *urgent, *_told(say, shown)
    )


async def attach(message: Message, talk: Talk, shown: Shown) -> None:
    """Add what they sent to the report that they are making; words with it answer what is asked."""
    sent, say = await gathered(message, talk), speech(shown.state.language)
    if sent is None:
        await talk.show(shown, at=None, hint=not_taken(say))
        return
    turn, inputs, told = shown.turn, list[Input](), list[str]()
    if sent.text and isinstance(turn, QuestionTurn) and turn.type is QuestionType.TEXT:
        inputs.append(Say(turn.name, sent.text, sent.message))
    elif sent.text:
        told.append(say._("I cannot add what you wrote with it here: you can once it is sent."))
    shown = await talk.attach(shown, sent.files, sent.updates, *inputs)
    await show(shown, talk, sent.message, *_told(say, shown), *told)


async def show(shown: Shown, talk: Talk, message: int, *hints: str) -> None:
    """The turn after a text of theirs, with what was noticed in it.

    Words of danger are answered at once by a fixed text; a message with numbers that open money or
    records is deleted, as far as Telegram lets us, and the rest can be given on the web.
    """
    say, arrived = speech(shown.state.language), shown.arrived
    if arrived is None:
        await talk.show(shown, at=None, hint="\n".join(hints) or None)
        return
    if arrived.concerns:
        await talk.tell(paragraphs(*_help(talk, say, shown, arrived)))
    told = list(hints)
    if arrived.identifiers:
        leaves = arrived.leaves_the_chat and shown.published.questionnaire.becomes_case
        deleted = leaves and await talk.screen.remove(talk.chat.user, message)
        told.append(report_words.identified(say._, arrived.identifiers, deleted=deleted))
    hint = "\n".join(told) or None
    view = await report_turn(talk.core, shown, hint=None) or render(shown)
    if hint:
        view = above(hint, view)
    if arrived.leaves_the_chat and not any(web_row(shown)[0] in row for row in view.rows):
        view = replace(view, rows=(*view.rows, web_row(shown)))
    await talk.show(shown, at=None, view=view)


def _help(talk: Talk, say: Sentences, shown: Shown, arrived: Arrived) -> tuple[str, ...]:
    lines = report_words.help_lines(say._, talk.core.settings, arrived.concerns)
    becomes_case = shown.published.questionnaire.becomes_case
    return (*lines, report_words.routed(say._)) if becomes_case else lines


def _told(say: Sentences, shown: Shown) -> list[str]:
    """What is said of files that they have just sent."""
    told = refusals(say, shown.refused)
    if shown.attached:
        files = say.files(shown.attached)
        told.insert(0, say._("Added to your report: %(files)s.") % {"files": files})
    return told


def _closed(talk: Talk) -> View:
    return paragraphs(talk.say._("Problems cannot be reported here just now."))
