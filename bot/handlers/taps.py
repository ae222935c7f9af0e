"""Taps on buttons: each names what it is about, and is looked up before anything is believed."""

from collections.abc import Mapping
from typing import Any, Final

from aiogram.enums import ChatType
from pydantic import BaseModel, Field

from bot.access import may
from bot.callbacks import InvitationPress, Page, PagePress, Press, Pressed, decode, invitation_of
from bot.case_buttons import About, CasePress
from bot.commands import rule_of
from bot.handlers import adding, cases, inviting, joining, reporting
from bot.handlers.entering import enter
from bot.handlers.pressing import take
from bot.pages import already_answered, no_such_link, paragraphs
from bot.talk import Talk
from survey.domain.references import named_in
from survey.domain.turns import Speak
from survey.errors import AlreadyAnswered, NotFound, QuestionnaireClosed
from survey.locales import SPOKEN

_OF_ONE_CASE: Final = frozenset({About.JUDGE, About.RATE})


class Tapping(BaseModel):
    """Who tapped."""

    id: int
    language_code: str | None = None


class Place(BaseModel):
    """The chat of the message below which the button stands."""

    id: int
    type: str


class Below(BaseModel):
    """That message."""

    message_id: int
    chat: Place
    text: str = ""
    reply_to_message: dict[str, Any] | None = None


class Tap(BaseModel):
    """What we use of Telegram's CallbackQuery. Source: core.telegram.org/bots/api#callbackquery."""

    id: str
    from_user: Tapping = Field(alias="from")
    data: str | None = None
    message: Below | None = None


async def tapped(tap: Tap, talk: Talk) -> None:
    """One tap is one step; the engine decides what is asked next."""
    message = tap.message
    if message is not None and message.chat.type != ChatType.PRIVATE:
        await talk.screen.answer(tap.id, talk.say._("Please write to me in private."))
        return
    try:
        replied = message.reply_to_message if message else None
        press, below = decode(tap.data or ""), message.message_id if message else None
        if message and isinstance(press, CasePress) and press.action in _OF_ONE_CASE:
            # One message may tell of several cases: the buttons of the others are to stay.
            below = below if len(named_in(message.text)) < 2 else None
        toast = await _tap(press, talk, below, replied)
    except (NotFound, QuestionnaireClosed):
        toast = talk.say._("This button does not work any more. Send /survey to go on.")
    await talk.screen.answer(tap.id, toast)


async def _tap(
    press: Pressed | None, talk: Talk, message: int | None, replied: Mapping[str, Any] | None
) -> str:
    """What the person is told besides what the chat now shows; mostly nothing.

    Args:
        replied: the message of theirs that ours, with the button, answers.
    """
    if press is None or not await may(rule_of(press), talk):
        raise NotFound("button")
    match press:
        case PagePress(page=Page.SURVEY | Page.ANSWER_AGAIN as page, choice=key):
            await enter(talk, key, at=message, again=page is Page.ANSWER_AGAIN)
            return ""
        case PagePress(page=Page.LANGUAGE, choice=language):
            return await _speak(language, talk, message)
        case PagePress(page=Page.REPORT):
            await reporting.begin_replied(talk, message, replied)
            return ""
        case InvitationPress():
            return await inviting.press(press, talk, message)
        case PagePress():
            await _turn_page(press, talk, message)
            return ""
        case Press():
            return await take(press, talk, message)
        case CasePress():
            return await adding.press(press, talk, message, replied)


async def _turn_page(press: PagePress, talk: Talk, message: int | None) -> None:
    """Pages that need no words beside what they show. Raises: NotFound."""
    match press.page:
        case Page.MOVE_HERE:
            await _move_here(press.choice, talk, message)
        case Page.STAY_THERE:
            told = talk.say._("All right. Nothing has moved.")
            await talk.tell(paragraphs(told), instead_of=message)
        case Page.INVITATION:
            if (invitation := invitation_of(press.choice)) is None:
                raise NotFound("invitation")
            await inviting.show(invitation, talk, at=message)
        case Page.JOIN | Page.JOIN_INSTEAD as page:
            instead = page is Page.JOIN_INSTEAD
            await joining.join(press.choice, talk, message, instead=instead)
        case Page.FORGET:
            await joining.ask_to_forget(talk, message)
        case Page.FORGET_SURE:
            await joining.forget(talk, message)
        case Page.REPORTS | Page.SCHOOL as page:
            show = cases.send_school if page is Page.SCHOOL else cases.list_them
            await show(talk, at=message)
        case Page.NOTHING:
            await joining.leave_it(talk, message)


async def _move_here(token: str, talk: Talk, message: int | None) -> None:
    """Go on here with what was begun on the web; once, whoever taps first."""
    try:
        shown = await talk.take_over(token)
    except NotFound:
        here = await talk.open_conversation()
        if here is not None and (here.shown is None or here.message_id == message):
            # An earlier tap moved it, or the same one before a crash: its question stands here.
            await talk.show(here, at=message)
        else:
            await talk.tell(no_such_link(talk.say), instead_of=message)
    except AlreadyAnswered as refused:
        await talk.tell(already_answered(talk.say, refused), instead_of=message)
    else:
        await talk.show(shown, at=message)


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
            shown = await talk.step(shown, Speak(language))
        await talk.show(shown, at=message)
        return ""
    told = talk.say._("From now on I use %(language)s here.") % {"language": SPOKEN[language]}
    await talk.tell(paragraphs(told), instead_of=message)
    return talk.say._("This survey is not asked in that language.") if shown else ""
