"""Forms that add, edit, archive and bring back a service."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import Response

from api.staff.services import PATH, crumbs_to
from api.staff.shell import Crumb, Desk, Fault, staffed
from api.staff.structure_words import (
    below_of,
    conflict,
    consequence_rows,
    faults_of,
    lines_of,
    revision_of,
    text_of,
)
from api.staff.tree import options
from survey.domain.access import Action, services_for
from survey.domain.folding import folded
from survey.domain.language import N_
from survey.domain.records import Service, Unit
from survey.domain.structure import below, in_use, only
from survey.errors import ChangedMeanwhile, FieldsRejected, NotFound
from survey.services.offered import Description

ADD: Final = "/staff/add-service"

router = APIRouter(include_in_schema=False)

Editor = Annotated[Desk, Depends(staffed(Action.EDIT_SERVICES))]

_TEXTS: Final = ("name", "label", "provider", "owner")
_LONG: Final = ("systems", "units")

Typed = Mapping[str, str]


@router.get(ADD)
async def add_form(desk: Editor) -> Response:
    """Empty; `under` in the address says where it is to lie."""
    return await _form_page(desk, {"parent": desk.request.query_params.get("under", "")})


@router.post(ADD)
async def add(desk: Editor) -> Response:
    form = await desk.form()
    typed = _typed(form)
    desk.caller.require(Action.EDIT_SERVICES, service=typed["parent"])
    said = _described(form, await desk.app.organisation.units(), typed["parent"], {})
    try:
        made = await desk.app.offered.add(said, key=text_of(form, "key"), by=desk.actor)
    except FieldsRejected as rejected:
        return await _form_page(desk, typed, faults=faults_of(rejected, desk))
    return desk.go(f"{PATH}/{made.key}", "tree_added")


@router.get(PATH + "/{service}/edit")
async def edit_form(service: str, desk: Editor) -> Response:
    one, _ = await _editable(service, desk)
    return await _form_page(desk, await _as_typed(one, desk), one=one)


@router.post(PATH + "/{service}/edit")
async def edit(service: str, desk: Editor) -> Response:
    form = await desk.form()
    one, _ = await _editable(service, desk)
    typed = _typed(form)
    parent = one.parent or ""
    if "parent" in form and typed["parent"] != parent:
        # Who sees it changes: it takes a role on both places.
        for place in (parent, typed["parent"]):
            desk.caller.require(Action.EDIT_SERVICES, service=place)
        parent = typed["parent"]
    said = _described(form, await desk.app.organisation.units(), parent, one.label)
    try:
        await desk.app.offered.change(
            service, said, expected_revision=revision_of(form), by=desk.actor
        )
    except FieldsRejected as rejected:
        return await _form_page(desk, typed, one=one, faults=faults_of(rejected, desk))
    except ChangedMeanwhile as overtaken:
        return await _form_page(desk, typed, one=_now(overtaken), faults=conflict(desk), status=409)
    return desk.go(f"{PATH}/{service}", "tree_changed")


@router.get(PATH + "/{service}/archive")
async def archive_form(service: str, desk: Editor) -> Response:
    one, known = await _editable(service, desk)
    return await _archive_page(desk, one, known)


@router.post(PATH + "/{service}/archive")
async def archive(service: str, desk: Editor) -> Response:
    form = await desk.form()
    one, known = await _editable(service, desk)
    try:
        await desk.app.offered.archive(
            service,
            what_lies_below=below_of(form),
            expected_revision=revision_of(form),
            by=desk.actor,
        )
    except FieldsRejected as rejected:
        return await _archive_page(desk, one, known, faults_of(rejected, desk))
    except ChangedMeanwhile as overtaken:
        return await _archive_page(desk, _now(overtaken), known, conflict(desk), status=409)
    return desk.go(f"{PATH}/{service}", "tree_archived")


@router.get(PATH + "/{service}/restore")
async def restore_form(service: str, desk: Editor) -> Response:
    one, known = await _editable(service, desk)
    return _restore_page(desk, one, known)


@router.post(PATH + "/{service}/restore")
async def restore(service: str, desk: Editor) -> Response:
    form = await desk.form()
    one, known = await _editable(service, desk)
    try:
        await desk.app.offered.restore(service, expected_revision=revision_of(form), by=desk.actor)
    except FieldsRejected as rejected:
        return _restore_page(desk, one, known, faults_of(rejected, desk))
    except ChangedMeanwhile as overtaken:
        return _restore_page(desk, _now(overtaken), known, conflict(desk), status=409)
    return desk.go(f"{PATH}/{service}", "tree_restored")


async def _editable(service: str, desk: Desk) -> tuple[Service, Sequence[Service]]:
    """The service and all there are. Raises: NotFound."""
    desk.caller.require(Action.EDIT_SERVICES, service=service)
    known = await desk.app.organisation.services()
    return only(known, service), known


def _now(overtaken: ChangedMeanwhile) -> Service:
    if not isinstance(overtaken.now, Service):
        raise NotFound("service") from overtaken
    return overtaken.now


def _typed(form: FormData) -> Typed:
    """What was typed, to be shown again."""
    return {
        **{name: text_of(form, name) for name in (*_TEXTS, "parent", "key")},
        **{name: "\n".join(lines_of(form, name)) for name in _LONG},
    }


async def _as_typed(one: Service, desk: Desk) -> Typed:
    """What stands, as somebody would type it: units by name where no other is called so."""
    units = await desk.app.organisation.units()
    names = [each.name for each in units]
    by_key = {each.key: each.name if names.count(each.name) == 1 else each.key for each in units}
    return {
        "name": one.name,
        "label": one.label.get("cy", ""),
        "provider": one.provider,
        "owner": one.owner,
        "parent": one.parent or "",
        "systems": "\n".join(one.systems),
        "units": "\n".join(by_key.get(key, key) for key in one.units),
    }


def _described(
    form: FormData, units: Sequence[Unit], parent: str, label: Mapping[str, str]
) -> Description:
    """What was typed, with units by key; a line that names none stays, and is refused as such."""
    names = [folded(each.name) for each in in_use(units)]
    keys = {folded(each.name): each.key for each in in_use(units)}
    keys = {name: key for name, key in keys.items() if names.count(name) == 1}
    keys |= {each.key: each.key for each in units}
    named = (keys.get(folded(line), line) for line in lines_of(form, "units"))
    welsh = text_of(form, "label")
    name = text_of(form, "name")
    kept = {
        language: name if language == "en" else text
        for language, text in label.items()
        if language != "cy"
    }
    return Description(
        name=name,
        label={**kept, **({"cy": welsh} if welsh else {})},
        provider=text_of(form, "provider"),
        owner=text_of(form, "owner"),
        parent=parent,
        systems=lines_of(form, "systems"),
        units=tuple(sorted(set(named))),
    )


async def _form_page(
    desk: Desk,
    typed: Typed,
    *,
    one: Service | None = None,
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> Response:
    known = await desk.app.organisation.services()
    title = N_("Change what is said of it") if one else N_("Add a service")
    stands: Sequence[tuple[str, Any]] = ()
    if one and status == 409:
        now = await _as_typed(one, desk)
        labels = {
            "name": N_("Name"),
            "label": N_("Name in Welsh"),
            "provider": N_("Provider"),
            "owner": N_("Owner"),
            "systems": N_("Systems"),
            "units": N_("Who uses it"),
        }
        stands = [(desk.say(labels[name]), now[name].replace("\n", ", ")) for name in labels]
    places = _places(known, one, desk)
    return desk.page(
        "staff/service_form.html",
        desk.say(title),
        crumbs=crumbs_to(one, known, desk, itself=True)
        if one
        else [Crumb(desk.say(N_("Services")), PATH)],
        faults=faults,
        status=status,
        wrong={fault.field: fault.text for fault in faults},
        typed=typed,
        service=one,
        stands=stands,
        places=places,
        cancel=f"{PATH}/{one.key}" if one else PATH,
        button=desk.say(N_("Save")) if one else desk.say(N_("Add")),
    )


def _places(known: Sequence[Service], one: Service | None, desk: Desk) -> list[tuple[str, str]]:
    """Where the caller may put it; nothing where they may not take it from where it lies."""
    keys = services_for(desk.caller.grants, Action.EDIT_SERVICES, desk.caller.trees)
    if one and (one.parent or "") not in keys:
        return []
    inside = {one.key, *below(known, one.key)} if one else set()
    found = [(key, name) for key, name in options(known) if key in keys and key not in inside]
    return [*([("", desk.say(N_("At the top")))] if "" in keys else []), *found]


async def _archive_page(
    desk: Desk,
    one: Service,
    known: Sequence[Service],
    faults: Sequence[Fault] = (),
    *,
    status: int = 200,
) -> Response:
    found = await desk.app.offered.consequence(one.key)
    floor = max(desk.app.settings.floor, await desk.app.units.floor())
    what = N_(
        "Surveys that are published from then on leave it out. "
        "Those that are open offer it until they are published anew. Its figures keep its name."
    )
    return desk.page(
        "staff/structure_archive.html",
        desk.say(N_("Archive {name}")).format(name=one.name),
        crumbs=crumbs_to(one, known, desk, itself=True),
        faults=faults,
        status=status,
        wrong={fault.field: fault.text for fault in faults},
        is_overtaken=status == 409,
        what=desk.say(what),
        one=one,
        rows=consequence_rows(found, floor=floor, desk=desk, of_unit=False),
        choose_below=found.below > 0,
        path=f"{PATH}/{one.key}",
    )


def _restore_page(
    desk: Desk,
    one: Service,
    known: Sequence[Service],
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
        what=desk.say(N_("Surveys that are published from then on offer it again.")),
        one=one,
        path=f"{PATH}/{one.key}",
    )
