"""`tellback db upgrade|check|rebuild-counts|backup|restore|hold|release`."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.running import refusals, refuse, run
from survey.db import backup as copies
from survey.db import migrate
from survey.settings import make_own_folder, read_settings
from survey.wiring import Application

app = typer.Typer(
    help="The database: bring it up to date, check it, back it up.", no_args_is_help=True
)


@app.command()
def upgrade() -> None:
    """Bring the database to this version."""
    with refusals():
        settings = read_settings()
        make_own_folder(settings)
        migrate.upgrade(settings.database_url)
    typer.echo("The database is up to date.")


@app.command()
def check() -> None:
    """Say whether the database is at this version, and where it differs from it."""
    with refusals():
        differences = migrate.check(read_settings().database_url)
    if differences:
        refuse(differences, "Run `tellback db upgrade`.")
    typer.echo("The database is up to date.")


@app.command("rebuild-counts")
def rebuild_counts(
    questionnaire: Annotated[
        str | None, typer.Argument(help="One questionnaire; without it, every one.")
    ] = None,
) -> None:
    """Count responses anew: what the figures are made from."""

    async def work(core: Application) -> int:
        keys = (
            [questionnaire]
            if questionnaire
            else [row.row.key for row in await core.catalogue.all()]
        )
        return sum([await core.responses.rebuild_counts(key) for key in keys])

    typer.echo(f"{run(work)} responses counted.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to write the copy.")]) -> None:
    """Copy the database to a file while it is in use. Keys are not part of it."""
    with refusals("Nothing was written."):
        copies.back_up(read_settings().database_url, file)
    typer.echo(f"Backed up to {file}.")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="What `tellback db backup` wrote.")]) -> None:
    """Fill an empty database from a backup. The copy sends nothing until `tellback db release`."""
    with refusals("Nothing was restored."):
        settings = read_settings()
        make_own_folder(settings)
        copies.restore(settings.database_url, file)
        migrate.upgrade(settings.database_url)

    run(_look)
    typer.echo("Restored. It takes answers and sends nothing until `tellback db release`.")


async def _look(_: Application) -> None:
    """Opening a copy erases again whoever was erased since it was made."""


@app.command()
def hold() -> None:
    """Send nothing more until `tellback db release`; answers are still taken."""

    async def work(core: Application) -> None:
        async with core.begin() as unit:
            await unit.installation.hold(at=core.clock.now())
            await unit.commit()

    run(work)
    typer.echo("Held: nothing is sent until `tellback db release`.")


@app.command()
def release() -> None:
    """Let a held or restored installation send again."""

    async def work(core: Application) -> bool:
        async with core.begin() as unit:
            held = await unit.installation.held()
            await unit.installation.release()
            await unit.commit()
        if held is not None:
            await core.audit.restored()
        return held is not None

    typer.echo("Released: it sends again." if run(work) else "It was not held.")
