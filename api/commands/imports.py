"""`tellback import people|units|services|closures|responses|cases FILE`: all of it, or nothing."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from api.commands.running import refuse, run
from survey.domain.audit import OPERATOR
from survey.domain.people import Person
from survey.domain.plan import Plan
from survey.domain.staffing import Duplicates
from survey.errors import ImportRefused, NeedsConfirmation
from survey.services.old_cases import OldCases
from survey.wiring import Application

T = TypeVar("T")

app = typer.Typer(help="Import a file: all of it, or nothing.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="A CSV file in UTF-8.", show_default=False)]
Table = Annotated[
    Path, typer.Argument(help="A CSV file in UTF-8, or a spreadsheet (.xlsx).", show_default=False)
]
Yes = Annotated[
    bool, typer.Option("--yes", help="Also where it would deactivate 30% or more of them.")
]
KeepOthers = Annotated[
    bool, typer.Option("--keep-others", help="Add and update only; what is left out stays.")
]

_NOTHING = "Nothing was imported."
_CONFIRM = f"If that is right, run it again with --yes. {_NOTHING}"


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
def people(
    file: Table,
    yes: Yes = False,
    keep_others: KeepOthers = False,
    duplicates: Annotated[
        Duplicates | None,
        typer.Option(help="What to do with new people who may be there already."),
    ] = None,
) -> None:
    """Columns: key, name, unit, email, roles, language, and any others as attributes.

    The file is the whole list: whoever it leaves out is deactivated, never deleted. Several units
    or roles stand in one cell, joined with "|". A column that the file does not have is left as it
    is; one whose name ends in "_date" or "_on" holds dates (2026-11-02, or 02/11/2026).
    """
    content = _File(file)

    async def work(core: Application) -> Plan[Person]:
        with _progress(file) as advance:
            return await core.importing.import_people(
                content,
                file.name,
                by=OPERATOR,
                confirmed=None if yes else 0,
                duplicates=duplicates,
                whole=not keep_others,
                progress=advance.step,
            )

    _tell("people", _confirmable(work))


@app.command()
def units(file: Table, yes: Yes = False, keep_others: KeepOthers = False) -> None:
    """Columns: key, name, kind, parent.

    The file is the whole tree: what it leaves out ends, unless people stand for it.
    """
    content = _File(file)
    done = _confirmable(
        lambda core: core.importing.import_units(
            content, file.name, by=OPERATOR, confirmed=None if yes else 0, whole=not keep_others
        )
    )
    _tell("units", done)


@app.command()
def services(file: File) -> None:
    """Columns: key, name, provider, parent. Known keys are updated, others added."""
    content = _File(file)
    done = run(
        lambda core: core.organisation.import_services(content, name=file.name), ending=_NOTHING
    )
    typer.echo(f"{done} services imported.")


@app.command()
def closures(file: File) -> None:
    """Columns: day, unit, name, and perhaps until, the last day of a span.

    Days are written with the year first, as 2026-10-26. An empty unit is the whole body; a unit
    closes what lies below it. Days that the file leaves out stay as they are.
    """
    content = _File(file)
    done = run(
        lambda core: core.calendar.import_closures(content, name=file.name, by=OPERATOR),
        ending=_NOTHING,
    )
    if not done.new and not done.renamed:
        typer.echo(f"Nothing changed: {done.listed:,} closed days are as in the file.")
        return
    typer.echo(f"Closed days: {done.new:,} added, {done.renamed:,} renamed.")


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
                questionnaire, content, name=file.name, again=again, progress=advance.read
            )
        from analytics.figures import open_figures  # pandas takes a second to import

        async with open_figures(core) as figures:
            await figures.publication.publish_due()
        return done

    done = run(work, ending=_NOTHING)
    typer.echo(f"{done} responses imported to {questionnaire}.")


@app.command()
def cases(
    file: Table,
    check: Annotated[
        bool, typer.Option("--check", help="Say what it would do, and keep nothing.")
    ] = False,
) -> None:
    """Problem reports of an older system, with what was said since: a row for each.

    The first row of a reference is the report: reference, when, service, state, text, and perhaps
    unit, kind, effect, priority, weight, system, reporter (a key of the list of people), ended and
    reason. Further rows of it are what was said later: reference, when, from (reporter, staff or
    provider) and text; their other cells are empty. Each report gets a new reference and keeps the
    old one in a note. One that is there already stays as it is, and nobody is told anything.
    """
    content = _File(file)

    async def work(core: Application) -> OldCases:
        with _progress(file) as advance:
            if not check:
                return await core.importing_cases.run(
                    content, file.name, by=OPERATOR, progress=advance.step
                )
            plan = await core.importing_cases.plan(content, file.name)
            if plan.faults:
                raise ImportRefused(list(plan.faults), rows=plan.faulty)
            return plan

    done = run(work, ending=_NOTHING)
    for warning in done.warnings:
        typer.echo(f"Note: {warning}", err=True)
    if done.too_old:
        typer.echo(f"Note: ended too long ago to be kept: {done.too_old:,}", err=True)
    said = "would be imported" if check else "imported"
    typer.echo(
        f"{done.added:,} problem reports {said}, {done.open:,} of them open; "
        f"{done.known:,} are there already."
    )


def _confirmable(work: Callable[[Application], Awaitable[Plan[T]]]) -> Plan[T]:
    """Run an import; one that would take out too much ends with how to say yes."""

    async def inside(core: Application) -> Plan[T]:
        try:
            return await work(core)
        except NeedsConfirmation as stopped:
            refuse([str(stopped)], _CONFIRM)

    return run(inside, ending=_NOTHING)


def _tell(what: str, plan: Plan[Any]) -> None:
    for warning in plan.warnings:
        typer.echo(f"Note: {warning}", err=True)
    if plan.skipped:
        typer.echo(f"Note: rows that were passed over: {plan.skipped:,}", err=True)
    if plan.changes_nothing:
        typer.echo(f"Nothing changed: {plan.unchanged:,} {what} are as in the file.")
        return
    told = ", ".join(f"{number:,} {word}" for word, number in plan.counts.items())
    typer.echo(f"{what.capitalize()}: {told}.")


class _Steps:
    """How far an import is: first rows are read, then they are kept."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def read(self, rows: int) -> None:
        self.step("read", rows)

    def step(self, what: str, rows: int) -> None:
        self._progress.update(self._task, completed=rows, description=f"rows {what}")


@contextmanager
def _progress(file: Path) -> Iterator[_Steps]:
    """A bar on a terminal; nothing where standard error is a file."""
    console = Console(stderr=True)
    with Progress(
        TextColumn(file.name),
        BarColumn(),
        TextColumn("{task.completed:,.0f} {task.description}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as progress:
        yield _Steps(progress, progress.add_task("rows read", total=None))
