"""`tellback pause add|list|end`: times in which no campaign sends anything."""

from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import typer

from api.commands.output import table
from api.commands.running import run
from survey.domain.audit import OPERATOR
from survey.domain.local_time import local_of, typed_moment
from survey.domain.waves import Pause, PauseKind
from survey.errors import Fault, FieldsRejected
from survey.wiring import Application

app = typer.Typer(help="Times in which no campaign sends anything.", no_args_is_help=True)

_NOTHING = "Nothing was changed."
_SHOWN = "%Y-%m-%d %H:%M"
_UNTIL_ENDED = "until it is ended"

When = typer.Option(help="As 2027-03-22, or 2027-03-22T09:00, by the clock of the body.")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help='What people read, such as "Local elections".')],
    kind: Annotated[PauseKind, typer.Option(help="Why nothing is sent.")] = PauseKind.OTHER,
    begins: Annotated[
        str, typer.Option("--from", help=f"{When.help} At once, where it is left out.")
    ] = "",
    until: Annotated[
        str,
        typer.Option(
            "--until",
            help=f"{When.help} A day alone is all of it. Until it is ended, where it is left out.",
        ),
    ] = "",
) -> None:
    """Send nothing for a while. It acts at once, also on what was about to leave."""

    async def work(core: Application) -> tuple[Pause, ZoneInfo]:
        zone = core.settings.zone
        made = await core.calendar.pause(
            kind=kind,
            name=name,
            begins_at=_moment("--from", begins, zone),
            ends_at=_moment("--until", until, zone, whole_day=True),
            by=OPERATOR,
        )
        return made, zone

    made, zone = run(work, ending=_NOTHING)
    typer.echo(f"Pause {made.id}: from {_shown(made.begins_at, zone)}, {_end(made, zone)}.")


@app.command("list")
def list_() -> None:
    """Those that hold or are to come."""

    async def work(core: Application) -> tuple[list[Pause], ZoneInfo]:
        return list(await core.calendar.pauses()), core.settings.zone

    pauses, zone = run(work)
    if not pauses:
        typer.echo("No pauses: campaigns send as planned.")
        return
    rows = [
        (str(each.id), each.kind.value, _shown(each.begins_at, zone), _end(each, zone), each.name)
        for each in pauses
    ]
    for line in table(("id", "kind", "from", "end", "name"), rows):
        typer.echo(line)


@app.command()
def end(pause: UUID) -> None:
    """End a pause now; one that has not begun does not happen."""
    run(lambda core: core.calendar.end_pause(pause, by=OPERATOR), ending=_NOTHING)
    typer.echo("The pause is over: campaigns send as planned.")


def _moment(
    option: str, written: str, zone: ZoneInfo, *, whole_day: bool = False
) -> datetime | None:
    """Raises: FieldsRejected."""
    if not written:
        return None
    found = typed_moment(written, zone, whole_day=whole_day)
    if found is None:
        message = f"'{written[:40]}' is not a time: write it as 2027-03-22 or 2027-03-22T09:00"
        raise FieldsRejected([Fault((option,), "bad_date", message)])
    return found


def _shown(at: datetime, zone: ZoneInfo) -> str:
    return f"{local_of(at, zone):{_SHOWN}}"


def _end(pause: Pause, zone: ZoneInfo) -> str:
    return f"until {_shown(pause.ends_at, zone)}" if pause.ends_at else _UNTIL_ENDED
