"""Joining by a personal link or code, leaving, what is held, and the way to the pages of staff."""

import re
from typing import Final

from aiogram.types import Message

from bot import joining as pages
from bot.access import Rule, may
from bot.pages import no_such_link
from bot.talk import Talk
from survey.domain.joining import PAYLOAD, Slip, from_link, from_print
from survey.errors import NotFound, TooManyTries
from survey.services.tickets import PATH

_LINK: Final = re.compile(rf"{PAYLOAD}(.*)", re.DOTALL)
SIGN_IN: Final = "l_in"
"""What the bot is started with by whoever wants to sign in to the pages of staff."""


async def start(payload: str, talk: Talk) -> bool:
    """Answer a personal link, a code or a wish to sign in; False where it is none of these."""
    if payload == SIGN_IN:
        await sign_in(talk)
    elif link := _LINK.fullmatch(payload):
        await _offer(from_link(link[1]), talk)
    else:
        return await typed(payload, talk, surely=True)
    return True


async def typed(text: str, talk: Talk, *, surely: bool) -> bool:
    """Answer a typed code; False where it is none.

    Args:
        surely: it can hardly be anything else, so that a slip is told.
    """
    code = from_print(text)
    if isinstance(code, bytes):
        await _offer(code, talk)
    elif isinstance(code, Slip) and surely:
        await talk.tell(pages.slipped(talk.say, code))
    else:
        return False
    return True


async def _offer(secret: bytes | None, talk: Talk) -> None:
    """Nothing is used up before the person says that it is them."""
    try:
        if secret is None:
            raise NotFound("link")
        offered = await talk.look(secret)
    except NotFound:
        await talk.tell(no_such_link(talk.say))
    except TooManyTries as locked:
        await talk.tell(pages.too_many_tries(talk.say, locked.seconds))
    else:
        await talk.tell(pages.is_this_you(talk.say, offered, secret))


async def join(token: str, talk: Talk, message: int | None, *, instead: bool) -> None:
    """Yes, this is me: once, whoever taps first.

    Args:
        instead: they know that somebody else has joined in this chat.
    """
    try:
        secret = from_link(token)
        if secret is None:
            raise NotFound("link")
        offered = await talk.look(secret)
        if offered.instead_of is not None and not instead:
            view = pages.is_this_you(talk.say, offered, secret)
        else:
            view = pages.joined(talk.say, await talk.join(secret))
    except NotFound:
        # An earlier tap used it up, or the same one before a crash: who has joined is told so.
        member = await talk.member()
        view = pages.joined(talk.say, member) if member else no_such_link(talk.say)
    except TooManyTries as locked:
        view = pages.too_many_tries(talk.say, locked.seconds)
    await talk.tell(view, instead_of=message)


async def my_data(_message: Message, talk: Talk) -> None:
    """What is held about this chat and whoever has joined in it."""
    unit = await talk.standing.remembered()
    await talk.tell(
        pages.my_data(
            talk.say,
            talk.chat,
            await talk.member(),
            unit=unit.name if unit else None,
            begun=await talk.begun(),
        )
    )


async def ask_to_forget(talk: Talk, message: int | None) -> None:
    view = pages.forget_sure(talk.say, linked=talk.chat.person is not None)
    await talk.tell(view, instead_of=message)


async def forget(talk: Talk, message: int | None) -> None:
    await talk.leave()
    await talk.tell(pages.forgotten(talk.say), instead_of=message)


async def leave_it(talk: Talk, message: int | None) -> None:
    await talk.tell(pages.nothing_changed(talk.say), instead_of=message)


async def signin(_message: Message, talk: Talk) -> None:
    await sign_in(talk)


async def sign_in(talk: Talk) -> None:
    """A link that works once, to who has an account; others are told plainly."""
    person = talk.chat.person
    if person is None or not await may(Rule.ACCOUNT, talk):
        await talk.tell(pages.no_account(talk.say))
        return
    token = await talk.core.sign_in.chat_token(person)
    await talk.tell(pages.sign_in(talk.say, f"{talk.core.settings.base_url}{PATH}{token}"))
