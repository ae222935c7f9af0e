"""The SQL of the read side: counts, published cells and sums of invitations.

Of responses it reads nothing but comments.

All selects; what is written goes through `survey.db`.
"""

from collections.abc import Sequence
from datetime import date

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.tables import cells, counts, invitations, responses
from survey.domain.campaign import ChannelName
from survey.domain.records import CellKey, Period, PublishedCell
from survey.domain.waves import InvitationState

COUNT_COLUMNS = ("month", "series", "unit", "service", "question", "value", "n")


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
        A frame with `COUNT_COLUMNS`: one row per month, series, unit, service, question and answer
        (bases, `*`, are left out); `n` is people.
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
) -> list[PublishedCell]:
    """Published cells of one measure, oldest first; of a period with two series, the newer.

    `unit` and `service` name one each ('' is the whole body, all services), `start` is the first
    day of one period; None leaves them open.
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
    newest: dict[tuple[date, str, str], PublishedCell] = {}
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
        )
        newest[key.start, key.unit, key.service] = PublishedCell(key=key, **fields)
    return list(newest.values())


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


async def invited_by_channel(
    connection: AsyncConnection, wave: str
) -> list[tuple[ChannelName | None, InvitationState, int]]:
    """How many invitations of a wave went by each channel (None: by none yet), by their state."""
    columns = (invitations.c.channel, invitations.c.state)
    wanted = select(*columns, func.count()).where(invitations.c.wave == wave).group_by(*columns)
    return [
        (ChannelName(channel) if channel else None, InvitationState(state), n)
        for channel, state, n in (await connection.execute(wanted)).all()
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
