"""Which handler an update reaches, and the `Talk` that it gets.

Most updates are taps. Of those we read ourselves what we use: aiogram would first make models of
the whole message that Telegram sends with each, keyboard and all.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, Final

from aiogram import BaseMiddleware, Bot, Dispatcher
from aiogram.dispatcher.flags import get_flag
from aiogram.types import TelegramObject, Update, User

from bot.access import Rule, may
from bot.handlers import commands, groups, taps, writing
from bot.handling import Handling
from bot.joining import no_account
from bot.pace import Pace
from bot.screen import Screen
from bot.talk import Talk
from survey.domain.records import Chat
from survey.wiring import Application

UPDATES: Final = ("message", "edited_message", "callback_query")
"""The kinds of update that we ask Telegram for."""

_TAP: Final = "callback_query"
_WRITTEN: Final = ("message", "edited_message")

During = Callable[[Talk], AbstractContextManager[object]]


class Handlers:
    """One bot's handlers; state is in the database, so nothing is kept here of a conversation."""

    def __init__(
        self,
        core: Application,
        screen: Screen,
        bot: Bot,
        *,
        on_submission: Callable[[], None],
        during: During = nullcontext,
    ) -> None:
        """`during` is entered around each talk."""
        self._core, self._screen, self._bot = core, screen, bot
        self._on_submission, self._during = on_submission, during
        self._pace = Pace(core.clock, screen.pause)
        self._dispatcher = Dispatcher(disable_fsm=True)
        self._dispatcher.update.outer_middleware(_Talking(self._talk, during))
        for written in (self._dispatcher.message, self._dispatcher.edited_message):
            written.middleware(_Ruled())
        self._dispatcher.include_routers(groups.setup(), commands.setup(), writing.setup())

    async def handle(self, payload: Mapping[str, Any], handling: Handling) -> None:
        """Do what the update, as Telegram sent it, asks for.

        Raises: pydantic.ValidationError, where it is none; what handlers raise.
        """
        if _TAP in payload and not any(kind in payload for kind in _WRITTEN):
            tap = taps.Tap.model_validate(payload[_TAP])
            user = tap.from_user
            talk = await self._talk(user.id, user.language_code, handling)
            with self._during(talk):
                await taps.tapped(tap, talk)
            return
        update = Update.model_validate(payload, context={"bot": self._bot})
        await self._dispatcher.feed_update(self._bot, update, handling=handling)

    async def _talk(
        self, user: int, language: str | None, handling: Handling | None, newest: int = 0
    ) -> Talk:
        found = await self._core.begin.glances.chat(self._bot.id, user)
        chat = found or Chat(self._bot.id, user)
        if chat.unreached:
            async with self._core.begin() as work:
                await work.chats.heard_from(chat.bot, chat.user)
                await work.commit()
            chat = replace(chat, unreached=False)
        return Talk(
            core=self._core,
            screen=self._screen,
            chat=chat,
            newest=newest,
            telegram_language=language,
            handling=handling,
            on_submission=self._on_submission,
            pace=self._pace,
        )


class _Talking(BaseMiddleware):
    """Gives handlers the `Talk` of whoever sent the update."""

    def __init__(self, talk: Callable[..., Awaitable[Talk]], during: During) -> None:
        self._talk, self._during = talk, during

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        user: User | None = data.get("event_from_user")
        if user is None:
            return await handler(event, data)
        talk = data["talk"] = await self._talk(
            user.id, user.language_code, data.get("handling"), _newest(event)
        )
        with self._during(talk):
            return await handler(event, data)


class _Ruled(BaseMiddleware):
    """Lets a handler of messages work for those whom its rule names."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        talk: Talk | None = data.get("talk")
        rule = Rule(get_flag(data, "rule"))
        if rule is Rule.IN_GROUPS or (talk is not None and await may(rule, talk)):
            return await handler(event, data)
        if talk is not None:
            await talk.tell(no_account(talk.say))
        return None


def _newest(event: TelegramObject) -> int:
    """The id of the message that somebody wrote, 0 where they did something else."""
    if isinstance(event, Update) and event.message is not None:
        return event.message.message_id
    return 0
