"""`tellback people links|slips`: personal links by which people join the bot."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from api.commands.output import refuse_to_overwrite, write_private
from api.commands.running import refuse, run
from survey.domain.audit import OPERATOR
from survey.domain.people import JOIN_DAYS
from survey.errors import Fault, FieldsRejected
from survey.locales import SPOKEN
from survey.services.joining import PersonalLink
from survey.wiring import Application

app = typer.Typer(help="Let people join the bot.", no_args_is_help=True)

_NOTHING = "No links were made."

Unit = Annotated[str, typer.Option(help="Everybody of this unit and below.", show_default=False)]


@app.command()
def links(
    unit: Unit,
    out: Annotated[
        Path | None, typer.Option(help="Write them there instead of to standard output.")
    ] = None,
) -> None:
    """A new link and code for each person, as CSV: key, name, unit, link, code.

    Each works once, for 14 days; links that were made before go on working.
    """
    from api.printing.links import as_csv

    refuse_to_overwrite(out, _NOTHING)
    made = run(lambda core: core.joining.make(unit, by=OPERATOR), ending=_NOTHING)
    content = as_csv(made)
    if out is None:
        sys.stdout.write(content.decode())
    else:
        write_private(out, content)
    _told(made, unit)


@app.command()
def slips(
    unit: Unit,
    out: Annotated[Path, typer.Option(help="The PDF to write.", show_default=False)],
    language: Annotated[str, typer.Option(help=f"Of the sheet: {', '.join(SPOKEN)}.")] = "en",
) -> None:
    """A sheet to print, with a slip to cut out for each person: a square code and a typed one."""
    from api.printing import slips as printing
    from api.printing.links import as_sheet

    refuse_to_overwrite(out, _NOTHING)
    if language not in SPOKEN:
        refuse([f"--language: it is one of: {', '.join(SPOKEN)}"], _NOTHING)

    async def work(core: Application) -> tuple[Sequence[PersonalLink], bytes]:
        made = await core.joining.make(unit, by=OPERATOR)
        if not made:
            nobody = f"nobody of '{unit}' may be asked"
            raise FieldsRejected([Fault(("--unit",), "nobody", nobody)])
        names = {each.key: each.name for each in await core.organisation.units()}
        sheet = as_sheet(made, unit=names[unit], settings=core.settings, language=language)
        return made, printing.pdf(sheet)

    made, content = run(work, ending=_NOTHING)
    write_private(out, content)
    _told(made, unit)


def _told(made: Sequence[PersonalLink], unit: str) -> None:
    typer.echo(
        f"{len(made)} links made for {unit}; each works once, for {JOIN_DAYS} days.", err=True
    )
