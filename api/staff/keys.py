"""/staff/keys: keys for other systems, what each may do, and for what it was used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import Response

from api.staff.grant_rows import ADD, MOST_ROWS, Choices, Row, choices
from api.staff.listing import Column, Link
from api.staff.roles import Places
from api.staff.shell import Crumb, Desk, Fault, places_of, staffed
from survey.domain.access import Action
from survey.domain.language import N_
from survey.domain.records import ApiKey, KeySide, KeyUse, Part
from survey.errors import Fault as Wrong
from survey.errors import FieldsRejected, NotFound
from survey.services.api_keys import OF_CASES, NewKey, Scope

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

SIDES: Final = {
    KeySide.STAFF: (
        N_("Staff"),
        N_("It reads all entries of a report and may reply to whoever reported it."),
    ),
    KeySide.PROVIDER: (
        N_("The provider of a service"),
        N_(
            "It reads reports from when staff wrote a note for the provider, never those for few: "
            "the service, the school or department, how urgent it is and how it stands, with what "
            "is for the provider or for everybody. Never who reported it, nor what they wrote. It "
            "adds notes and says whether it is fixed."
        ),
    ),
}
"""As whom a key reads and adds to problem reports, and what that means."""

_WRONG: Final = {
    "name": N_("Enter which system the key is for, in 80 characters or fewer"),
    "scope": N_("Select what the key is for"),
    "whole": N_(
        "Select only what is about problem reports, for a provider or a part; make another key for "
        "the rest"
    ),
    "service": N_("Choose the service that the provider looks after, in each part"),
    "no_unit": N_("Choose a school or department from the list"),
    "no_service": N_("Choose a service from the list"),
}
"""By the code of what is wrong."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as it was filled in."""

    name: str = ""
    scopes: frozenset[str] = frozenset()
    side: str = KeySide.STAFF
    rows: tuple[Row, ...] = (Row(),)

    @property
    def parts(self) -> list[Part]:
        """Of the rows those in which something was chosen; without one it is everything."""
        return [Part(row.unit, row.service) for row in self.rows if row.unit or row.service]


@router.get(PATH)
async def keys(desk: KeyDesk) -> Response:
    """All keys, those that count first."""
    return await _page(desk)


@router.post(PATH)
async def add(desk: KeyDesk) -> Response:
    """Make a key and show it, this once."""
    form = await desk.form()
    asked = _asked(form)
    if form.get("action") == ADD:
        return await _page(desk, asked=asked)
    try:
        made = await desk.app.api_keys.add(
            asked.name,
            asked.scopes,
            side=KeySide(asked.side),
            parts=asked.parts,
            by=desk.actor,
        )
    except FieldsRejected as refused:
        return await _page(desk, faults=_faults(refused.faults, desk), asked=asked)
    return await _page(desk, made=made)


def _asked(form: FormData) -> Asked:
    """What was filled in, with one more row where the button asked for it."""
    rows = list[Row]()
    while len(rows) < MOST_ROWS and f"unit-{len(rows)}" in form:
        unit, service = (
            str(form.get(f"{field}-{len(rows)}") or "") for field in ("unit", "service")
        )
        rows.append(Row(unit=unit, service=service))
    if not rows or (form.get("action") == ADD and len(rows) < MOST_ROWS):
        rows.append(Row())
    side = str(form.get("side") or "")
    return Asked(
        name=str(form.get("name") or ""),
        scopes=frozenset(str(scope) for scope in form.getlist("scopes")),
        side=side if side in set(KeySide) else KeySide.STAFF,
        rows=tuple(rows),
    )


def _faults(wrong: Sequence[Wrong], desk: Desk) -> list[Fault]:
    """In words, one for each field of the page."""
    found = dict[str, str]()
    for each in wrong:
        field = f"{each.path[-1]}-0" if each.path[0] == "parts" else each.path[0]
        found.setdefault(field, desk.say(_WRONG[each.code]))
    return [Fault(field, said) for field, said in found.items()]


