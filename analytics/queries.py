"""The SQL of the read side: counts, published cells and sums of invitations.

Of responses it reads nothing but comments.

All selects; what is written goes through `survey.db`.
"""

from collections.abc import Collection, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from analytics.beside import WaveSpan
from analytics.disclosure import CellStatus
from survey.db.tables import boxes, cells, counts, invitations, responses, sealed, waves
from survey.domain.calendar import Span, span
from survey.domain.questionnaire import Privacy
from survey.domain.records import CellKey, Period, PublishedCell
from survey.domain.waves import InvitationState, WaveState

COUNT_COLUMNS = ("month", "wave", "series", "unit", "service", "question", "value", "n")


async def counts_between(
    connection: AsyncConnection,
    questionnaire: str,
    questions: Sequence[str],
    *,
    first: date,
    last: date,
) -> pd.DataFrame:
    """Everybody's counts of these questions in the months from `first` to `last`.

    Returns:
        A frame with `COUNT_COLUMNS`: one row per month, wave, series, unit, service, question and
        answer (bases, `*`, are left out); `n` is people.
    """
    keys = [counts.c[name] for name in COUNT_COLUMNS[:-1]]
    wanted = (
        select(*keys, func.sum(counts.c.n).label("n"))
        .where(
            counts.c.questionnaire == questionnaire,
            counts.c.question.in_(questions),
            counts.c.month.between(first, last),
            counts.c.dimension == "*",
            counts.c.value != "*",
        )
        .group_by(*keys)
    )
    rows = (await connection.execute(wanted)).all()
    return pd.DataFrame([tuple(row) for row in rows], columns=list(COUNT_COLUMNS))


async def published(
    connection: AsyncConnection,
    *,
    questionnaire: str,
    measure: str,
    by: Period,
    unit: str | None = None,
    service: str | None = None,
    start: date | None = None,
    in_waves: Collection[str] | None = None,
) -> list[PublishedCell]:
    """Published cells of one measure, oldest first; of a period with two series, the newer.

    `unit` and `service` name one each ('' is the whole body, all services), `start` is the first
    day of one period, `in_waves` the waves wanted; None leaves them open.
    """
    wanted = (
        select(cells)
        .where(
            cells.c.questionnaire == questionnaire,
            cells.c.measure == measure,
            cells.c.by == by.value,
        )
        .order_by(cells.c.start, cells.c.series)
    )
    if unit is not None:
        wanted = wanted.where(cells.c.unit == unit)
    if service is not None:
        wanted = wanted.where(cells.c.service == service)
    if start is not None:
        wanted = wanted.where(cells.c.start == start)
    if in_waves is not None:
        wanted = wanted.where(cells.c.wave.in_(in_waves))
    newest: dict[tuple[date, str, str, str], PublishedCell] = {}
    for row in (await connection.execute(wanted)).mappings():
        fields = dict(row)
        key = CellKey(
            fields.pop("questionnaire"),
            fields.pop("series"),
            fields.pop("measure"),
            fields.pop("unit"),
            fields.pop("service"),
            Period(fields.pop("by")),
            fields.pop("start"),
            fields.pop("wave"),
        )
        newest[key.start, key.wave, key.unit, key.service] = PublishedCell(key=key, **fields)
    return list(newest.values())


async def wave_spans(
    connection: AsyncConnection, questionnaire: str, *, zone: ZoneInfo
) -> list[WaveSpan]:
    """Every wave that opened for this questionnaire, the first that opened first."""
    sealed_in_it = (
        select(sealed.c.id)
        .join(boxes, boxes.c.id == sealed.c.box)
        .where(boxes.c.questionnaire == waves.c.questionnaire, boxes.c.wave == waves.c.key)
        .exists()
    )
    wanted = (
        select(waves, sealed_in_it.label("sealed"))
        .where(
            waves.c.questionnaire == questionnaire,
            waves.c.state.not_in((WaveState.MISSED.value, WaveState.LEFT_OUT.value)),
        )
        .order_by(waves.c.opened_at, waves.c.key)
    )
    return [
        WaveSpan(
            key=row.key,
            campaign=row.campaign,
            version=row.version,
            privacy=Privacy(row.privacy),
            floor=row.floor,
            span=Span(
                row.opened_at.astimezone(zone).date(),
                (row.closed_at or row.closes_at).astimezone(zone).date(),
            ),
            month=span(row.month, Period.MONTH, year_start=1),
            over=not row.sealed and not WaveState(row.state).takes_answers,
        )
        for row in (await connection.execute(wanted)).all()
    ]


async def hidden_waves(connection: AsyncConnection, questionnaire: str) -> frozenset[str]:
    """Waves of which a figure is held back only for what stands beside it: it may yet be shown."""
    wanted = (
        select(cells.c.wave)
        .where(
            cells.c.questionnaire == questionnaire,
            cells.c.by == Period.WAVE.value,
            cells.c.status == CellStatus.SUPPRESSED.value,
            cells.c.final.is_(False),
        )
        .distinct()
    )
    return frozenset(await connection.scalars(wanted))


async def latest_comments(
    connection: AsyncConnection, questionnaire: str, questions: Sequence[str], *, limit: int
) -> list[tuple[str, str]]:
    """(language, text) of comments, newest month first and within a month by random key.

    Args:
        questions: names of text questions.
        limit: of responses looked through, those without a comment included.
    """
    wanted = (
        select(responses.c.language, responses.c.answers)
        .where(responses.c.questionnaire == questionnaire)
        .order_by(responses.c.month.desc(), responses.c.id)
        .limit(limit)
    )
    return [
        (language, answers[name])
        for language, answers in (await connection.execute(wanted)).all()
        for name in questions
        if answers.get(name)
    ]


async def invited_for_bodies(
    connection: AsyncConnection, wave: str
) -> list[tuple[str, InvitationState]]:
    """The body and state of each invitation of a wave that asks for one, in order of body."""
    wanted = (
        select(invitations.c.body, invitations.c.state)
        .where(invitations.c.wave == wave, invitations.c.body != "")
        .order_by(invitations.c.body)
    )
    return [
        (body, InvitationState(state)) for body, state in (await connection.execute(wanted)).all()
    ]
