"""Sums of problem reports, added up by the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.repositories.case_lists import conditions
from survey.db.tables import cases, entries, units
from survey.domain.case_records import CaseQuery
from survey.domain.case_sums import (
    FOUR_WEEKS,
    WEEK,
    CaseCounts,
    CaseSum,
    MonthSpan,
)
from survey.domain.cases import OPEN_STATES, CaseState, EntryKind, FirstContact, Verdict
from survey.domain.first_contact import HELD_FOR
from survey.domain.follow_up import Stage

_EARLIER: Final = -1


class SqlCaseSums:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def sums(
        self, query: CaseQuery, months: Sequence[MonthSpan], *, now: datetime
    ) -> Sequence[CaseSum]:
        bucket = (
            case(
                *(
                    (and_(cases.c.opened_at >= each.since, cases.c.opened_at < each.until), number)
                    for number, each in enumerate(months)
                ),
                else_=_EARLIER,
            )
            if months
            else literal(_EARLIER)
        ).label("bucket")
        kind = func.coalesce(units.c.kind, "").label("kind")
        open_ = cases.c.state.in_(OPEN_STATES)
        wanted: ColumnElement[bool] = open_
        if months:
            wanted = or_(open_, cases.c.opened_at >= min(each.since for each in months))
        chosen = (
            select(
                bucket,
                cases.c.service,
                kind,
                *(
                    func.sum(case((holds, 1), else_=0)).label(name)
                    for name, holds in _holding(now).items()
                ),
                func.min(case((open_, cases.c.opened_at), else_=null())).label("oldest"),
            )
            .select_from(cases.outerjoin(units, units.c.key == cases.c.unit))
            .where(wanted, *conditions(query, now))
            .group_by(bucket, cases.c.service, kind)
        )
        return [
            CaseSum(
                None if row.bucket == _EARLIER else months[row.bucket].month,
                row.service,
                row.kind,
                CaseCounts(**{name: int(getattr(row, name)) for name in _holding(now)}),
                row.oldest,
            )
            for row in await self._connection.execute(chosen)
        ]


def _holding(now: datetime) -> Mapping[str, ColumnElement[Any]]:
    """What has to hold for a report to be counted, by the names of `CaseCounts`."""
    state, verdict = cases.c.state, cases.c.reporter_verdict
    open_ = state.in_(OPEN_STATES)
    confirmed = state == CaseState.CONFIRMED.value
    ended = (CaseState.CONFIRMED.value, CaseState.NOT_CONFIRMED.value)
    waits = (CaseState.FIXED.value, CaseState.MONITORED.value)
    at_first_contact = and_(
        cases.c.first_contact == FirstContact.CONFIRMED.value,
        cases.c.judged_at <= now - HELD_FOR,
    )
    refused = and_(
        verdict.in_((Verdict.PARTLY.value, Verdict.NOT_FIXED.value)),
        state.not_in((*ended, *waits)),
    )
    return {
        "reported": literal(1) == 1,
        "open": open_,
        "fresh": and_(open_, cases.c.opened_at > now - WEEK),
        "old": and_(open_, cases.c.opened_at <= now - FOUR_WEEKS),
        "late": and_(open_, cases.c.due_at < now),
        "breached": _ran_out(),
        "fixed": or_(state.in_((*ended, *waits))),
        "confirmed": confirmed,
        "not_confirmed": state == CaseState.NOT_CONFIRMED.value,
        "declined": state == CaseState.DECLINED.value,
        "merged": state == CaseState.MERGED.value,
        "refused": refused,
        "partly": and_(refused, verdict == Verdict.PARTLY.value),
        "reopened": cases.c.reopenings > 0,
        "at_first_contact": at_first_contact,
        "settled": or_(cases.c.first_contact == FirstContact.NO.value, at_first_contact),
    }


def _ran_out() -> ColumnElement[bool]:
    """A clock of it did; the warning before is an entry of the same kind."""
    return exists(
        select(literal(1)).where(
            entries.c.case == cases.c.id,
            entries.c.kind == EntryKind.BREACHED.value,
            entries.c.data["stage"].as_string() == Stage.BREACH.value,
        )
    )
