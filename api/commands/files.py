"""`tellback files backup|restore|check`: the bytes of what people sent with their reports."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.commands.running import refusals, refuse, run
from survey.files.disk import DiskFiles
from survey.services.file_copies import back_up
from survey.settings import read_settings
from survey.wiring import Application, real_world
from survey.wiring.storage import storage

app = typer.Typer(
    help="Files of problem reports: copy them, put them back, check them.", no_args_is_help=True
)

_Folder = Annotated[Path, typer.Argument(help="The folder of the copies.")]


@app.command()
def backup(
    folder: _Folder,
    days: Annotated[
        int, typer.Option(min=1, help="How long a copy stays when its file is gone.")
    ] = 35,
) -> None:
    """Copy files that are not there yet. Run it after `tellback db backup`."""
    with refusals("The copies are not complete."):
        files = storage(read_settings())
        forget = real_world().clock.now() - timedelta(days=days)
        copied = asyncio.run(back_up(files, DiskFiles(folder), forget=forget))
    typer.echo(
        f"{copied.held} files are copied in {folder}: {copied.new} new, "
        f"{copied.forgotten} forgotten."
    )


@app.command()
def restore(folder: _Folder) -> None:
    """Put back what the database names. Run it after `tellback db restore`."""
    if not folder.is_dir():
        refuse([f"{folder}: there is no such folder"], "Nothing was restored.")

    async def work(core: Application) -> tuple[int, int]:
        restored = await core.file_copies.restore(DiskFiles(folder))
        return restored, len((await core.file_copies.check()).missing)

    restored, missing = run(work, ending="The files are not complete.")
    typer.echo(f"{restored} files restored.")
    if missing:
        refuse([f"{missing} files that the database names are not in {folder}"])


@app.command()
def check() -> None:
    """Read every file that the database names, and say which are missing or damaged."""
    checked = run(lambda core: core.file_copies.check())
    if checked.missing or checked.damaged:
        refuse(
            [f"{digest}: missing" for digest in checked.missing]
            + [f"{digest}: damaged" for digest in checked.damaged],
            "Put them back with `tellback files restore`.",
        )
    typer.echo(f"All {checked.named} files are there.")
