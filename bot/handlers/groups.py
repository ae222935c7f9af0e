"""Groups and channels: nothing of a survey is ever said there."""

from aiogram import Bot, F, Router
from aiogram.filters import Command as Named
from aiogram.types import Message

from bot.access import Rule
from bot.commands import COMMANDS
from bot.pace import Reply
from bot.pages import paragraphs
from bot.talk import Talk


async def asked_in_a_group(message: Message, bot: Bot, talk: Talk) -> None:
    """A polite way out, to a command only: a group's talk is not ours to answer."""
    if await talk.may_reply() is Reply.NOT_AT_ALL:
        return
    me = await bot.me()
    told = talk.say._("I ask my questions in private. Write to me: @%(name)s")
    await talk.screen.mention(message.chat.id, paragraphs(told % {"name": me.username}))


async def said_in_a_group() -> None:
    """Nothing is answered."""


def setup() -> Router:
    router = Router(name=__name__)
    flags = {"rule": Rule.IN_GROUPS}
    commands = Named(*(each.name for each in COMMANDS))
    router.message.register(asked_in_a_group, commands, flags=flags)
    router.message.register(said_in_a_group, flags=flags)
    router.edited_message.register(said_in_a_group, flags=flags)
    router.message.filter(F.chat.type != "private")
    router.edited_message.filter(F.chat.type != "private")
    return router
