"""`tellback import units|services|responses FILE`: all of a file, or nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from api.commands.running import refuse, run
from survey.wiring import Application

app = typer.Typer(help="Import a CSV file: all of it, or nothing.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="A CSV file in UTF-8.", show_default=False)]

_NOTHING = "Nothing was imported."


class _File:
    """A file that can be opened again; a file that cannot be read is refused at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            refuse([f"{path}: {error.strerror or 'it cannot be read'}"], _NOTHING)

    def __call__(self) -> BufferedReader:
        return self.path.open("rb")


@app.command()
def units(file: File) -> None:
    """Columns: key, name, kind, parent. Known keys are updated, others added."""
    content = _File(file)
    done = run(
        lambda core: core.organisation.import_units(content, name=file.name), ending=_NOTHING
    )
    typer.echo(f"{done} units imported.")


@app.command()
def services(file: File) -> None:
    """Columns: key, name, provider, parent. Known keys are updated, others added."""
    content = _File(file)
    done = run(
        lambda core: core.organisation.import_services(content, name=file.name), ending=_NOTHING
    )
    typer.echo(f"{done} services imported.")


@app.command()
def responses(
    file: File,
    questionnaire: Annotated[str, typer.Option(help="Which questionnaire was answered.")],
    again: Annotated[bool, typer.Option(help="Import a file that was imported before.")] = False,
) -> None:
    """Columns: submitted_on, unit, language, and one per question (any may be left out)."""
    content = _File(file)

    async def work(core: Application) -> int:
        with _progress(file) as advance:
            done = await core.responses.import_file(
                questionnaire, content, name=file.name, again=again, progress=advance
            )
        from analytics.figures import open_figures  # pandas takes a second to import

        async with open_figures(core) as figures:
            await figures.publication.publish_due()
        return done

    done = run(work, ending=_NOTHING)
    typer.echo(f"{done} responses imported to {questionnaire}.")


@contextmanager
def _progress(file: Path) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal; nothing where standard error is a file."""
    console = Console(stderr=True)
    with Progress(
        TextColumn(f"Reading {file.name}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} rows"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("rows", total=None)
        yield lambda rows: progress.update(task, completed=rows)
