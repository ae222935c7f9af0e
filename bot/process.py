"""The bot as part of a running program: start, poll, stop without losing anything."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from random import SystemRandom
from typing import Any, Final, Protocol

import structlog
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BotCommand

from bot.commands import menu
from bot.dispatcher import UPDATES, Handlers
from bot.fetching import Fetching
from bot.handling import Handling
from bot.hearing import Hearing
from bot.inbox import Inbox
from bot.mailbox import Mailbox
from bot.pacing import Pacer
from bot.poller import Poller, TokenRefused, backoff
from bot.refusals import Meaning, asked_to_wait, meaning_of
from bot.screen import Screen, Sleep
from bot.sentences import Sentences
from bot.session import Session
from bot.simulator.session import BOT as SIMULATED
from bot.state import BotState, Trouble
from bot.sweeper import Sweeper
from bot.tallying import CallsTallied
from bot.ticking import Job, Ticker, jobs_tallied
from bot.webhook import Webhook
from survey.errors import LeaseLost
from survey.locales import SPOKEN
from survey.settings import TelegramMode
from survey.wiring import Application

_log = structlog.get_logger()

_DRAIN_SECONDS: Final = 15
_SWEEP: Final = timedelta(seconds=10)
_PACE: Final = timedelta(seconds=0.25)
_FETCH: Final = timedelta(seconds=2)


class Nudged(Protocol):
    """Whoever wants to know that a response was submitted."""

    def nudge(self) -> None: ...


async def run_bot(
    core: Application,
    worker: Nudged,
    *,
    sleep: Sleep = asyncio.sleep,
    session: BaseSession | None = None,
    mailbox: Mailbox | None = None,
    state: BotState | None = None,
    pacer: Pacer | None = None,
) -> None:
    """Talk to people until cancelled; updates under way are finished first.

    Returns by itself only where Telegram refuses the token, which the log says.

    Args:
        session: carries calls to Telegram in place of HTTP.
        mailbox: where the API of this process puts updates, which wakes the bot.
        state: what others may see of how the bot fares.
        pacer: hears of each message, so that those of campaigns give way.
    """
    settings = core.settings
    state = state or BotState()
    session = session or Session(settings.telegram_api_base)
    session.middleware(CallsTallied(core.tally))
    async with Bot(settings.telegram_token.get_secret_value(), session=session) as bot:
        hearing = Hearing(core, state, bot=bot.id)
        try:
            await _introduce(bot, sleep)
            await _give_up_others(core, bot)
            await _serve(core, worker, bot, sleep, mailbox, state, hearing, pacer)
        except TokenRefused:
            hearing.badly(Trouble.TOKEN_REFUSED)


async def _serve(
    core: Application,
    worker: Nudged,
    bot: Bot,
    sleep: Sleep,
    mailbox: Mailbox | None,
    state: BotState,
    hearing: Hearing,
    pacer: Pacer | None,
) -> None:
    screen = Screen(bot, sleep=sleep, pacer=pacer)
    handlers = Handlers(core, screen, bot, on_submission=worker.nudge)

    async def apply(payload: Mapping[str, Any], handling: Handling) -> None:
        if not any(kind in payload for kind in UPDATES):
            state.ignored += 1
            return
        await handlers.handle(payload, handling)

    inbox = Inbox(core, bot=bot.id, apply=apply, sleep=sleep, mailbox=mailbox)
    sweeper = Sweeper(core, screen, bot=bot.id, turn=inbox.turn)
    refused: TokenRefused | None = None
    fetching = Fetching(bot)
    jobs = [
        Job("sweeper", _SWEEP, sweeper.sweep),
        Job("fetch", _FETCH, lambda: fetched(core, fetching)),
    ]
    if pacer is not None:
        jobs.append(Job("pace", _PACE, pacer.flush))
    async with (
        Ticker(jobs, ended=jobs_tallied(core)) as ticker,
        asyncio.TaskGroup() as tasks,
    ):
        hearing.on_taps_lost = lambda: ticker.nudge("sweeper")
        applying = tasks.create_task(inbox.run())
        try:
            await _receive(core, bot, inbox, hearing, sleep)
        except TokenRefused as error:
            refused = error
        finally:
            inbox.stop()
            await _drained(applying)
    if refused:
        raise refused


async def fetched(core: Application, fetching: Fetching, *, here: bool = False) -> None:
    """Get the files that people sent, until none is left that can be had now.

    With `here`, those that a demonstration's own chat took.
    """
    while await core.attachments.fetch(fetching.get, here=here):
        pass


async def _receive(
    core: Application, bot: Bot, inbox: Inbox, hearing: Hearing, sleep: Sleep
) -> None:
    """Get updates until cancelled: one process fetches them, or Telegram sends them to the API.

    Raises: TokenRefused.
    """
    chance = SystemRandom().random
    if core.settings.telegram_mode is TelegramMode.WEBHOOK:
        await Webhook(bot, core.settings, hearing, sleep=sleep, chance=chance).run()
    poller = Poller(bot, inbox, sleep=sleep, chance=chance, hearing=hearing)
    while True:
        with suppress(LeaseLost):
            await core.leases.alone(f"poller:{bot.id}", lambda _: poller.run())


async def _drained(applying: asyncio.Task[None]) -> None:
    """Wait for the updates under way; what does not end in time waits in the database."""
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            await applying
    except TimeoutError:
        _log.warning("drain_timed_out", seconds=_DRAIN_SECONDS)


async def _give_up_others(core: Application, bot: Bot) -> None:
    """With another token, what waits for the bot of the old one is nobody's. Raises: Busy."""
    async with core.begin() as work:
        parked = await work.inbox.park_others({bot.id, SIMULATED}, code="other_bot")
        await work.commit()
    if parked:
        _log.error("updates_of_another_bot", parked=parked)


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
        except TelegramAPIError as error:
            if meaning_of(error) is Meaning.TOKEN:
                raise TokenRefused from error
            failures += 1
            _log.warning("telegram_unreachable", error=type(error).__name__, failures=failures)
            pause = backoff(failures, SystemRandom().random())
            await sleep(asked_to_wait(error) or pause)
        else:
            return
