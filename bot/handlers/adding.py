"""What people write or send to a problem report: a reply to our message, or what it waits for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from aiogram.types import Message

from bot import cases as pages
from bot.arriving import Sent, gathered, refusals, replied_to
from bot.case_buttons import About, CasePress, Named
from bot.handlers import cases
from bot.handlers.cases import around, attended, whose
from bot.pages import paragraphs
from bot.talk import Talk
from survey import report_words
from survey.domain.arriving import looked_at
from survey.domain.cases import Case
from survey.errors import FieldsRejected, NotFound, TooManyTries

_HEX: Final = 32


async def chosen(message: Message, talk: Talk) -> bool:
    """Add it to the case that it answers, or that they chose last; False where there is none."""
    known_by = await _answered(message, talk) or _attended(talk)
    if known_by is None:
        return False
    sent = await gathered(message, talk)
    return sent is not None and await put(sent, known_by, talk)


async def waited_for(message: Message, talk: Talk) -> bool:
    """Add it to the case that waits for them; with several, or none that waits, ask for which.

    False where they have no open case.
    """
    own = [each for each in await talk.core.own_cases.of(talk.reporter) if each.state.open]
    if not own:
        return False
    sent = await gathered(message, talk)
    if sent is None:
        return False
    waiting = [each for each in own if each.state.answered_for]
    if len(waiting) == 1:
        return await put(sent, waiting[0].id, talk)
    await _ask(sent, waiting or own, talk)
    return True


async def _ask(sent: Sent, of: Sequence[Case], talk: Talk) -> None:
    """Below what they sent, so that the tap brings it along; an album must come once more."""
    view = pages.which(talk.say, of, await around(talk), again=sent.album)
    await talk.tell(view, about=sent.message)


async def put(sent: Sent, known_by: Named, talk: Talk) -> bool:
    """Add what they sent to this case, and say so; False where it is not theirs (any more)."""
    own_cases = talk.core.own_cases
    try:
        case, who = await whose(known_by, talk)
        updates = sent.updates if talk.unsettled else ()
        mark = f"{talk.owner}:{sent.message}"
        received = await own_cases.send(
            case, sent.text, sent.files, who=who, updates=updates, mark=mark
        )
    except (NotFound, TooManyTries):
        await talk.attend(None)
        return False
    except FieldsRejected:
        told = talk.say._("This message is too long. Please send it in two parts.")
        await talk.tell(paragraphs(told))
        return True
    if talk.handling:
        talk.handling.taken = max(0, len(sent.updates) - 1)
    await talk.attend(attended(known_by))
    noticed = await _noticed(sent, received.case.link, talk)
    view = pages.added(
        talk.say,
        received.case,
        await around(talk),
        known_by=known_by,
        anything=bool(sent.text) or len(received.refused) < len(sent.files),
        notes=[*refusals(talk.say, received.refused), *noticed],
    )
    await talk.tell(view)
    return True


async def _noticed(sent: Sent, link: UUID, talk: Talk) -> list[str]:
    """What is said of numbers of people in a text; words of danger are answered at once."""
    arrived, say = looked_at("", sent.text), talk.say
    if arrived.concerns:
        lines = report_words.help_lines(say._, talk.core.settings, arrived.concerns)
        await talk.tell(paragraphs(*lines))
    if not arrived.identifiers:
        return []
    leaves = arrived.leaves_the_chat
    deleted = leaves and await talk.screen.remove(talk.chat.user, sent.message)
    told = [report_words.identified(say._, arrived.identifiers, deleted=deleted)]
    if leaves:
        token = talk.core.case_links.token(link)
        address = f"{talk.core.settings.base_url}/case/{token}"
        told.append(say._("The page of your report: %(address)s") % {"address": address})
    return told


async def press(
    pressed: CasePress, talk: Talk, message: int | None, replied: Mapping[str, Any] | None
) -> str:
    """Do what a button about a case asks; what is said besides, mostly nothing.

    Args:
        replied: the message of theirs that ours, with the button, answers.
    """
    if pressed.action is not About.PUT:
        return await cases.press(pressed, talk, message)
    try:
        await _put_replied(pressed.case, talk, message, replied)
    except (NotFound, TooManyTries):
        return cases.works_no_more(talk)
    return ""


async def _put_replied(
    known_by: Named, talk: Talk, message: int | None, said: Mapping[str, Any] | None
) -> None:
    """A tap below our question brings along what it was about.

    Raises: NotFound, TooManyTries.
    """
    sent = replied_to(said, talk)
    if sent is None:
        case, who = await whose(known_by, talk)
        own = await talk.core.own_cases.get(case, who)
        await talk.attend(attended(known_by))
        await talk.tell(pages.send_now(talk.say, own.case), instead_of=message)
    elif not await put(sent, known_by, talk):
        raise NotFound("case")
    elif message is not None:
        await talk.retire(message, keep=False)


async def _answered(message: Message, talk: Talk) -> UUID | None:
    """The case that a message of ours is about, which they answer by Telegram's reply."""
    ours = message.reply_to_message
    if ours is None or ours.from_user is None or not ours.from_user.is_bot:
        return None
    text = ours.text or ours.caption or ""
    return await talk.core.own_cases.meant(talk.reporter, message=ours.message_id, text=text)


def _attended(talk: Talk) -> Named | None:
    about = talk.attends
    if about is None:
        return None
    return UUID(about) if len(about) == _HEX else about
