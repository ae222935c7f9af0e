"""Taps on buttons: each names what it is about, and is looked up before anything is believed."""

from aiogram import Router
from aiogram.enums import ChatType
from aiogram.types import CallbackQuery

from bot.callbacks import Action, Page, PagePress, Press, decode, to_input
from bot.handlers.entering import enter
from bot.pages import paragraphs
from bot.rendering import changes, sure
from bot.sentences import speech
from bot.talk import Talk
from survey.domain.turns import ChooseUnit, Input, OverTurn, Resume, ReviewTurn, Speak, Stale
from survey.errors import NotFound, QuestionnaireClosed
from survey.locales import SPOKEN
from survey.services.conversations import Shown


async def tapped(query: CallbackQuery, talk: Talk) -> None:
    """One tap is one step; the engine decides what is asked next."""
    message = query.message
    if message is not None and message.chat.type != ChatType.PRIVATE:
        await talk.screen.answer(query.id, talk.say._("Please write to me in private."))
        return
    try:
        toast = await _tap(decode(query.data or ""), talk, message.message_id if message else None)
    except (NotFound, QuestionnaireClosed):
        toast = talk.say._("This button does not work any more. Send /survey to go on.")
    await talk.screen.answer(query.id, toast)


async def _tap(press: Press | PagePress | None, talk: Talk, message: int | None) -> str:
    """What the person is told besides what the chat now shows; mostly nothing."""
    match press:
        case PagePress(page=Page.SURVEY | Page.ANSWER_AGAIN as page, choice=key):
            await enter(talk, key, at=message, again=page is Page.ANSWER_AGAIN)
            return ""
        case PagePress(page=Page.LANGUAGE, choice=language):
            return await _speak(language, talk, message)
        case Press():
            return await _press(press, talk, message)
    raise NotFound("button")


async def _speak(language: str, talk: Talk, message: int | None) -> str:
    """Of this chat from now on, and of the survey that is open; its answers stay."""
    shown = await talk.open_conversation()
    spoken = shown.published.questionnaire.languages if shown else ()
    if language not in SPOKEN and language not in spoken:
        raise NotFound("language")
    if language in SPOKEN:
        await talk.choose(language=language)
    if shown is not None and language in spoken:
        if await talk.closed(shown) is None:
            shown = await talk.step(shown.conversation, Speak(language))
        await talk.show(shown, at=message)
        return ""
    told = talk.say._("From now on I use %(language)s here.") % {"language": SPOKEN[language]}
    await talk.tell(paragraphs(told), instead_of=message)
    return talk.say._("This survey is not asked in that language.") if shown else ""


async def _press(press: Press, talk: Talk, message: int | None) -> str:
    shown = await talk.resume(press.conversation)
    at = shown.message_id or message
    if closed := await talk.closed(shown):
        await talk.show(shown, at=at)
        return closed
    if isinstance(shown.turn, OverTurn):
        return _passed(shown, message)
    match press.action:
        case Action.MENU if isinstance(shown.turn, ReviewTurn) and press.choice.isdecimal():
            await talk.show(shown, at=at, view=changes(shown, shown.turn, int(press.choice)))
        case Action.ASK_CANCEL:
            await talk.show(shown, at=at, view=sure(shown))
        case Action.START_AGAIN if press.choice == str(shown.state.revision):
            await talk.throw_away(shown)
            await enter(talk, shown.state.questionnaire, at=at, again=True)
        case _:
            return await _take(press, talk, shown, message)
    return ""


async def _take(press: Press, talk: Talk, shown: Shown, message: int | None) -> str:
    """One step of the engine, shown unless the tap came too late."""
    at = shown.message_id or message
    try:
        shown = await talk.step(press.conversation, await _input(press, talk, shown))
    except QuestionnaireClosed:
        await talk.show(shown, at=at)
        return await talk.closed(shown) or ""
    toast = _passed(shown, message)
    if not toast or shown.shown != shown.state.revision:
        await talk.show(shown, at=at)
    return toast


async def _input(press: Press, talk: Talk, shown: Shown) -> Input:
    """Raises: NotFound, where the version has no such question or the body no such unit."""
    if press.action is Action.CHOOSE_UNIT:
        return ChooseUnit(await talk.core.conversations.unit(press.choice))
    if press.action in (Action.MENU, Action.START_AGAIN):
        return Resume()
    input_ = to_input(press, shown.published.questionnaire)
    if input_ is None:
        raise NotFound("button")
    return input_


def _passed(shown: Shown, message: int | None) -> str:
    """What is said to a tap whose time is over; empty where it was in time."""
    for event in shown.events:
        if isinstance(event, Stale):
            below = message is not None and message < (shown.message_id or 0)
            return speech(shown.state.language).passed(event, shown.turn, below=below)
    return ""


def setup() -> Router:
    router = Router(name=__name__)
    router.callback_query.register(tapped)
    return router
