"""The bot as part of a running program: start, poll, stop without losing anything."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from random import SystemRandom
from typing import Any, Final, Protocol

import structlog
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.base import BaseSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.types import BotCommand, Update

from bot.commands import menu
from bot.dispatcher import create_dispatcher
from bot.inbox import Inbox
from bot.poller import Poller, TokenRefused, backoff
from bot.screen import Screen, Sleep
from bot.sentences import Sentences
from bot.sweeper import Sweeper
from bot.talk import Handling
from bot.ticking import Job, Ticker
from survey.locales import SPOKEN
from survey.wiring import Application

_log = structlog.get_logger()

_DRAIN_SECONDS: Final = 15
_SWEEP: Final = timedelta(seconds=10)


class Nudged(Protocol):
    """Whoever wants to know that a response was submitted."""

    def nudge(self) -> None: ...


async def run_bot(
    core: Application,
    worker: Nudged,
    *,
    sleep: Sleep = asyncio.sleep,
    session: BaseSession | None = None,
) -> None:
    """Talk to people until cancelled; updates under way are finished first.

    `session` carries calls to Telegram in place of HTTP. Returns by itself only where Telegram
    refuses the token, which the log says.
    """
    settings = core.settings
    if session is None:
        api = TelegramAPIServer.from_base(settings.telegram_api_base.rstrip("/"))
        session = AiohttpSession(api=api)
    async with Bot(settings.telegram_token.get_secret_value(), session=session) as bot:
        try:
            await _introduce(bot, sleep)
            await _serve(core, worker, bot, sleep)
        except TokenRefused:
            _log.error(
                "telegram_token_refused",
                told="Telegram does not know this token: set TELLBACK_TELEGRAM_TOKEN and restart",
            )


async def _serve(core: Application, worker: Nudged, bot: Bot, sleep: Sleep) -> None:
    screen = Screen(bot, sleep=sleep)
    dispatcher = create_dispatcher(core, screen, on_submission=worker.nudge)

    async def apply(payload: Mapping[str, Any], handling: Handling) -> None:
        update = Update.model_validate(payload, context={"bot": bot})
        await dispatcher.feed_update(bot, update, handling=handling)

    inbox = Inbox(
        core.begin,
        core.keys,
        core.clock,
        core.settings.zone,
        bot=bot.id,
        apply=apply,
        sleep=sleep,
    )
    sweeper = Sweeper(core, screen, bot=bot.id)
    poller = Poller(bot, inbox, sleep=sleep, chance=SystemRandom().random)
    refused: TokenRefused | None = None
    async with Ticker([Job("sweeper", _SWEEP, sweeper.sweep)]), asyncio.TaskGroup() as tasks:
        applying = tasks.create_task(inbox.run())
        try:
            await poller.run()
        except TokenRefused as error:
            refused = error
        finally:
            inbox.stop()
            await _drained(applying)
    if refused:
        raise refused


async def _drained(applying: asyncio.Task[None]) -> None:
    """Wait for the updates under way; what does not end in time waits in the database."""
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            await applying
    except TimeoutError:
        _log.warning("drain_timed_out", seconds=_DRAIN_SECONDS)


async def _introduce(bot: Bot, sleep: Sleep) -> None:
    """Learn who we are and offer the menu in each language. Raises: TokenRefused."""
    failures = 0
    while True:
        try:
            await bot.me()
            for language in SPOKEN:
                offered = [
                    BotCommand(command=name, description=what)
                    for name, what in menu(Sentences(language)).items()
                ]
                code = None if language == "en" else language
                await bot.set_my_commands(offered, language_code=code)
        except (TelegramUnauthorizedError, TelegramNotFound) as refused:
            raise TokenRefused from refused
        except TelegramAPIError as error:
            failures += 1
            _log.warning("telegram_unreachable", error=type(error).__name__, failures=failures)
            await sleep(backoff(failures, SystemRandom().random()))
        else:
            return
