"""`tellback campaign bounces`: mail that came back, as a mail server put it into files."""

import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from api.commands.running import refuse, run
from survey.domain.audit import OPERATOR
from survey.domain.bounces import LONGEST_MAIL, mails
from survey.services.bounces import Noted

_NOTHING: Final = "Nothing was noted."
_MAILDIR: Final = ("new", "cur")


def bounces(
    files: Annotated[
        list[Path], typer.Argument(help="Mails: single files, mbox files, Maildir folders.")
    ],
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Also list the addresses of people of ours.")
    ] = False,
) -> None:
    """Note mail that came back: nothing more is sent there, and its invitations have failed.

    Only what RFC 3464 reports as failed for good counts, and only of people that are known here.
    The same files again change nothing.
    """
    if missing := [each for each in files if not os.access(each, os.R_OK)]:
        refuse(
            [f"{each}: there is no such file, or it cannot be read" for each in missing], _NOTHING
        )
    noted = run(lambda core: core.bounces.note(_mails(files), by=OPERATOR), ending=_NOTHING)
    for line in _told(noted, verbose=verbose):
        typer.echo(line)


def _told(noted: Noted, *, verbose: bool) -> Iterator[str]:
    yield f"{_counted(noted.mails, 'mail')} read; {noted.reports} told of a letter that failed."
    yield (
        f"{_counted(noted.addresses, 'address', 'addresses')}, "
        f"{len(noted.known)} of them of people here."
    )
    yield f"{_counted(noted.refused, 'address', 'addresses')} newly refused: no more letters there."
    yield f"{_counted(noted.invitations, 'invitation')} marked as failed."
    if verbose:
        yield from noted.known


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def _mails(paths: Iterable[Path]) -> Iterator[bytes]:
    for path in paths:
        for file in _files(path):
            with file.open("rb") as content:
                # A line without an end is read in parts, so that no file fills the memory.
                yield from mails(iter(partial(content.readline, LONGEST_MAIL), b""))


def _files(path: Path) -> Iterator[Path]:
    """A file itself; of a Maildir, or of any other folder, its plain files."""
    if not path.is_dir():
        yield path
        return
    folders = [path / name for name in _MAILDIR if (path / name).is_dir()] or [path]
    for folder in folders:
        yield from (
            each for each in sorted(folder.iterdir()) if each.is_file() and not each.is_symlink()
        )
