"""Which handler an update reaches, and the `Talk` that it gets."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware, Bot, Dispatcher
from aiogram.types import TelegramObject, Update, User

from bot.handlers import commands, groups, taps, writing
from bot.pace import Pace
from bot.screen import Screen
from bot.talk import Handling, Talk
from survey.domain.records import Chat
from survey.wiring import Application

UPDATES = ("message", "edited_message", "callback_query")
"""The kinds of update that we ask Telegram for."""


class Talking(BaseMiddleware):
    """Gives handlers the `Talk` of whoever sent the update."""

    def __init__(
        self, core: Application, screen: Screen, pace: Pace, *, on_submission: Callable[[], None]
    ) -> None:
        self._core, self._screen, self._pace = core, screen, pace
        self._on_submission = on_submission

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        user: User | None = data.get("event_from_user")
        bot: Bot = data["bot"]
        handling: Handling | None = data.get("handling")
        if user is not None:
            chat = await self._core.begin.glances.chat(bot.id, user.id)
            data["talk"] = Talk(
                core=self._core,
                screen=self._screen,
                chat=chat or Chat(bot.id, user.id),
                newest=_newest(event),
                telegram_language=user.language_code,
                handling=handling,
                on_submission=self._on_submission,
                pace=self._pace,
            )
        return await handler(event, data)


def _newest(event: TelegramObject) -> int:
    """The id of the message that somebody wrote, 0 where they did something else."""
    if isinstance(event, Update) and event.message is not None:
        return event.message.message_id
    return 0


def create_dispatcher(
    core: Application, screen: Screen, *, on_submission: Callable[[], None]
) -> Dispatcher:
    """A new dispatcher; state is in the database, so aiogram keeps none."""
    dispatcher = Dispatcher(disable_fsm=True)
    pace = Pace(core.clock, screen.pause)
    dispatcher.update.outer_middleware(Talking(core, screen, pace, on_submission=on_submission))
    dispatcher.include_routers(groups.setup(), taps.setup(), commands.setup(), writing.setup())
    return dispatcher
