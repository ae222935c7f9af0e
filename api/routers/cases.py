"""/cases and /status: problem reports for other systems and bots, and what is known of problems."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from analytics.case_figures import By, CaseFigures, figures_by
from api.access import Access, App, Caller, Rule
from api.bodies import described_body, idempotency_key, read_json, validated
from api.problems import NotJson, TooLarge, TooMany, responses
from api.routers.trends import refuse_unknown_parameters
from survey.domain.case_records import CaseQuery, CaseSort, ProblemState
from survey.domain.cases import Case, CaseKind, CaseState, Effect, Entry, Side, Verdict
from survey.domain.texts import LONGEST_MESSAGE
from survey.errors import (
    BadQuery,
    Busy,
    CaseRefused,
    FieldsRejected,
    IdempotencyMismatch,
    NotFound,
    Refused,
    Unknown,
)
from survey.services.case_reading import ReadCase
from survey.services.case_sums import MOST_MONTHS
from survey.services.keyed_cases import Added, Adding
from survey.services.second_hand import SecondHand

router = APIRouter(tags=["cases"])

Reader = Annotated[Caller, Depends(Access(Rule.READ_CASES))]
Writer = Annotated[Caller, Depends(Access(Rule.WRITE_CASES))]
Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY_OR_KEY))]

_PARAMETERS: Final = ("service", "unit", "state", "open", "since", "until", "limit", "cursor")
_MOST: Final = 200
_TOLD: Final = ("verdict", "reason", "at", "until", "clock", "reference")
"""What of an entry's data is told: never ids of ours, nor answers."""

_LONGEST_KEY: Final = 40
_WITH_THOSE_BELOW: Final = "It includes those below it."


class CaseOut(BaseModel):
    """A problem report; never who reported it. Times are null where no clock runs."""

    reference: str = Field(examples=["P-4TK2"])
    service: str
    system: str = Field(description="Empty for a provider: the reporter may have typed it.")
    unit: str | None = Field(description="The school or department, null where none is known.")
    kind: CaseKind
    effect: Effect
    state: CaseState
    open: bool
    priority: str
    opened_at: datetime
    acknowledge_by: datetime | None = None
    update_by: datetime | None = None
    fix_by: datetime | None = None
    fixed_at: datetime | None = None
    ended_at: datetime | None = None
    reopenings: int
    provider_verdict: Verdict | None = Field(
        None, description="Whether the provider holds it fixed."
    )
    reporter_verdict: Verdict | None = Field(None, description="Whether its reporter does.")


class EntryOut(BaseModel):
    """One thing that happened; `told` holds a verdict, a reason or a moment where there is one."""

    number: int
    at: datetime
    kind: str
    audience: str
    side: str
    text: str
    told: dict[str, str]


class CaseDetailOut(CaseOut):
    entries: list[EntryOut]


class CasePageOut(BaseModel):
    """The newest first; `next` is the cursor of the page that follows, null where none does."""

    cases: list[CaseOut]
    next: str | None


class ReportedOut(BaseModel):
    """The report was kept. It is read again by its reference, unless only few may see it."""

    reference: str = Field(examples=["P-4TK2"])
    acknowledge_by: datetime | None = Field(description="By when somebody answers.")


class CaseIn(BaseModel):
    """A report. Its reporter is answered at `email` and nowhere else."""

    model_config = ConfigDict(extra="forbid", strict=True)

    service: str = Field(max_length=_LONGEST_KEY, examples=["payroll"])
    kind: Literal["broken", "wrong_pay", "hard_to_use", "figures", "data_astray", "other"]
    text: str = Field(
        max_length=LONGEST_MESSAGE, examples=["Three payslips are missing this month."]
    )
    effect: Literal["none", "slows", "stuck", "unpaid"] = "slows"
    unit: str = Field("", max_length=_LONGEST_KEY, examples=["oakfield"])
    system: str = Field("", max_length=120)
    email: str = Field("", max_length=254)
    language: str = Field("en", max_length=3)


