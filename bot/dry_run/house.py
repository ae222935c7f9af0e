"""The throw-away world of a dry run: a folder, a database in it, and time that is turned.

Nothing in it leads out: there is no token, no mail server and no address of anybody. Units,
services and the questionnaire are copied in; people are not.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from analytics.figures import Figures, open_figures
from survey.ports import Leases
from survey.settings import Settings
from survey.wiring import Application, RandomIds, SystemChance, World, open_application


@dataclass(slots=True)
class TurnedClock:
    """Stands where it was set."""

    time: datetime

    def now(self) -> datetime:
        return self.time

    async def lease_now(self, leases: Leases) -> datetime:  # noqa: ARG002 (the port's)
        return self.time

    def elapsed(self) -> float:
        return self.time.timestamp()


@dataclass(frozen=True, slots=True)
class House:
    """The application of one dry run."""

    core: Application
    figures: Figures
    clock: TurnedClock


@asynccontextmanager
async def house_like(real: Application) -> AsyncIterator[House]:
    """An application with the settings of this one that concern a survey, and none that reach out.

    Its folder is gone on leaving, with all that is in it.
    """
    clock = TurnedClock(real.clock.now())
    with TemporaryDirectory(prefix="tellback-dry-run-") as folder:
        settings = _closed_in(real.settings, Path(folder))
        world = World(clock, RandomIds(), SystemChance(), clock.elapsed)
        async with open_application(settings, world) as core, open_figures(core) as figures:
            await _furnish(core, real)
            yield House(core, figures, clock)


def _closed_in(settings: Settings, folder: Path) -> Settings:
    nothing = SecretStr("")
    return settings.model_copy(
        update={
            "database_url": f"sqlite:///{folder / 'dry-run.sqlite'}",
            "key_dir": folder / "keys",
            "files_dir": folder / "files",
            "s3_bucket": "",
            "s3_secret_access_key": nothing,
            "secret_key": SecretStr(token_urlsafe(32)),
            "secret_key_previous": nothing,
            "telegram_token": nothing,
            "telegram_webhook_secret": nothing,
            "bot_username": "",
            "smtp_url": nothing,
            "mail_from": "",
            "metrics_token": nothing,
            "oidc_issuer": "",
            "oidc_client_secret": nothing,
        }
    )


async def _furnish(core: Application, real: Application) -> None:
    async with real.begin.read() as work:
        units = await work.organisation.units()
        services = await work.organisation.services()
    async with core.begin() as work:
        await work.organisation.put_units(units)
        await work.organisation.put_services(services)
        await work.commit()
