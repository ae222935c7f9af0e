"""`tellback db upgrade|check|rebuild-counts`."""

from typing import Annotated

import typer

from api.commands.running import refusals, refuse, run
from survey.db import migrate
from survey.settings import make_own_folder, read_settings
from survey.wiring import Application

app = typer.Typer(help="The database: bring it up to date, check it.", no_args_is_help=True)


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
