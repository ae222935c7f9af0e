"""`tellback inbox`: what waits, what was given up, and what to do about it."""

from datetime import timedelta
from typing import Annotated

import typer

from api.commands.output import table
from api.commands.running import refuse, run
from survey.domain.records import Backlog, ParkedUpdate
from survey.wiring import Application

app = typer.Typer(help="Updates from Telegram: those that wait, and those given up.")

_HEADINGS = ("BOT", "UPDATE", "RECEIVED (UTC)", "TRIES", "CODE")


@app.callback(invoke_without_command=True)
def show(context: typer.Context) -> None:
    """Say how many updates wait and which were given up; of whom and what is not shown."""
    if context.invoked_subcommand is not None:
        return
    backlog, parked, age = run(_look)
    oldest = f", the oldest for {_in_words(age)}" if age is not None else ""
    typer.echo(f"{backlog.waiting} waiting{oldest}; {backlog.parked} given up.")
    for line in _table(parked):
        typer.echo(line)


@app.command()
def retry(
    update_id: Annotated[int | None, typer.Argument(help="As listed.", min=0)] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every update that was given up.")] = False,
) -> None:
    """Try updates again that were given up, as if they had just come."""
    if (update_id is None) is not all_:
        raise typer.BadParameter("name an update, or say --all")

    async def put_back(core: Application) -> int:
        async with core.begin() as work:
            put = await work.inbox.put_back(update_id)
            await work.commit()
        return put

    number = run(put_back)
    if not number and update_id is not None:
        refuse([f"no update {update_id} was given up"])
    typer.echo(f"{number} will be tried again.")


@app.command()
def drop(update_id: Annotated[int, typer.Argument(help="As listed.", min=0)]) -> None:
    """Forget what an update held that was given up; it is not applied any more."""

    async def forget(core: Application) -> int:
        async with core.begin() as work:
            dropped = await work.inbox.drop(update_id)
            await work.commit()
        return dropped

    if not run(forget):
        refuse([f"no update {update_id} was given up"])
    typer.echo("It is dropped.")


async def _look(
    core: Application,
) -> tuple[Backlog, list[ParkedUpdate], timedelta | None]:
    async with core.begin.read() as work:
        backlog = await work.inbox.backlog()
        parked = list(await work.inbox.parked())
        now = await core.clock.lease_now(work.leases)
    return backlog, parked, now - backlog.oldest if backlog.oldest else None


def _table(parked: list[ParkedUpdate]) -> list[str]:
    if not parked:
        return []
    rows = [
        (
            str(each.key.bot),
            str(each.key.update_id),
            f"{each.received_at:%Y-%m-%d %H:%M:%S}",
            str(each.attempts),
            each.code,
        )
        for each in parked
    ]
    return table(_HEADINGS, rows)


def _in_words(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
