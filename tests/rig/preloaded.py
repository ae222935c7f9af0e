"""The names of what `tests.rig.preload` imports."""

from typing import Final

MODULES: Final = (
    "aiogram.methods",
    "aiosqlite",
    "anyio._backends._asyncio",
    "api.app",
    "apscheduler.executors.asyncio",
    "apscheduler.triggers.interval",
    "asyncpg",
    "bot.process",
    "bot.simulator.process",
    "fastapi.telemetry._runtime",
    "govuk_frontend_jinja",
    "jinja2.ext",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "tests.rig.program",
    "tests.rig.toy",
    "tests.support.entry",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
