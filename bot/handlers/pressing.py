"""What a button of a conversation does, whether it was tapped or its words were typed."""

from uuid import UUID

from bot.callbacks import Action, Press, to_input
from bot.handlers.entering import enter, tell_where
from bot.pages import already_answered
from bot.rendering import changes, sure, to_web
from bot.sentences import speech
from bot.talk import Talk
from survey.domain.turns import ChooseUnit, Input, OverTurn, Resume, ReviewTurn, Stale
from survey.errors import AlreadyAnswered, NotFound, QuestionnaireClosed, WaveClosed
from survey.services.shown import Shown


async def take(press: Press, talk: Talk, message: int | None) -> str:
    """Do what a tap on a button of this message asks; what is said besides, mostly nothing.

    Raises: NotFound, where the conversation is not theirs or has no such question or choice.
    """
    if press.action is Action.TAKE_BACK:
        return await _take_back(press, talk, message)
    try:
        shown = await talk.resume(press.conversation)
    except NotFound:
        away = await talk.away()
        if away is None or away.conversation != press.conversation:
            raise
        await tell_where(talk, away, at=message)
        return ""
    return await _press(press, talk, shown, message, at=shown.message_id or message)


async def _take_back(press: Press, talk: Talk, message: int | None) -> str:
    """Go on here with what was taken to the web. Raises: NotFound."""
    try:
        shown = await talk.take_back(press.conversation)
    except AlreadyAnswered as refused:
        await talk.tell(already_answered(talk.say, refused), instead_of=message)
        return ""
    await talk.show(shown, at=message)
    return ""


async def take_words(press: Press, talk: Talk, shown: Shown) -> None:
    """The same for a button whose words were typed; the next turn is shown below them."""
    await _press(press, talk, shown, None, at=None)


async def _press(
    press: Press, talk: Talk, shown: Shown, message: int | None, *, at: int | None
) -> str:
    if closed := await talk.closed(shown):
        await talk.show(shown, at=at)
        return closed
    if isinstance(shown.turn, OverTurn):
        return _passed(shown, message)
    match press.action:
        case Action.MENU if isinstance(shown.turn, ReviewTurn) and press.choice.isdecimal():
            await talk.show(shown, at=at, view=changes(shown, shown.turn, int(press.choice)))
        case Action.TO_WEB:
            await talk.show(shown, at=at, view=to_web(shown, await talk.link_to_web(shown)))
        case Action.ASK_CANCEL:
            await talk.show(shown, at=at, view=sure(shown))
        case Action.SAME:
            return await _same(press, talk, shown, at=at)
        case Action.START_AGAIN if press.choice == str(shown.state.revision):
            await talk.throw_away(shown)
            await enter(talk, shown.state.questionnaire, at=at, again=True)
        case _:
            return await _step(press, talk, shown, message, at=at)
    return ""


async def _same(press: Press, talk: Talk, shown: Shown, *, at: int | None) -> str:
    """The problem is known: theirs is added to it, and the report that they began ends."""
    try:
        case = await talk.core.reports.join(
            UUID(press.choice),
            talk.reporter,
            unit=shown.state.unit.key if shown.state.unit else "",
            language=shown.state.language,
            conversation=shown.conversation,
            owner=talk.owner,
            update=talk.unsettled,
        )
    except (NotFound, ValueError):
        await talk.show(shown, at=at)
        return speech(shown.state.language)._("This problem is over. Please report yours.")
    talk.had_its_effect()
    await talk.show(await talk.resume(shown.conversation), at=at)
    await talk.attend(case.id.hex)
    return ""


async def _step(
    press: Press, talk: Talk, shown: Shown, message: int | None, *, at: int | None
) -> str:
    """One step of the engine, shown unless the tap came too late."""
    try:
        shown = await talk.step(shown, await _input(press, talk, shown))
    except (QuestionnaireClosed, WaveClosed):
        shown = await talk.resume(shown.conversation)
        await talk.show(shown, at=at)
        return await talk.closed(shown) or ""
    except AlreadyAnswered as refused:
        # By another way, meanwhile: these answers are of no more use.
        await talk.throw_away(shown)
        await talk.tell(already_answered(talk.say, refused), instead_of=at)
        return ""
    toast = _passed(shown, message)
    if at is None:
        await talk.show(shown, at=None, hint=toast or None)
    elif not toast or shown.shown != shown.state.revision:
        await talk.show(shown, at=at)
    return toast


async def _input(press: Press, talk: Talk, shown: Shown) -> Input:
    """Raises: NotFound, where the version has no such question or the body no such unit."""
    if press.action is Action.CHOOSE_UNIT:
        return ChooseUnit(await talk.standing.unit(shown, press.choice))
    if press.action in (Action.MENU, Action.START_AGAIN, Action.TO_WEB):
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
