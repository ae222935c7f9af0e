"""Forms that add, edit, move, archive and bring back a school, department or team."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.shell import Crumb, Desk, Fault, staffed
from api.staff.structure_words import (
    below_of,
    conflict,
    consequence_rows,
    faults_of,
    number,
    people_in_words,
    revision_of,
    text_of,
)
from api.staff.tree import options
from api.staff.units import PATH, crumbs_to, kinds_of
from survey.domain.access import Action, units_for
from survey.domain.language import N_
from survey.domain.records import Unit
from survey.domain.structure import below, in_use, only
from survey.errors import ChangedMeanwhile, FieldsRejected, NotFound

ADD: Final = "/staff/add-unit"

router = APIRouter(include_in_schema=False)

Editor = Annotated[Desk, Depends(staffed(Action.EDIT_UNITS))]

_ADD: Final = N_("Add a school, department or team")


@router.get(ADD)
async def add_form(desk: Editor) -> Response:
    """Empty; `under` in the address says where it is to lie."""
    under = desk.request.query_params.get("under", "")
    return await _add_page(desk, {"parent": under})


@router.post(ADD)
async def add(desk: Editor) -> Response:
    form = await desk.form()
    typed = {name: text_of(form, name) for name in ("name", "kind", "key", "parent")}
    desk.caller.require(Action.EDIT_UNITS, unit=typed["parent"])
    try:
        made = await desk.app.units.add(**typed, by=desk.actor)
    except FieldsRejected as rejected:
        return await _add_page(desk, typed, faults_of(rejected, desk))
    return desk.go(f"{PATH}/{made.key}", "tree_added")


@router.get(PATH + "/{unit}/edit")
async def edit_form(unit: str, desk: Editor) -> Response:
    one, known = await _editable(unit, desk)
    return _edit_page(desk, one, known, {"name": one.name, "kind": one.kind})


@router.post(PATH + "/{unit}/edit")
async def edit(unit: str, desk: Editor) -> Response:
    form = await desk.form()
    one, known = await _editable(unit, desk)
    typed = {name: text_of(form, name) for name in ("name", "kind")}
    try:
        await desk.app.units.change(
            unit, **typed, expected_revision=revision_of(form), by=desk.actor
        )
    except FieldsRejected as rejected:
        return _edit_page(desk, one, known, typed, faults_of(rejected, desk))
    except ChangedMeanwhile as overtaken:
        return _edit_page(desk, _now(overtaken), known, typed, conflict(desk), status=409)
    return desk.go(f"{PATH}/{unit}", "tree_changed")


@router.get(PATH + "/{unit}/move")
async def move_form(unit: str, desk: Editor) -> Response:
    """Where to; with `parent` in the address, what that would do, and a button to do it."""
    one, known = await _editable(unit, desk)
    asked = desk.request.query_params.get("parent")
    inside = _inside(known, unit)
    places = [(key, name) for key, name in _places(known, desk) if key not in inside]
    if asked is None or asked == (one.parent or "") or asked not in {key for key, _ in places}:
        return _move_page(desk, one, known, places=places)
    return await _moving_page(desk, one, known, asked)


@router.post(PATH + "/{unit}/move")
async def move(unit: str, desk: Editor) -> Response:
    form = await desk.form()
    one, known = await _editable(unit, desk)
    parent = text_of(form, "parent")
    for place in (one.parent or "", parent):
        desk.caller.require(Action.EDIT_UNITS, unit=place)
    try:
        await desk.app.units.move(
            unit, parent=parent, expected_revision=revision_of(form), by=desk.actor
        )
    except FieldsRejected as rejected:
        places = _places(known, desk)
        return _move_page(desk, one, known, places=places, faults=faults_of(rejected, desk))
    except ChangedMeanwhile as overtaken:
        return await _moving_page(
            desk, _now(overtaken), known, parent, faults=conflict(desk), status=409
        )
    return desk.go(f"{PATH}/{unit}", "tree_moved")


@router.get(PATH + "/{unit}/archive")
async def archive_form(unit: str, desk: Editor) -> Response:
    one, known = await _editable(unit, desk)
    return await _archive_page(desk, one, known)


@router.post(PATH + "/{unit}/archive")
async def archive(unit: str, desk: Editor) -> Response:
    form = await desk.form()
    one, known = await _editable(unit, desk)
    try:
        await desk.app.units.archive(
            unit,
            what_lies_below=below_of(form),
            expected_revision=revision_of(form),
            by=desk.actor,
        )
    except FieldsRejected as rejected:
        return await _archive_page(desk, one, known, faults_of(rejected, desk))
    except ChangedMeanwhile as overtaken:
        return await _archive_page(desk, _now(overtaken), known, conflict(desk), status=409)
    return desk.go(f"{PATH}/{unit}", "tree_archived")


@router.post(PATH + "/{unit}/restore")
async def restore(unit: str, desk: Editor) -> Response:
    form = await desk.form()
    one, known = await _editable(unit, desk)
    try:
        await desk.app.units.restore(unit, expected_revision=revision_of(form), by=desk.actor)
    except FieldsRejected as rejected:
        return _restore_page(desk, one, known, faults_of(rejected, desk))
    except ChangedMeanwhile as overtaken:
        return _restore_page(desk, _now(overtaken), known, conflict(desk), status=409)
    return desk.go(f"{PATH}/{unit}", "tree_restored")


@router.get(PATH + "/{unit}/restore")
async def restore_form(unit: str, desk: Editor) -> Response:
    one, known = await _editable(unit, desk)
    return _restore_page(desk, one, known)


async def _editable(unit: str, desk: Desk) -> tuple[Unit, Sequence[Unit]]:
    """The unit and all there are. Raises: NotFound."""
    desk.caller.require(Action.EDIT_UNITS, unit=unit)
    known = await desk.app.organisation.units()
    return only(known, unit), known


def _now(overtaken: ChangedMeanwhile) -> Unit:
    if not isinstance(overtaken.now, Unit):
        raise NotFound("unit") from overtaken
    return overtaken.now


def _inside(known: Sequence[Unit], unit: str) -> frozenset[str]:
    return below(known, unit) | {unit}


def _places(known: Sequence[Unit], desk: Desk) -> list[tuple[str, str]]:
    """Where the caller may put one: (key, name), the top first where that is theirs to use."""
    keys = units_for(desk.caller.grants, Action.EDIT_UNITS, desk.caller.trees)
    found = [(key, name) for key, name in options(known) if key in keys]
    return [*([("", desk.say(N_("At the top")))] if "" in keys else []), *found]


async def _add_page(desk: Desk, typed: Mapping[str, str], faults: Sequence[Fault] = ()) -> Response:
    known = await desk.app.organisation.units()
    return desk.page(
        "staff/unit_form.html",
        desk.say(_ADD),
        crumbs=[Crumb(desk.say(N_("Schools, departments and teams")), PATH)],
        faults=faults,
        wrong={fault.field: fault.text for fault in faults},
        typed=typed,
        kinds=kinds_of(known),
        places=_places(known, desk),
        cancel=PATH,
        button=desk.say(N_("Add")),
    )


def _edit_page(
    desk: Desk,
    one: Unit,
    known: Sequence[Unit],
    typed: Mapping[str, str],
    faults: Sequence[Fault] = (),
    *,
    status: int = 200,
) -> Response:
    stands = [(desk.say(N_("Name")), one.name), (desk.say(N_("Kind")), one.kind)]
    return desk.page(
        "staff/unit_form.html",
        desk.say(N_("Change the name or kind")),
        crumbs=crumbs_to(one, known, desk, itself=True),
        faults=faults,
        status=status,
        wrong={fault.field: fault.text for fault in faults},
        typed=typed,
        unit=one,
        stands=stands if status == 409 else (),
        kinds=kinds_of(known),
        places=(),
        cancel=f"{PATH}/{one.key}",
        button=desk.say(N_("Save")),
    )


def _move_page(
    desk: Desk,
    one: Unit,
    known: Sequence[Unit],
    *,
    places: Sequence[tuple[str, str]],
    faults: Sequence[Fault] = (),
) -> Response:
    return desk.page(
        "staff/unit_move.html",
        desk.say(N_("Where should {name} lie?")).format(name=one.name),
        crumbs=crumbs_to(one, known, desk, itself=True),
        faults=faults,
        wrong={fault.field: fault.text for fault in faults},
        unit=one,
        places=places,
        cancel=f"{PATH}/{one.key}",
    )


async def _moving_page(
    desk: Desk,
    one: Unit,
    known: Sequence[Unit],
    parent: str,
    *,
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> Response:
    """What the move would do, in numbers."""
    inside = _inside(known, one.key)
    found = await desk.app.units.consequence(one.key)
    sight = await desk.app.units.sight_after_move(one.key, parent)
    names = {"": desk.say(N_("the top"))} | {each.key: each.name for each in known}
    rows: list[tuple[str, Any]] = [
        (desk.say(N_("From")), names.get(one.parent or "", "")),
        (desk.say(N_("To")), names[parent]),
        (
            desk.say(N_("Moves with what lies below it")),
            number(len([each for each in in_use(known) if each.key in inside]), desk),
        ),
        (desk.say(N_("People")), people_in_words(found.people, desk)),
        (desk.say(N_("Accounts that can see it from then on")), number(sight.gained, desk)),
        (desk.say(N_("Accounts that can see it no more")), number(sight.lost, desk)),
    ]
    return desk.page(
        "staff/unit_moving.html",
        desk.say(N_("Move {name}")).format(name=one.name),
        crumbs=crumbs_to(one, known, desk, itself=True),
        faults=faults,
        status=status,
        is_overtaken=status == 409,
        unit=one,
        parent=parent,
        rows=rows,
        path=f"{PATH}/{one.key}",
    )


async def _archive_page(
    desk: Desk,
    one: Unit,
    known: Sequence[Unit],
    faults: Sequence[Fault] = (),
    *,
    status: int = 200,
) -> Response:
    found = await desk.app.units.consequence(one.key)
    floor = max(desk.app.settings.floor, await desk.app.units.floor())
    return desk.page(
        "staff/structure_archive.html",
        desk.say(N_("Archive {name}")).format(name=one.name),
        crumbs=crumbs_to(one, known, desk, itself=True),
        faults=faults,
        status=status,
        wrong={fault.field: fault.text for fault in faults},
        is_overtaken=status == 409,
        what=desk.say(
            N_("Nobody is asked for it any more. Its people stay, and its figures keep its name.")
        ),
        one=one,
        rows=consequence_rows(found, floor=floor, desk=desk, of_unit=True),
        choose_below=found.below > 0,
        path=f"{PATH}/{one.key}",
    )


def _restore_page(
    desk: Desk,
    one: Unit,
    known: Sequence[Unit],
    faults: Sequence[Fault] = (),
    *,
    status: int = 200,
) -> Response:
    return desk.page(
        "staff/structure_restore.html",
        desk.say(N_("Bring back {name}")).format(name=one.name),
        crumbs=crumbs_to(one, known, desk, itself=True),
        faults=faults,
        status=status,
        is_overtaken=status == 409,
        what=desk.say(N_("People can be asked for it again. What lies below stays archived.")),
        one=one,
        path=f"{PATH}/{one.key}",
    )