class EntryIn(BaseModel):
    """What is added, for one of the sides; a reporter adds messages, a provider's key notes and
    verdicts only. A note is read by staff and by the provider, who is given the report with it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["message", "note", "acknowledged", "started", "fixed", "verdict"]
    side: Literal["staff", "provider", "reporter"] | None = Field(
        None, description="That of the key where it is left out."
    )
    text: str = Field("", max_length=LONGEST_MESSAGE)
    verdict: Literal["fixed", "partly", "not_fixed"] | None = Field(
        None, description="What the provider says, with the kind verdict."
    )


class CaseFiguresOut(BaseModel):
    """Counts of reports, each in the month in which it came; rates in whole percent."""

    key: str = Field(description='A month as "2026-05-01", or the key of a service and the like.')
    reported: int
    open: int
    late: int
    breached: int = Field(description="A promised time ran out at least once.")
    fixed: int = Field(description="Said to be fixed and not reopened since, confirmed or not.")
    confirmed: int
    not_confirmed: int
    refused: int = Field(description="The reporter said last that it is not or partly fixed.")
    partly: int
    reopened: int
    declined: int
    oldest_open: datetime | None = None
    breached_percent: int | None = Field(None, description="Breached, of reported.")
    reopened_percent: int | None = Field(None, description="Reopened, of reported.")
    confirmed_percent: int | None = Field(
        None, description="Confirmed of confirmed, not confirmed and refused."
    )
    first_contact_percent: int | None = None


class FiguresOut(BaseModel):
    """What few may see is in none of them."""

    by: By
    months: int
    as_of: datetime
    figures: list[CaseFiguresOut]


class KnownOut(BaseModel):
    """A known problem or planned downtime, as anybody may read it."""

    title: str
    service: str
    told: str
    told_at: datetime | None
    state: ProblemState
    planned: bool
    schools: int | None = Field(description="How many report it, where there are two or more.")
    update_by: datetime | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    fixed_at: datetime | None = None


@router.get("/status", responses=responses(BadQuery, Unknown, TooMany))
async def status(
    request: Request,
    _: Anybody,
    app: App,
    service: Annotated[str, Query(description=_WITH_THOSE_BELOW)] = "",
) -> list[KnownOut]:
    """Known problems and planned downtime, the latest word first."""
    refuse_unknown_parameters(request, ("service",))
    return [
        KnownOut(
            title=each.problem.title,
            service=each.problem.service,
            told=each.problem.told,
            told_at=each.problem.told_at,
            state=each.problem.state,
            planned=each.problem.planned,
            schools=each.schools if each.schools > 1 else None,
            update_by=each.problem.update_by,
            begins_at=each.problem.begins_at,
            ends_at=each.problem.ends_at,
            fixed_at=each.problem.fixed_at,
        )
        for each in await app.problems.known(service=service)
    ]


@router.get("/cases", responses=responses(BadQuery, Unknown, Refused, TooMany))
async def cases(
    request: Request,
    caller: Reader,
    app: App,
    service: Annotated[str, Query(examples=["payroll"], description=_WITH_THOSE_BELOW)] = "",
    unit: Annotated[str, Query(examples=["oakfield"], description=_WITH_THOSE_BELOW)] = "",
    state: Annotated[str, Query(examples=["new"])] = "",
    open_: Annotated[str, Query(alias="open", examples=["true"])] = "",
    since: Annotated[str, Query(description="Reported on this day or later (UTC).")] = "",
    until: Annotated[str, Query(description="Reported before this day (UTC).")] = "",
    limit: Annotated[str, Query(examples=["50"])] = "50",
    cursor: Annotated[str, Query(description="`next` of the page before.")] = "",
) -> CasePageOut:
    """Problem reports that the key reaches, the newest first; those for few are never among them.

    A provider's key reaches what staff handed to the provider of its services.
    """
    refuse_unknown_parameters(request, _PARAMETERS)
    assert caller.key is not None
    if state and state not in set(CaseState):
        raise BadQuery("state", f"it is one of: {', '.join(CaseState)}")
    if open_ not in ("", "true", "false"):
        raise BadQuery("open", "it is true or false")
    _refuse_keys(service=service, unit=unit)
    query = CaseQuery(
        service=service,
        unit=unit,
        states=frozenset({CaseState(state)} if state else ()),
        open={"true": True, "false": False}.get(open_),
        since=_day("since", since),
        until=_day("until", until),
        sort=CaseSort.NEWEST,
    )
    asked = json.dumps([service, unit, state, open_, since, until])
    page = await app.keyed_cases.listed(
        query,
        key=caller.key,
        limit=_number("limit", limit, _MOST),
        after=_place(cursor, asked),
    )
    return CasePageOut(
        cases=[_case(each) for each in page.cases],
        next=_cursor(page.after, asked) if page.after else None,
    )


@router.get("/cases/figures", responses=responses(BadQuery, Unknown, Refused, TooMany))
async def figures(
    request: Request,
    caller: Reader,
    app: App,
    by: Annotated[str, Query(examples=["month"])] = "month",
    months: Annotated[str, Query(examples=["12"])] = "12",
    service: Annotated[str, Query(description=_WITH_THOSE_BELOW)] = "",
    unit: Annotated[str, Query(description=_WITH_THOSE_BELOW)] = "",
) -> FiguresOut:
    """How reports that the key reaches fare, by month, service, provider or kind of unit.

    Not for a provider's key. What reporters think of how it was handled is an opinion of people and
    stands with those: `/trends?measure=satisfaction&questionnaire=problem-handling&service=`.
    """
    refuse_unknown_parameters(request, ("by", "months", "service", "unit"))
    assert caller.key is not None
    if by not in set(By):
        raise BadQuery("by", f"it is one of: {', '.join(By)}")
    _refuse_keys(service=service, unit=unit)
    wanted = _number("months", months, MOST_MONTHS)
    looker = await app.keyed_cases.of_staff(caller.key)
    summed = await app.case_sums.of(looker, months=wanted, service=service, unit=unit)
    providers = {each.key: each.provider for each in await app.organisation.services()}
    rows = figures_by(By(by), summed.sums, providers=providers, months=summed.months)
    return FiguresOut(
        by=By(by), months=wanted, as_of=summed.as_of, figures=[_figures(row) for row in rows]
    )


@router.get("/cases/{reference}", responses=responses(Unknown, Refused, NotFound, TooMany))
async def case(reference: str, caller: Reader, app: App) -> CaseDetailOut:
    """One report with everything that staff may read of it.

    A provider's key gets what is for the provider or for everybody, from when it was handed over.
    """
    assert caller.key is not None
    return _detail(await app.keyed_cases.get(reference, key=caller.key))


@router.post(
    "/cases",
    status_code=201,
    responses=responses(
        FieldsRejected,
        TooLarge,
        NotJson,
        TooMany,
        Unknown,
        Refused,
        IdempotencyMismatch,
        Busy,
    ),
    openapi_extra=described_body("CaseIn"),
)
async def report(request: Request, caller: Writer, app: App) -> ReportedOut:
    """Report a problem; personal data that went astray is for few from the first moment.

    A key for a part of the body reports problems of that part; a provider's reports none.
    """
    body = validated(CaseIn, await read_json(request))
    assert caller.key is not None
    said = body.model_dump()
    told = SecondHand(**said | {"kind": CaseKind(body.kind), "effect": Effect(body.effect)})
    kept = await app.keyed_cases.report(told, key=caller.key, repeats=idempotency_key(request))
    return ReportedOut(reference=kept.reference, acknowledge_by=kept.acknowledge_by)


@router.post(
    "/cases/{reference}/entries",
    status_code=201,
    responses=responses(
        FieldsRejected,
        TooLarge,
        NotJson,
        TooMany,
        Unknown,
        Refused,
        NotFound,
        CaseRefused,
        IdempotencyMismatch,
        Busy,
    ),
    openapi_extra=described_body("EntryIn"),
)
async def add_entry(reference: str, request: Request, caller: Writer, app: App) -> CaseDetailOut:
    """Add to a report; what its reporter is to read leaves as if staff had written it."""
    body = validated(EntryIn, await read_json(request))
    assert caller.key is not None
    told = Added(
        kind=Adding(body.kind),
        side=Side(body.side) if body.side else None,
        text=body.text,
        verdict=Verdict(body.verdict) if body.verdict else None,
    )
    added = await app.keyed_cases.add(
        reference, told, key=caller.key, repeats=idempotency_key(request)
    )
    return _detail(added)


def _refuse_keys(**keys: str) -> None:
    """Raises: BadQuery, for what no key can be."""
    for name, value in keys.items():
        if len(value) > _LONGEST_KEY or "\0" in value:
            raise BadQuery(name, "there is no such key")


def _case(case: Case) -> CaseOut:
    return CaseOut(**_values(case))


def _detail(found: ReadCase) -> CaseDetailOut:
    entries = [_entry(each) for each in found.timeline]
    return CaseDetailOut(**_values(found.case), entries=entries)


def _values(case: Case) -> dict[str, Any]:
    named = [name for name in CaseOut.model_fields if name not in ("unit", "open", "priority")]
    values = {name: getattr(case, name) for name in named}
    return values | {
        "unit": case.unit or None,
        "open": case.state.open,
        "priority": case.priority.value,
    }


def _entry(entry: Entry) -> EntryOut:
    return EntryOut(
        number=entry.number,
        at=entry.at,
        kind=entry.kind.value,
        audience=entry.audience.value,
        side=entry.side.value,
        text=entry.text,
        told={name: str(entry.data[name]) for name in _TOLD if entry.data.get(name)},
    )


def _figures(row: CaseFigures) -> CaseFiguresOut:
    counted: Mapping[str, int] = {
        name: getattr(row.counts, name)
        for name in CaseFiguresOut.model_fields
        if hasattr(row.counts, name)
    }
    rates = {name: None if rate is None else int(rate) for name, rate in row.percents.items()}
    return CaseFiguresOut(key=row.key, **counted, oldest_open=row.oldest, **rates)


def _day(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadQuery(name, "write the date as 2026-03-31") from None
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


def _number(name: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= most):
        raise BadQuery(name, f"give a number from 1 to {most}")
    return int(text)


def _cursor(after: str, asked: str) -> str:
    told = json.dumps([sha256(asked.encode()).hexdigest()[:16], after])
    return urlsafe_b64encode(told.encode()).decode()


def _place(cursor: str, asked: str) -> str | None:
    """Where the list goes on. Raises: BadQuery, also for a cursor of another list."""
    if not cursor:
        return None
    try:
        mark, place = json.loads(urlsafe_b64decode(cursor.encode("ascii")))
        at, case = json.loads(place)
        whole = (datetime.fromisoformat(at).tzinfo, UUID(case))
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise BadQuery("cursor", "take `next` of the page before as it is") from None
    if mark != sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:16] or whole[0] is None:
        raise BadQuery("cursor", "it belongs to another list")
    return str(place)
