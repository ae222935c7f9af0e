"""What each command does, at every point of a conversation."""

import re
from typing import Final

from aiogram import Router
from aiogram.filters import Command as Named
from aiogram.filters import CommandObject
from aiogram.types import Message

from bot.commands import (
    BACK,
    CANCEL,
    HELP,
    LANGUAGE,
    MYCASES,
    MYDATA,
    PRIVACY,
    REPORT,
    SIGNIN,
    SKIP,
    START,
    STOP,
    SURVEY,
    WEB,
)
from bot.handlers import cases, inviting, joining, reporting
from bot.handlers.entering import come_back, enter, tell_where
from bot.pages import (
    help_page,
    is_this_you,
    languages,
    no_such_link,
    paragraphs,
    privacy_page,
)
from bot.rendering import sure, to_web
from bot.sentences import speech
from bot.talk import Talk
from survey.domain.records import Channel
from survey.domain.turns import (
    Back,
    Cancel,
    Input,
    NoticeTurn,
    QuestionTurn,
    Skip,
)
from survey.errors import NotFound, QuestionnaireClosed
from survey.services.shown import Shown

_OPEN_LINK: Final = re.compile(r"s_([a-z][a-z0-9-]{0,39})")
_FROM_WEB: Final = re.compile(r"w_([A-Za-z0-9_-]{22,48})")


async def start(message: Message, command: CommandObject, talk: Talk) -> None:
    """Open the link that led here, or say what is open; after /stop it turns messages on."""
    if talk.chat.stopped:
        await talk.wish(asked=True)
    payload = command.args or ""
    if not payload:
        await survey(message, talk)
        return
    if moving := _FROM_WEB.fullmatch(payload):
        await _from_web(moving[1], talk)
        return
    for answers in (inviting.start, cases.start, joining.start):
        if await answers(payload, talk):
            return
    matched = _OPEN_LINK.fullmatch(payload)
    try:
        if matched is None:
            raise NotFound("link")
        await enter(talk, matched[1], at=None)
    except QuestionnaireClosed:
        assert matched is not None
        closed = await talk.closed_link(matched[1])
        await talk.tell(paragraphs(closed) if closed else no_such_link(talk.say))
    except NotFound:
        await talk.tell(no_such_link(talk.say))


async def _from_web(token: str, talk: Talk) -> None:
    """Nothing moves before the person says that it was them."""
    try:
        moving = await talk.core.handovers.look(token, to=Channel.CHAT, owner=talk.owner)
    except NotFound:
        await talk.tell(no_such_link(talk.say))
    else:
        organisation = talk.core.settings.organisation
        await talk.tell(is_this_you(talk.say, moving, token, organisation=organisation))


async def survey(_message: Message, talk: Talk) -> None:
    """Where the person is, at the bottom of the chat; else what is open."""
    shown = await talk.open_conversation()
    if shown is not None and await talk.closed(shown) is None:
        await come_back(talk, shown, at=None)
        return
    if shown is None and (away := await talk.away()):
        await tell_where(talk, away, at=None)
        return
    await talk.tell(await talk.what_is_open())


async def back(_message: Message, talk: Talk) -> None:
    if shown := await _here(talk):
        hint = None
        if isinstance(shown.turn, NoticeTurn):
            hint = speech(shown.state.language)._("This is the beginning.")
        await _step(talk, shown, Back(), hint=hint)


async def skip(_message: Message, talk: Talk) -> None:
    """Skip the open question; where it needs an answer, that is said with it."""
    if shown := await _here(talk):
        if isinstance(shown.turn, QuestionTurn):
            await _step(talk, shown, Skip(shown.turn.name))
        else:
            hint = speech(shown.state.language)._("There is no question to skip here.")
            await talk.show(shown, at=None, hint=hint)


async def cancel(_message: Message, talk: Talk) -> None:
    """Throw the answers away, once the person has said so twice where there are any."""
    if shown := await _here(talk):
        begun = not isinstance(shown.turn, NoticeTurn)
        if shown.state.answers or (begun and shown.state.unit):
            await talk.show(shown, at=None, view=sure(shown))
        else:
            await _step(talk, shown, Cancel())


async def web(_message: Message, talk: Talk) -> None:
    """A link that takes the answers so far to a browser."""
    if shown := await _here(talk):
        if await talk.closed(shown) is None:
            view = to_web(shown, await talk.link_to_web(shown))
            await talk.show(shown, at=None, view=view)
        else:
            await talk.show(shown, at=None)


async def language(_message: Message, talk: Talk) -> None:
    await talk.tell(languages(talk.say))


async def privacy(_message: Message, talk: Talk) -> None:
    """The promise of the open survey, else what holds for all."""
    shown = await talk.open_conversation()
    published = shown.published if shown else None
    survey = f"/s/{published.version.questionnaire}" if published else ""
    await talk.tell(
        privacy_page(
            talk.say,
            published.questionnaire.privacy if published else None,
            published.version.floor if published else talk.core.settings.floor,
            unit_remembered=talk.chat.unit is not None,
            notice=f"{talk.core.settings.base_url}{survey}/privacy",
        )
    )


async def stop(_message: Message, talk: Talk) -> None:
    await talk.wish(asked=False)
    say = talk.say
    await talk.tell(
        paragraphs(
            say._("You will get no more messages from us unless you write first."),
            say._("To get them again, send /start."),
        )
    )


async def help_(_message: Message, talk: Talk) -> None:
    shown = await talk.open_conversation()
    account = await talk.has_account()
    await talk.tell(help_page(talk.say, open_survey=shown is not None, account=account))


async def _here(talk: Talk) -> Shown | None:
    """The conversation that a command is about; says so where there is none."""
    shown = await talk.open_conversation()
    if shown is None and (away := await talk.away()):
        await tell_where(talk, away, at=None)
    elif shown is None:
        await talk.tell(paragraphs(talk.say._("No survey is open here. To begin, send /survey.")))
    return shown


async def _step(talk: Talk, shown: Shown, input_: Input, *, hint: str | None = None) -> None:
    if await talk.closed(shown) is None:
        shown = await talk.step(shown, input_)
    await talk.show(shown, at=None, hint=hint)


def setup() -> Router:
    """A new router each time: aiogram lets a router have one parent only."""
    router = Router(name=__name__)
    for command, handler in (
        (START, start),
        (SURVEY, survey),
        (REPORT, reporting.report),
        (MYCASES, cases.mycases),
        (BACK, back),
        (SKIP, skip),
        (CANCEL, cancel),
        (WEB, web),
        (LANGUAGE, language),
        (PRIVACY, privacy),
        (MYDATA, joining.my_data),
        (SIGNIN, joining.signin),
        (STOP, stop),
        (HELP, help_),
    ):
        router.message.register(handler, Named(command.name), flags={"rule": command.rule})
    return router
