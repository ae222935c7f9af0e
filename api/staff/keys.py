"""/staff/keys: keys for other systems, what each may do, and for what it was used."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.listing import Column, Link
from api.staff.shell import Crumb, Desk, Fault, staffed
from survey.domain.access import Action
from survey.domain.language import N_
from survey.domain.records import ApiKey, KeyUse
from survey.errors import FieldsRejected, NotFound
from survey.services.api_keys import NewKey, Scope

router = APIRouter(include_in_schema=False)

PATH: Final = "/staff/keys"
_USES: Final = 100

KeyDesk = Annotated[Desk, Depends(staffed(Action.KEYS))]

SCOPES: Final = {
    Scope.WRITE: N_("Send answers"),
    Scope.IMPORT: N_("Send answers of earlier days"),
    Scope.READ: N_("Read figures"),
    Scope.INVITE: N_("Ask people after a contact"),
    Scope.READ_CASES: N_("Read problem reports"),
    Scope.WRITE_CASES: N_("Report problems and add to them"),
}


@router.get(PATH)
async def keys(desk: KeyDesk) -> Response:
    """All keys, those that count first."""
    return await _page(desk)


@router.post(PATH)
async def add(desk: KeyDesk) -> Response:
    """Make a key and show it, this once."""
    form = await desk.form()
    name = str(form.get("name") or "")
    scopes = frozenset(str(scope) for scope in form.getlist("scopes"))
    try:
        made = await desk.app.api_keys.add(name, scopes, by=desk.actor)
    except FieldsRejected as refused:
        fields = {fault.path[0] for fault in refused.faults}
        said = {
            "name": desk.say("Enter which system the key is for, in 80 characters or fewer"),
            "scopes": desk.say("Select what the key is for"),
        }
        faults = [Fault(field, said[field]) for field in ("name", "scopes") if field in fields]
        return await _page(desk, faults=faults, name=name, scopes=scopes)
    return await _page(desk, made=made)


@router.get(f"{PATH}/{{key}}/end")
async def ask_to_end(key: UUID, desk: KeyDesk) -> Response:
    """What ending it means. Raises: NotFound."""
    found = next((each for each in await desk.app.api_keys.all() if each.id == key), None)
    if found is None or found.revoked_at is not None:
        raise NotFound("api key")
    return desk.page(
        "staff/key_end.html",
        desk.say("End the key of “%(name)s”?") % {"name": found.name},
        crumbs=[Crumb(desk.say("Keys for other systems"), PATH)],
        action=f"{PATH}/{key}/end",
        cancel=PATH,
    )


@router.post(f"{PATH}/{{key}}/end")
async def end(key: UUID, desk: KeyDesk) -> Response:
    """Raises: NotFound."""
    await desk.form()
    await desk.app.api_keys.revoke(key, by=desk.actor)
    return desk.go(PATH, "key_ended")


async def _page(
    desk: Desk,
    *,
    made: NewKey | None = None,
    faults: Sequence[Fault] = (),
    name: str = "",
    scopes: frozenset[str] = frozenset(),
) -> Response:
    keys = await desk.app.api_keys.all()
    uses = await desk.app.api_keys.uses()
    return desk.page(
        "staff/keys.html",
        desk.say("Keys for other systems"),
        faults=faults,
        wrong={fault.field: fault.text for fault in faults},
        made=made,
        columns=_columns(desk),
        rows=[_row(desk, key, uses) for key in sorted(keys, key=_order)],
        use_columns=_use_columns(desk),
        uses=_use_rows(keys, uses),
        name=name,
        choices=[
            {"value": scope, "text": desk.say(told), "checked": scope in scopes}
            for scope, told in SCOPES.items()
        ],
    )


def _order(key: ApiKey) -> tuple[bool, str]:
    """Those that count first, then by name."""
    return key.revoked_at is not None, key.name.casefold()


def _columns(desk: Desk) -> list[Column]:
    return [
        Column(desk.say("System")),
        Column(desk.say("What it may do")),
        Column(desk.say("Made")),
        Column(desk.say("Last used")),
        Column(desk.say("Ended")),
    ]


def _row(desk: Desk, key: ApiKey, uses: Sequence[KeyUse]) -> list[object]:
    last = next((use.last_at for use in uses if use.key == key.id), None)
    ending = Link(desk.say("End this key"), f"{PATH}/{key.id}/end")
    return [
        key.name,
        ", ".join(desk.say(told) for scope, told in SCOPES.items() if scope in key.scopes),
        key.created_at,
        last or desk.say("Not in the last 90 days"),
        key.revoked_at or ending,
    ]


def _use_columns(desk: Desk) -> list[Column]:
    return [
        Column(desk.say("System")),
        Column(desk.say("What it asked for")),
        Column(desk.say("Day")),
        Column(desk.say("Times"), numeric=True),
        Column(desk.say("Last")),
    ]


def _use_rows(keys: Sequence[ApiKey], uses: Sequence[KeyUse]) -> list[list[object]]:
    """The latest first."""
    names = {key.id: key.name for key in keys}
    return [[names[use.key], use.route, use.day, use.times, use.last_at] for use in uses[:_USES]]
