"""`tellback audit verify|list`: the record of who did what to what."""

from datetime import UTC, datetime, time
from typing import Annotated

import typer

from api.commands.output import table
from api.commands.running import refuse, run
from survey.domain.audit import Break, Entry, Wanted
from survey.services.audit import Page
from survey.wiring import Application

app = typer.Typer(help="The record of who did what to what, and when.", no_args_is_help=True)

_HEADINGS = ("NUMBER", "WHEN (UTC)", "WHO", "WHAT", "TO WHAT", "DETAILS")
_DAY = ["%Y-%m-%d"]
_WHY = {
    Break.CHANGED: "was changed",
    Break.MISSING: "is missing",
    Break.ADDED: "was added by somebody else",
    Break.REWRITTEN: "is another one than was written down outside the database",
}


@app.command()
def verify() -> None:
    """Say whether the record is as it was recorded: nothing changed, removed, moved or added."""
    verdict = run(lambda core: core.audit.verify())
    if verdict.why is not None:
        refuse(
            [f"entry {verdict.broken} {_WHY[verdict.why]}"],
            f"The {verdict.checked} entries before it are as they were recorded.",
        )
    typer.echo(f"{verdict.checked} entries, all as they were recorded.")


@app.command("list")
def list_(
    who: Annotated[str, typer.Option(help="Such as operator, service or account:ID.")] = "",
    what: Annotated[str, typer.Option(help="How it begins, such as person.")] = "",
    about: Annotated[
        str, typer.Option(help="The key of a person, unit, service or questionnaire, or an address")
    ] = "",
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="First day.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, help="Last day.")] = None,
    most: Annotated[int, typer.Option(help="How many entries, newest first.", min=1)] = 50,
) -> None:
    """The newest entries, of these where something is asked for."""

    async def find(core: Application) -> Page:
        zone = core.settings.zone
        first = datetime.combine(since, time.min, zone) if since else None
        last = datetime.combine(until, time.max, zone) if until else None
        wanted = Wanted(actor=who, action=what, since=first, until=last)
        return await core.audit.find(wanted, about=about, limit=most)

    found = run(find)
    for line in _table(found.entries):
        typer.echo(line)
    if found.more:
        typer.echo("There are more: ask for fewer days, or for --most.", err=True)


def _table(entries: tuple[Entry, ...]) -> list[str]:
    if not entries:
        return ["Nothing is recorded that you ask for."]
    rows = [
        (
            str(entry.number),
            f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            entry.actor,
            entry.action,
            entry.subject,
            ", ".join(f"{name}={value}" for name, value in entry.details.items()),
        )
        for entry in entries
    ]
    return table(_HEADINGS, rows)
