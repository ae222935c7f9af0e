"""`tellback apikey add|list|uses|revoke`."""

from collections.abc import Sequence
from datetime import UTC
from typing import Annotated
from uuid import UUID

import typer

from api.commands.running import run
from survey.domain.records import ApiKey, KeySide, KeyUse, Part
from survey.services.api_keys import OF_CASES, Scope
from survey.wiring import Application

app = typer.Typer(help="Keys for other systems.", no_args_is_help=True)

_PARTS = (
    "Only the problem reports of this part: unit=KEY, service=KEY or unit=KEY:service=KEY, with "
    "all below. Give it once for each part."
)
_AS = (
    "As whom it reads and adds to problem reports. A provider reads those alone that staff handed "
    "over, and of them what is for the provider or for everybody: never who reported it, nor what "
    "they wrote. It adds notes and verdicts. It needs a service in each part."
)


@app.command()
def add(
    name: str,
    scopes: Annotated[str, typer.Option(help=f"Of: {','.join(Scope)}; joined with commas.")],
    side: Annotated[KeySide, typer.Option("--as", help=_AS)] = KeySide.STAFF,
    only: Annotated[list[str] | None, typer.Option(help=_PARTS)] = None,
) -> None:
    """Make a key. It is printed once, alone on the last line, and kept only as a hash."""
    wanted = frozenset(scope.strip() for scope in scopes.split(",") if scope.strip())
    parts = [_part(each) for each in only or ()]
    made = run(lambda core: core.api_keys.add(name, wanted, side=side, parts=parts))
    told = f"Key {made.record.id} for {name}: {', '.join(sorted(wanted))}{_reach(made.record)}."
    typer.echo(told, err=True)
    typer.echo(made.secret)


@app.command("list")
def list_() -> None:
    """All keys, without their secrets."""
    for key in run(lambda core: core.api_keys.all()):
        state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "active"
        typer.echo(f"{key.id}  {state}  {key.name}  {','.join(sorted(key.scopes))}{_reach(key)}")


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


def _part(text: str) -> Part:
    """A part as typed: "service=payroll", "unit=oakfield:service=it". Usage errors end with 2."""
    limits = dict.fromkeys(("unit", "service"), "")
    for each in text.split(":"):
        field, equals, key = each.partition("=")
        if field not in limits or not equals or not key or limits[field]:
            raise typer.BadParameter(f"'{text}': write unit=KEY, service=KEY or both with a colon")
        limits[field] = key
    return Part(**limits)


def _reach(key: ApiKey) -> str:
    """Which problem reports it reaches, where it reaches any and not all."""
    if not key.parts or not key.scopes & OF_CASES:
        return ""
    told = ", ".join(_told(part) for part in sorted(key.parts))
    whose = "handed to the provider of" if key.side is KeySide.PROVIDER else "of"
    return f"; problem reports {whose} {told}"


def _told(part: Part) -> str:
    named = (("unit", part.unit), ("service", part.service))
    return ":".join(f"{name}={key}" for name, key in named if key)
