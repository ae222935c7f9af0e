"""Problems that several reports have in common, planned downtime, and what is done about them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, delete, distinct, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.tables import (
    action_links,
    actions,
    cases,
    invitations,
    letters,
    problems,
    waves,
)
from survey.domain.case_records import Action, ActionState, LinkKind, Problem, ProblemState
from survey.domain.cases import OPEN_STATES
from survey.domain.letters import LetterKind

_OVER: Final = ProblemState.FIXED.value

_WITH_SCHOOL: Final = (cases.c.unit != "", cases.c.restricted.is_(False))
"""Of which reports schools and departments are counted: those for few tell of none."""

_LINKED: Final = frozenset({"id", "links", "revision"})


class SqlProblems:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, problem: UUID) -> Problem | None:
        chosen = select(problems).where(problems.c.id == problem)
        row = (await self._connection.execute(chosen)).first()
        return _problem(row) if row else None

    async def all(self, *, open_only: bool) -> Sequence[Problem]:
        chosen = select(problems).order_by(
            problems.c.opened_at.desc(), problems.c.title, problems.c.id
        )
        if open_only:
            chosen = chosen.where(problems.c.state != _OVER)
        return [_problem(row) for row in await self._connection.execute(chosen)]

    async def add(self, problem: Problem) -> None:
        await self._connection.execute(insert(problems), _plain(problem, without=frozenset()))

    async def save(self, problem: Problem, *, expected_revision: int) -> bool:
        saved = await self._connection.execute(
            update(problems)
            .where(problems.c.id == problem.id, problems.c.revision == expected_revision)
            .values(
                **_plain(problem, without=frozenset({"id", "revision"})),
                revision=expected_revision + 1,
            )
        )
        return saved.rowcount == 1

    async def schools(self, wanted: Collection[UUID]) -> Mapping[UUID, int]:
        rows = await self._connection.execute(
            select(cases.c.problem, func.count(distinct(cases.c.unit)).label("schools"))
            .where(cases.c.problem.in_(wanted), *_WITH_SCHOOL)
            .group_by(cases.c.problem)
        )
        return {row.problem: row.schools for row in rows}

    async def units(self, problem: UUID) -> Sequence[str]:
        number = func.count().label("number")
        rows = await self._connection.execute(
            select(cases.c.unit, number)
            .where(cases.c.problem == problem, *_WITH_SCHOOL)
            .group_by(cases.c.unit)
            .order_by(number.desc(), cases.c.unit)
        )
        return [row.unit for row in rows]

    async def open_cases(self, wanted: Collection[UUID]) -> Mapping[UUID, int]:
        rows = await self._connection.execute(
            select(cases.c.problem, func.count().label("open"))
            .where(
                cases.c.problem.in_(wanted),
                cases.c.state.in_(OPEN_STATES),
                cases.c.restricted.is_(False),
            )
            .group_by(cases.c.problem)
        )
        return {row.problem: row.open for row in rows}


class SqlActions:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, action: UUID) -> Action | None:
        found = await self._read(select(actions).where(actions.c.id == action))
        return found[0] if found else None

    async def all(self) -> Sequence[Action]:
        return await self._read(select(actions))

    async def about(self, kind: LinkKind, keys: Collection[str]) -> Sequence[Action]:
        linked = select(action_links.c.action).where(
            action_links.c.kind == kind.value, action_links.c.key.in_(keys)
        )
        return await self._read(select(actions).where(actions.c.id.in_(linked)))

    async def asked(
        self,
        questionnaires: Collection[str],
        *,
        since: datetime,
        limit: int,
        person: UUID | None = None,
    ) -> Collection[UUID]:
        chosen = (
            select(invitations.c.person)
            .join(waves, waves.c.key == invitations.c.wave)
            .where(
                waves.c.questionnaire.in_(questionnaires),
                invitations.c.made_on >= since.date(),
                invitations.c.sent_at.is_not(None),
                invitations.c.person.is_not(None),
            )
            .distinct()
            .limit(limit)
        )
        if person is not None:
            chosen = chosen.where(invitations.c.person == person)
        return {each for each in await self._connection.scalars(chosen) if each is not None}

    async def last_letters(self, people: Collection[UUID]) -> Mapping[UUID, datetime]:
        rows = await self._connection.execute(
            select(letters.c.person, func.max(letters.c.written_at).label("last"))
            .where(letters.c.kind == LetterKind.RESULTS.value, letters.c.person.in_(people))
            .group_by(letters.c.person)
        )
        return {row.person: row.last for row in rows}

    async def add(self, action: Action) -> None:
        values = _plain(action, without=_LINKED)
        await self._connection.execute(insert(actions), {"id": action.id, **values})
        await self._link(action)

    async def save(self, action: Action, *, expected_revision: int) -> bool:
        saved = await self._connection.execute(
            update(actions)
            .where(actions.c.id == action.id, actions.c.revision == expected_revision)
            .values(**_plain(action, without=_LINKED), revision=expected_revision + 1)
        )
        if not saved.rowcount:
            return False
        await self._connection.execute(
            delete(action_links).where(action_links.c.action == action.id)
        )
        await self._link(action)
        return True

    async def _link(self, action: Action) -> None:
        rows = [{"action": action.id, "kind": kind.value, "key": key} for kind, key in action.links]
        if rows:
            await self._connection.execute(insert(action_links), rows)

    async def _read(self, chosen: Select[Any]) -> Sequence[Action]:
        ordered = chosen.order_by(actions.c.due_on, actions.c.id)
        rows = (await self._connection.execute(ordered)).all()
        links = defaultdict[UUID, list[tuple[LinkKind, str]]](list)
        chosen_links = (
            select(action_links)
            .where(action_links.c.action.in_([row.id for row in rows]))
            .order_by(action_links.c.kind, action_links.c.key)
        )
        for link in await self._connection.execute(chosen_links):
            links[link.action].append((LinkKind(link.kind), link.key))
        return [_action(row, tuple(links[row.id])) for row in rows]


def _plain(record: Problem | Action, *, without: frozenset[str]) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in record.__slots__ if name not in without}
    return {
        name: value.value if isinstance(value, Enum) else value for name, value in values.items()
    }


def _problem(row: Row[Any]) -> Problem:
    values = {name: getattr(row, name) for name in Problem.__slots__}
    return Problem(**values | {"state": ProblemState(row.state)})


def _action(row: Row[Any], links: tuple[tuple[LinkKind, str], ...]) -> Action:
    values = {name: getattr(row, name) for name in Action.__slots__ if name != "links"}
    return Action(**values | {"state": ActionState(row.state), "links": links})
