"""The bot behind /chat, begun once the pages are up: aiogram takes seconds to import."""

import asyncio
from importlib import import_module

from bot.simulator.desk import Desk
from bot.worker import Worker
from survey.wiring import Application


async def simulate(core: Application, worker: Worker, desk: Desk) -> None:
    """Answer the chats of the demonstration until cancelled; pages are served meanwhile."""
    await asyncio.to_thread(import_module, "bot.simulator.process")
    from bot.simulator.process import run_simulator

    await run_simulator(core, worker, desk, channels=worker.channels)
