"""`tellback apikey add|list|uses|revoke`."""

from collections.abc import Sequence
from datetime import UTC
from typing import Annotated
from uuid import UUID

import typer

from api.commands.running import run
from survey.domain.records import KeyUse
from survey.services.api_keys import Scope
from survey.wiring import Application

app = typer.Typer(help="Keys for other systems.", no_args_is_help=True)


@app.command()
def add(
    name: str,
    scopes: Annotated[str, typer.Option(help=f"Of: {','.join(Scope)}; joined with commas.")],
) -> None:
    """Make a key. It is printed once, alone on the last line, and kept only as a hash."""
    wanted = frozenset(scope.strip() for scope in scopes.split(",") if scope.strip())
    made = run(lambda core: core.api_keys.add(name, wanted))
    typer.echo(f"Key {made.record.id} for {name}: {', '.join(sorted(wanted))}.", err=True)
    typer.echo(made.secret)


@app.command("list")
def list_() -> None:
    """All keys, without their secrets."""
    for key in run(lambda core: core.api_keys.all()):
        state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "active"
        typer.echo(f"{key.id}  {state}  {key.name}  {','.join(sorted(key.scopes))}")


@app.command()
def uses() -> None:
    """For what each key was used and when last, of the last 90 days: the latest first."""
    keys, counted = run(_uses)
    for use in counted:
        at = use.last_at.astimezone(UTC)
        typer.echo(f"{at:%Y-%m-%d %H:%M} UTC  {use.times:>8,}  {use.route}  {keys[use.key]}")


async def _uses(core: Application) -> tuple[dict[UUID, str], Sequence[KeyUse]]:
    names = {key.id: key.name for key in await core.api_keys.all()}
    return names, await core.api_keys.uses()


@app.command()
def revoke(key: UUID) -> None:
    """End a key at once."""
    run(lambda core: core.api_keys.revoke(key))
    typer.echo("The key no longer counts.")
