"""/staff/cases/many: one act on many reports, in the background while a page tells how far."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.case_acts import ACTS_ON_MANY, BY_KEY, Act
from api.staff.case_desk import PATH, TITLE, Worker, looker_of, works_cases
from api.staff.case_doing import around_of
from api.staff.case_fields import Around, Typed
from api.staff.case_list import query_of
from api.staff.case_page import faults_of, written
from api.staff.case_runs import CaseRuns, Run, Stage
from api.staff.listing import LONGEST_FILTER, Link
from api.staff.shell import Crumb, Desk, Fault
from survey.domain.access import Action
from survey.domain.accounts import Account
from survey.domain.case_access import Looker, may_see
from survey.domain.cases import Case, EntryKind, Said
from survey.domain.language import N_
from survey.errors import Busy, CaseRefused, FieldsRejected, NotFound
from survey.services.cases import MOST_AT_ONCE

router = APIRouter(include_in_schema=False)

MANY: Final = f"{PATH}/many"

_LOOK_AGAIN_SECONDS: Final = 2
_BUSY: Final = N_("Others are working on many reports. Try again in a minute")
_WHY: Final[Mapping[str, str]] = {
    "case_refused": N_("It is over or was done already, or whom you chose may not work on it"),
    "not_found": N_("It is not yours to work on, or is gone"),
}


@router.post(MANY)
async def chosen(desk: Worker) -> Response:
    """What is done to those that were ticked, or to all of a list."""
    form = await desk.form()
    references = [each for each in form.getlist("case") if isinstance(each, str)]
    if form.get("all"):
        references = await _matching(written(form, "query"), desk)
    act = _act(written(form, "act"))
    if not references:
        return desk.go(f"{PATH}?{written(form, 'query')}", "case_none_ticked")
    return await _form(desk, act, references[:MOST_AT_ONCE])


@router.post(MANY + "/begin")
async def begin(desk: Worker) -> Response:
    """Begin it, and lead to the page that tells how far it is."""
    form = await desk.form()
    act, references = _act(written(form, "act")), written(form, "cases").split()[:MOST_AT_ONCE]
    around = await _around(references, desk)
    first = await _first(references, desk)
    typed = {each.name: written(form, each.name) for each in act.fields(first, around)}
    try:
        act.made(first, typed, around)
        run = _runs(desk).begin(
            references,
            await _said(act, typed, around, desk),
            title=act.title,
            looker=looker_of(desk),
            by=desk.actor,
        )
    except FieldsRejected as rejected:
        return await _form(desk, act, references, typed, faults_of(rejected, desk))
    except Busy:
        faults = [Fault("begin", desk.say(_BUSY))]
        return await _form(desk, act, references, typed, faults, status=503)
    return desk.go(f"{MANY}/{run.id}")


@router.get(MANY + "/{run:uuid}")
async def show(run: UUID, desk: Worker) -> Response:
    """How far it is, then what came of it."""
    found = _runs(desk).find(run, by=desk.actor)
    if found is None:
        return desk.go(PATH, "case_run_gone")
    response = desk.page(
        "staff/case_many_run.html",
        desk.say(found.title),
        crumbs=[Crumb(desk.say(TITLE), PATH)],
        stage=found.stage,
        number=found.number,
        percent=int(100 * found.share),
        seconds=_LOOK_AGAIN_SECONDS if found.stage is Stage.UNDER_WAY else 0,
        here=f"{MANY}/{run}",
        done=_links(found),
        refused=_refused(found, desk),
        back=PATH,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _links(run: Run) -> list[Link]:
    done = run.result.done if run.result else ()
    return [Link(reference, f"{PATH}/{reference}") for reference in done]


def _refused(run: Run, desk: Desk) -> list[tuple[str, str]]:
    refused = run.result.refused if run.result else ()
    return [(reference, desk.say(_WHY[why])) for reference, why in refused]


async def _matching(query: str, desk: Desk) -> list[str]:
    """The references of all that a list shows, as many as one act takes."""
    filters = {name: value[:LONGEST_FILTER] for name, value in parse_qsl(query)}
    asked, looker = query_of(filters, desk), looker_of(desk)
    page = await desk.app.cases.listed(asked, looker, limit=MOST_AT_ONCE)
    return [each.reference for each in page.cases]


def _act(key: str) -> Act:
    if key not in ACTS_ON_MANY:
        raise NotFound("act")
    return BY_KEY[key]


async def _first(references: Sequence[str], desk: Desk) -> Case:
    """Raises: NotFound, where none is theirs to work."""
    for reference in references:
        try:
            found = (await desk.app.cases.get(reference, looker_of(desk))).case
        except NotFound:
            continue
        return replace(found, owner=None, team="", problem=None)
    raise NotFound("case")


async def _around(references: Sequence[str], desk: Desk) -> Around:
    """What a form about many offers: whoever works any reports, since each is asked by itself."""
    around = await around_of(await _first(references, desk), desk)
    workers = [each for each in await desk.app.accounts.all() if works_cases(each)]
    return replace(around, owners=[(str(each.id), each.name or each.email) for each in workers])


async def _said(
    act: Act, typed: Typed, around: Around, desk: Desk
) -> Callable[[Case], Said | None]:
    """The entry for each of them: refused where the one it is given to may not work it."""
    known = {str(each.id): each for each in await desk.app.accounts.all()}
    owner = known.get(typed.get("owner", "")) if act.entry is EntryKind.ASSIGNED else None

    def said(case: Case) -> Said | None:
        if owner is not None and not _may_have(owner, case, desk):
            raise CaseRefused(act.entry, case.state)
        return act.made(case, typed, around)

    return said


def _may_have(owner: Account, case: Case, desk: Desk) -> bool:
    looker = Looker(owner.id, owner.grants, desk.caller.trees)
    return may_see(looker, case, Action.WORK_CASES)


async def _form(
    desk: Desk,
    act: Act,
    references: Sequence[str],
    typed: Typed | None = None,
    faults: Sequence[Fault] = (),
    *,
    status: int = 200,
) -> Response:
    around = await _around(references, desk)
    fields = act.fields(await _first(references, desk), around)
    return desk.page(
        "staff/case_many.html",
        desk.say(act.title),
        crumbs=[Crumb(desk.say(TITLE), PATH)],
        faults=faults,
        status=status,
        number=len(references),
        references=" ".join(references),
        act=act.key,
        action=f"{MANY}/begin",
        fields=fields,
        typed=typed or {each.name: each.value for each in fields},
        told=act.told is not None,
        button=desk.say(act.button),
        danger=act.ends,
        back=PATH,
    )


def _runs(desk: Desk) -> CaseRuns:
    runs: CaseRuns = desk.request.app.state.case_runs
    return runs
