"""`tellback person export|erase`: the rights of people about whom something is kept."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.output import refuse_to_overwrite, write_private
from api.commands.running import refuse, run
from survey.domain.audit import OPERATOR
from survey.domain.people import Person
from survey.services.rights import Erased, Export, as_bytes, summary
from survey.wiring import Application

app = typer.Typer(
    help="The rights of a person: to have what is kept about them, and to have it erased.",
    no_args_is_help=True,
)

_NOTHING = "Nothing was exported."

Key = Annotated[str, typer.Argument(help="What the body's files call them.", show_default=False)]


@app.command()
def export(
    key: Key,
    out: Annotated[
        Path | None, typer.Option(help="Write it there instead of to standard output.")
    ] = None,
) -> None:
    """All that is kept about a person, as JSON; the record notes that it was made."""
    refuse_to_overwrite(out, _NOTHING)

    async def make(core: Application) -> Export:
        return await core.rights.export((await _the(core, key)).id, by=OPERATOR)

    made = run(make, ending=_NOTHING)
    content = as_bytes(made.document)
    if out is None:
        typer.echo(content.decode(), nl=False)
    else:
        write_private(out, content)
        for name, number in summary(made.document).items():
            typer.echo(f"{number:>6}  {name.replace('_', ' ')}")
    typer.echo(f"This is entry {made.number} of the record.", err=True)


@app.command()
def erase(
    key: Key,
    yes: Annotated[bool, typer.Option("--yes", help="Yes: it cannot be undone.")] = False,
    end_account: Annotated[bool, typer.Option(help="End their account too, and empty it.")] = False,
) -> None:
    """Erase all that is kept about a person; whoever restores an older backup erases them again."""
    if not yes:
        refuse(["erasing cannot be undone: say --yes"], "Nothing was erased.")

    async def undo(core: Application) -> Erased:
        person = await _the(core, key)
        return await core.rights.erase(person.id, by=OPERATOR, end_account=end_account)

    done = run(undo, ending="Nothing was erased.")
    for table, number in sorted(done.rows.items()):
        typer.echo(f"{number:>6}  {table.replace('_', ' ')}")
    typer.echo(f"Erased. This is entry {done.number} of the record.")


async def _the(core: Application, key: str) -> Person:
    async with core.begin.read() as work:
        person = await work.people.by_key(key)
    if person is None:
        refuse([f"there is no person {key}"])
    return person
