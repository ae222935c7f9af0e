"""The pages of what is done with a report: one form for each act, and those to merge and split."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.case_acts import BY_KEY, Act
from api.staff.case_desk import PATH, TITLE, Worker, looker_of, names_for, workers_of
from api.staff.case_fields import Around, Field, Look, Typed
from api.staff.case_page import WENT_ON, faults_of, seen_by, workable, written
from api.staff.case_telling import told_how
from api.staff.case_words import options
from api.staff.shell import Crumb, Desk, Fault
from api.staff.tree import indented
from survey.case_labels import KINDS
from survey.domain.case_owners import proposed_owner
from survey.domain.case_records import ProblemState, TellingKind
from survey.domain.cases import Case, CaseKind
from survey.domain.language import N_
from survey.domain.local_time import moment_of
from survey.errors import (
    CaseRefused,
    ChangedMeanwhile,
    FieldsRejected,
    NotFound,
    ReporterLeftOut,
)
from survey.services.cases import CaseFile

router = APIRouter(include_in_schema=False)

_NOT_NOW: Final = N_("That does not fit any more: the report went on. Look at how it stands.")
_OTHERS: Final = N_(
    "Somebody else reported that one, and whoever reported this one would hear no more. Link both"
    " to a problem instead: then each is told, and asked whether it is fixed"
)
_NO_OTHER: Final = N_("Give the reference of another report that is open, such as P-4TK2")


@router.get(PATH + "/{reference}/do/{act}")
async def form(reference: str, act: str, desk: Worker) -> Response:
    """Raises: NotFound, for what there is no act of this name."""
    found = await workable(reference, desk)
    return await _form(desk, found, _act(act, found, desk))


@router.post(PATH + "/{reference}/do/{act}")
async def do(reference: str, act: str, desk: Worker) -> Response:
    posted = await desk.form()
    found = await workable(reference, desk)
    chosen = _act(act, found, desk)
    around = await around_of(found.case, desk)
    typed = {each.name: written(posted, each.name) for each in chosen.fields(found.case, around)}
    here = f"{PATH}/{found.case.reference}"
    try:
        said = chosen.made(found.case, typed, around)
        if said is None:
            return desk.go(here, "case_nothing")
        await desk.app.cases.act(
            reference, said, looker=looker_of(desk), by=desk.actor, seen=seen_by(posted)
        )
    except FieldsRejected as rejected:
        return await _form(desk, found, chosen, typed, faults_of(rejected, desk))
    except (ChangedMeanwhile, CaseRefused) as error:
        now = await workable(reference, desk)
        words = WENT_ON if isinstance(error, ChangedMeanwhile) else _NOT_NOW
        faults = [Fault("act", desk.say(words))]
        return await _form(desk, now, chosen, typed, faults, status=409)
    return desk.go(here, "case_done")


@router.get(PATH + "/{reference}/merge")
async def merge_form(reference: str, desk: Worker) -> Response:
    return await _merge_form(desk, await workable(reference, desk))


@router.post(PATH + "/{reference}/merge")
async def merge(reference: str, desk: Worker) -> Response:
    posted = await desk.form()
    found, into = await workable(reference, desk), written(posted, "into").strip()
    try:
        after = await desk.app.cases.merge(reference, into, looker=looker_of(desk), by=desk.actor)
    except (NotFound, CaseRefused) as error:
        words = _OTHERS if isinstance(error, ReporterLeftOut) else _NO_OTHER
        return await _merge_form(desk, found, into, [Fault("into", desk.say(words))])
    return desk.go(f"{PATH}/{after.reference}", "case_merged")


@router.get(PATH + "/{reference}/split")
async def split_form(reference: str, desk: Worker) -> Response:
    return await _split_form(desk, await workable(reference, desk))


@router.post(PATH + "/{reference}/split")
async def split(reference: str, desk: Worker) -> Response:
    posted = await desk.form()
    found = await workable(reference, desk)
    typed = {name: written(posted, name) for name in ("text", "service", "kind")}
    kind = CaseKind(typed["kind"]) if typed["kind"] in set(CaseKind) else found.case.kind
    try:
        made = await desk.app.cases.split(
            reference,
            typed["text"],
            service=typed["service"],
            kind=kind,
            looker=looker_of(desk),
            by=desk.actor,
            seen=seen_by(posted),
        )
    except FieldsRejected as rejected:
        return await _split_form(desk, found, typed, faults_of(rejected, desk))
    except ChangedMeanwhile:
        now = await workable(reference, desk)
        return await _split_form(desk, now, typed, [Fault("act", desk.say(WENT_ON))], status=409)
    return desk.go(f"{PATH}/{made.reference}", "case_split")


def _act(key: str, found: CaseFile, desk: Desk) -> Act:
    """Raises: NotFound, also for one that is not theirs to do."""
    act = BY_KEY.get(key)
    if act is None or not act.is_theirs(found.case, looker_of(desk)):
        raise NotFound("act")
    return act


async def around_of(case: Case, desk: Desk) -> Around:
    """What the forms about this case offer."""
    services = await desk.app.organisation.services()
    accounts = await desk.app.accounts.all()
    workers = workers_of(case, accounts, desk)
    async with desk.app.begin.read() as work:
        known = await work.problems.all(open_only=False)
    line = desk.caller.trees.services.get(case.service, (case.service,))

    def moment(local: datetime) -> datetime:
        return moment_of(local, desk.app.settings.zone)

    return Around(
        say=desk.say,
        # What it has now is offered too: else saving something else would take it away.
        owners=[
            (str(each.id), each.name or each.email)
            for each in accounts
            if each in workers or each.id == case.owner
        ],
        services=indented(
            [each for each in services if each.ended_at is None or each.key == case.service]
        ),
        problems=[
            each
            for each in known
            if each.state is not ProblemState.FIXED or each.id == case.problem
        ],
        proposed=proposed_owner(line, services, workers),
        now=desk.app.clock.now(),
        moment=moment,
    )


async def _form(
    desk: Desk,
    found: CaseFile,
    act: Act,
    typed: Typed | None = None,
    faults: Sequence[Fault] = (),
    *,
    status: int = 200,
) -> Response:
    case = found.case
    if not act.possible(case) and not faults:
        faults, status = [Fault("act", desk.say(_NOT_NOW))], 409
    names = await names_for(desk, [case])
    explained = [desk.say(act.explained)] if act.explained else []
    if act.told is not None:
        explained.insert(0, await told_how(found, act.told, names, desk))
    return _page(
        desk,
        found,
        title=desk.say(act.title),
        action=f"do/{act.key}",
        button=desk.say(act.button),
        fields=act.fields(case, await around_of(case, desk)),
        explained=explained,
        typed=typed,
        faults=faults,
        status=status,
        danger=act.ends,
    )


async def _merge_form(
    desk: Desk, found: CaseFile, into: str = "", faults: Sequence[Fault] = ()
) -> Response:
    names = await names_for(desk, [found.case])
    return _page(
        desk,
        found,
        title=desk.say(N_("Merge it into another report")),
        action="merge",
        button=desk.say(N_("Merge")),
        fields=[
            Field(
                "into",
                desk.say(N_("Reference of the other report")),
                Look.LINE,
                desk.say(N_("Such as P-4TK2. This one ends; the other goes on for both.")),
            )
        ],
        explained=[await told_how(found, TellingKind.UPDATE, names, desk)],
        typed={"into": into},
        faults=faults,
        danger=True,
    )


async def _split_form(
    desk: Desk,
    found: CaseFile,
    typed: Typed | None = None,
    faults: Sequence[Fault] = (),
    *,
    status: int = 200,
) -> Response:
    case, around, say = found.case, await around_of(found.case, desk), desk.say
    kinds = options(KINDS, desk)
    return _page(
        desk,
        found,
        title=say(N_("Split off a part")),
        action="split",
        button=say(N_("Split it off")),
        fields=[
            Field("text", say(N_("What the new report says"))),
            Field("service", say(N_("Service")), Look.CHOICE, "", around.services, case.service),
            Field("kind", say(N_("What is wrong")), Look.CHOICE, "", kinds, case.kind),
        ],
        explained=[
            say(N_("The new report has the same reporter, and a reference and clocks of its own."))
        ],
        typed=typed,
        faults=faults,
        status=status,
    )


def _page(
    desk: Desk,
    found: CaseFile,
    *,
    title: str,
    action: str,
    button: str,
    fields: Sequence[Field],
    explained: Sequence[str],
    typed: Typed | None,
    faults: Sequence[Fault],
    status: int = 200,
    danger: bool = False,
) -> Response:
    case = found.case
    here = f"{PATH}/{case.reference}"
    return desk.page(
        "staff/case_act.html",
        title,
        crumbs=[Crumb(desk.say(TITLE), PATH), Crumb(case.reference, here)],
        faults=faults,
        status=status,
        case=case,
        here=here,
        action=f"{here}/{action}",
        button=button,
        fields=fields,
        typed=typed or {each.name: each.value for each in fields},
        explained=explained,
        danger=danger,
        overtaken=status == 409,
    )
