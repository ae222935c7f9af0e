"""What every command shares: opening the application, and refusing in one line."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

import typer

from survey.errors import Fault, FeedbackError, FieldsRejected, ImportRefused, NotFound
from survey.settings import Settings, read_settings
from survey.wiring import Application, open_application

T = TypeVar("T")

_LISTED = 20
_TABLES = (".csv", ".xlsx", ".tsv", ".txt")


def run(
    work: Callable[[Application], Awaitable[T]],
    *,
    settings: Settings | None = None,
    ending: str = "",
) -> T:
    """Run one use case on the configured database; what is refused ends with exit code 1.

    `ending` is the last sentence of a refusal, such as "Nothing was imported."
    """

    async def inside() -> T:
        async with open_application(settings or read_settings()) as app:
            return await work(app)

    with refusals(ending):
        return asyncio.run(inside())


@contextmanager
def refusals(ending: str = "") -> Iterator[None]:
    """Turn an error of our tree into lines on standard error and exit code 1."""
    try:
        yield
    except FieldsRejected as error:
        refuse([in_words(fault) for fault in error.faults], _ending(error, ending))
    except NotFound as error:
        refuse([f"there is no {error}"], ending)
    except FeedbackError as error:
        refuse([str(error)], ending)


def refuse(reasons: list[str], ending: str = "") -> NoReturn:
    """Say why, a line for each reason, and leave with exit code 1."""
    for reason in reasons[:_LISTED]:
        sys.stderr.write(f"tellback: {reason}\n")
    if len(reasons) > _LISTED:
        sys.stderr.write(f"tellback: and {len(reasons) - _LISTED} more\n")
    if ending:
        sys.stderr.write(f"tellback: {ending}\n")
    raise typer.Exit(1)


def in_words(fault: Fault) -> str:
    """ "people.csv row 14, column unit: 'oakfeild' is not a unit", and the like elsewhere."""
    match fault.path:
        case (file, row, column) if row.isdigit() and file.lower().endswith(_TABLES):
            place = f"{file} row {row}" + (f", column {column}" if column else "")
        case (file, line, *rest) if line.isdigit():
            question = "".join(f", {part}" for part in rest if part)
            place = f"{file} line {line}{question}"
        case parts:
            place = " ".join(parts)
    return f"{place}: {fault.message}"


def _ending(error: FieldsRejected, ending: str) -> str:
    if isinstance(error, ImportRefused) and error.rows > len(error.faults):
        return f"{error.rows} rows are faulty in all. {ending}"
    return ending
