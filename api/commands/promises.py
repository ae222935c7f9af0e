"""`tellback promise show|put`: what a service promises to whoever reports a problem."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.running import refusals, refuse, run
from survey.domain.audit import OPERATOR
from survey.domain.promise_file import read_promise, written
from survey.services.promises import Promised
from survey.wiring import Application

app = typer.Typer(help="What services promise to whoever reports a problem.", no_args_is_help=True)

_NOTHING = "Nothing was changed."

Service = Annotated[str, typer.Argument(help="The key of a service.", show_default=False)]


@app.command()
def show(service: Service) -> None:
    """Hours, days, times by priority and cut-offs, as a file that `put` takes.

    A service without a promise of its own has that of the service above it.
    """
    found = run(lambda core: core.promises.get(service))
    if found.of != service:
        whose = f"that of {found.of}" if found.of else "what holds where nobody has set any"
        typer.echo(f"Note: {service} has no promise of its own; this is {whose}.", err=True)
    typer.echo(written(found.promise), nl=False)


@app.command()
def put(
    service: Service,
    file: Annotated[Path, typer.Argument(help="As `show` prints it.", show_default=False)],
) -> None:
    """Keep a service's own promise. Reports that are open keep the times that they were given."""
    try:
        content = file.read_bytes()
    except OSError as error:
        refuse([f"{file}: {error.strerror or 'it cannot be read'}"], _NOTHING)
    with refusals(_NOTHING):
        promise = read_promise(content, name=file.name)

    async def work(core: Application) -> Promised:
        before = await core.promises.get(service)
        revision = before.revision
        return await core.promises.put(service, promise, expected_revision=revision, by=OPERATOR)

    run(work, ending=_NOTHING)
    typer.echo(f"{service} has this promise now, and what lies below it without its own.")
