"""/staff/cases/templates: replies to begin from, for a service and those below it."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from api.staff.case_desk import PATH, TITLE, Worker
from api.staff.case_page import written
from api.staff.listing import Link
from api.staff.shell import Crumb, Desk, Fault
from api.staff.structure_words import text_of
from api.staff.tree import indented
from survey.domain.access import Action
from survey.domain.case_desk import ReplyTemplate
from survey.domain.language import N_
from survey.domain.structure import in_use
from survey.errors import FieldsRejected, NotFound
from survey.locales import SPOKEN

router = APIRouter(include_in_schema=False)

TEMPLATES: Final = f"{PATH}/templates"

_TITLE: Final = N_("Replies to begin from")
_ALL: Final = N_("All services")

_WRONG: Final[Mapping[tuple[str, str], str]] = {
    ("name", "required"): N_("Give it a name"),
    ("name", "too_long"): N_("Make the name 80 characters or fewer"),
    ("name", "too_many"): N_("There are too many. Remove some first"),
    ("service", "no_service"): N_("Choose a service"),
    ("text-en", "required"): N_("Write the reply in English"),
}
_TOO_LONG: Final = N_("Make this 4,000 characters or fewer")
_BAD_SIGN: Final = N_("Take out the sign that cannot be printed")


@router.get(TEMPLATES)
async def templates(desk: Worker) -> Response:
    """Those that help with what they work on; they change those of services that are theirs."""
    names = {
        each.key: each.called(desk.language) for each in await desk.app.organisation.services()
    }
    found = [each for each in await desk.app.case_desk.templates() if _reads(each.service, desk)]

    def name(template: ReplyTemplate) -> str | Link:
        changes = _may(template.service, desk)
        return Link(template.name, f"{TEMPLATES}/{template.id}") if changes else template.name

    return desk.page(
        "staff/case_templates.html",
        desk.say(_TITLE),
        crumbs=[Crumb(desk.say(TITLE), PATH)],
        rows=[
            (
                name(each),
                names.get(each.service, each.service) or desk.say(_ALL),
                each.in_(desk.language),
            )
            for each in found
        ],
        columns=[desk.say(N_("Reply")), desk.say(N_("Service")), desk.say(N_("Text"))],
        add=f"{TEMPLATES}/add",
        back=PATH,
    )


@router.get(TEMPLATES + "/add")
async def add_form(desk: Worker) -> Response:
    return await _form(desk, None, {})


@router.post(TEMPLATES + "/add")
async def add(desk: Worker) -> Response:
    return await _save(desk, None)


@router.get(TEMPLATES + "/{template:uuid}")
async def edit_form(template: UUID, desk: Worker) -> Response:
    found = await _theirs(template, desk)
    texts = {f"text-{language}": text for language, text in found.text.items()}
    return await _form(desk, found, {"name": found.name, "service": found.service, **texts})


@router.post(TEMPLATES + "/{template:uuid}")
async def edit(template: UUID, desk: Worker) -> Response:
    return await _save(desk, await _theirs(template, desk))


@router.post(TEMPLATES + "/{template:uuid}/remove")
async def remove(template: UUID, desk: Worker) -> Response:
    await desk.form()
    await _theirs(template, desk)
    await desk.app.case_desk.drop_template(template, by=desk.actor)
    return desk.go(TEMPLATES, "template_removed")


def _may(service: str, desk: Desk) -> bool:
    """Whoever works the reports of a service in every school; '' takes all services."""
    return desk.caller.may(Action.WORK_CASES, service=service)


def _reads(service: str, desk: Desk) -> bool:
    """Also what is for services above those that are theirs."""
    below = (key for key, line in desk.caller.trees.services.items() if service in line)
    return not service or any(_may(key, desk) for key in below)


async def _theirs(template: UUID, desk: Desk) -> ReplyTemplate:
    """Raises: NotFound, also for one of a service that is not theirs."""
    found = await desk.app.case_desk.template(template)
    if not _may(found.service, desk):
        raise NotFound("reply template")
    return found


async def _save(desk: Desk, before: ReplyTemplate | None) -> Response:
    form = await desk.form()
    typed = _typed(form)
    if not _may(typed["service"], desk):
        raise NotFound("service")
    try:
        await desk.app.case_desk.put_template(
            before.id if before else None,
            name=typed["name"],
            service=typed["service"],
            text={language: typed[f"text-{language}"] for language in SPOKEN},
            by=desk.actor,
        )
    except FieldsRejected as rejected:
        return await _form(desk, before, typed, _faults(rejected, desk))
    return desk.go(TEMPLATES, "template_saved")


def _typed(form: FormData) -> Mapping[str, str]:
    texts = {f"text-{language}": written(form, f"text-{language}") for language in SPOKEN}
    return {"name": text_of(form, "name"), "service": text_of(form, "service"), **texts}


def _faults(rejected: FieldsRejected, desk: Desk) -> list[Fault]:
    plain = {"too_long": _TOO_LONG, "bad_sign": _BAD_SIGN}
    return [
        Fault(each.path[0], desk.say(_WRONG.get((each.path[0], each.code)) or plain[each.code]))
        for each in rejected.faults
    ]


async def _form(
    desk: Desk,
    before: ReplyTemplate | None,
    typed: Mapping[str, str],
    faults: Sequence[Fault] = (),
) -> Response:
    services = in_use(await desk.app.organisation.services())
    theirs = indented([each for each in services if _may(each.key, desk)])
    return desk.page(
        "staff/case_template.html",
        before.name if before else desk.say(N_("Add a reply to begin from")),
        crumbs=[Crumb(desk.say(TITLE), PATH), Crumb(desk.say(_TITLE), TEMPLATES)],
        faults=faults,
        typed=typed,
        services=[*([("", desk.say(_ALL))] if _may("", desk) else []), *theirs],
        languages=list(SPOKEN),
        action=f"{TEMPLATES}/{before.id}" if before else f"{TEMPLATES}/add",
        remove=f"{TEMPLATES}/{before.id}/remove" if before else "",
        cancel=TEMPLATES,
    )