@router.get(f"{PATH}/{{key}}/end")
async def ask_to_end(key: UUID, desk: KeyDesk) -> Response:
    """What ending it means. Raises: NotFound."""
    found = next((each for each in await desk.app.api_keys.all() if each.id == key), None)
    if found is None or found.revoked_at is not None:
        raise NotFound("api key")
    return desk.page(
        "staff/key_end.html",
        desk.say(N_("End the key of “%(name)s”?")) % {"name": found.name},
        crumbs=[Crumb(desk.say(N_("Keys for other systems")), PATH)],
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
    asked: Asked | None = None,
) -> Response:
    asked = asked or Asked()
    keys = await desk.app.api_keys.all()
    places = await places_of(desk)
    uses = await desk.app.api_keys.uses()
    return desk.page(
        "staff/keys.html",
        desk.say(N_("Keys for other systems")),
        faults=faults,
        wrong={fault.field: fault.text for fault in faults},
        made=made,
        columns=_columns(desk),
        rows=[_row(desk, key, uses, places) for key in sorted(keys, key=_order)],
        use_columns=_use_columns(desk),
        uses=_use_rows(keys, uses),
        name=asked.name,
        scopes=[
            {"value": scope, "text": desk.say(told), "checked": scope in asked.scopes}
            for scope, told in SCOPES.items()
        ],
        sides=[
            {
                "value": side,
                "text": desk.say(told),
                "hint": {"text": desk.say(means)},
                "checked": side == asked.side,
            }
            for side, (told, means) in SIDES.items()
        ],
        parts=asked.rows,
        choices=await _choices(asked.rows, desk),
    )


async def _choices(rows: Sequence[Row], desk: Desk) -> Choices:
    """The units and services of each row."""
    organisation = desk.app.organisation
    units, services = await organisation.units(), await organisation.services()
    return choices(rows, desk.say, units, services, desk.language)


def _order(key: ApiKey) -> tuple[bool, str]:
    """Those that count first, then by name."""
    return key.revoked_at is not None, key.name.casefold()


def _columns(desk: Desk) -> list[Column]:
    return [
        Column(desk.say(N_("System"))),
        Column(desk.say(N_("What it may do"))),
        Column(desk.say(N_("Which problem reports it reaches"))),
        Column(desk.say(N_("Made"))),
        Column(desk.say(N_("Last used"))),
        Column(desk.say(N_("Ended"))),
    ]


def _row(desk: Desk, key: ApiKey, uses: Sequence[KeyUse], places: Places) -> list[object]:
    last = next((use.last_at for use in uses if use.key == key.id), None)
    ending = Link(desk.say(N_("End this key")), f"{PATH}/{key.id}/end")
    return [
        key.name,
        ", ".join(desk.say(told) for scope, told in SCOPES.items() if scope in key.scopes),
        reach_in_words(key, desk.say, places),
        key.created_at,
        last or desk.say(N_("Not in the last 90 days")),
        key.revoked_at or ending,
    ]


def reach_in_words(key: ApiKey, say: Callable[[str], str], places: Places) -> str:
    """Which problem reports a key reaches, by the names of services, schools and departments."""
    if not key.scopes & OF_CASES:
        return say(N_("None"))
    if not key.parts:
        return say(N_("All but those for few"))
    told = "; ".join(_named(part, places) for part in sorted(key.parts))
    if key.side is KeySide.PROVIDER:
        return say(N_("Those that staff handed to the provider: %(parts)s")) % {"parts": told}
    return say(N_("Those of: %(parts)s")) % {"parts": told}


def _named(part: Part, places: Places) -> str:
    named = ((part.service, places.services), (part.unit, places.units))
    return ", ".join(names.get(key, key) for key, names in named if key)


def _use_columns(desk: Desk) -> list[Column]:
    return [
        Column(desk.say(N_("System"))),
        Column(desk.say(N_("What it asked for"))),
        Column(desk.say(N_("Day"))),
        Column(desk.say(N_("Times")), numeric=True),
        Column(desk.say(N_("Last"))),
    ]


def _use_rows(keys: Sequence[ApiKey], uses: Sequence[KeyUse]) -> list[list[object]]:
    """The latest first."""
    names = {key.id: key.name for key in keys}
    return [[names[use.key], use.route, use.day, use.times, use.last_at] for use in uses[:_USES]]
