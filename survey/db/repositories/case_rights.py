"""What problem reports hold about one person: found for them, and emptied when they ask.

A case stays as a number of its service, so that figures do; what anybody wrote in it goes, since
staff write about whoever reported it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.repositories.case_search import keep_words, wipe_words
from survey.db.repositories.cases import SqlCases
from survey.db.tables import attachments, cases, entries, received_letters, tellings
from survey.domain.cases import Case, Entry, EntryKind
from survey.domain.named import named_person
from survey.domain.records import owner_of
from survey.domain.rights import Reported, Trace

_TEXTS: Final = (EntryKind.REPORTED.value, EntryKind.MESSAGE.value)
"""Entries whose `data` somebody wrote; in others it says what the entry did to the case."""


async def reported_by(connection: AsyncConnection, trace: Trace) -> Sequence[Reported]:
    """Their cases with all entries and the names of the files, the oldest case first."""
    repository = SqlCases(connection)
    found = await connection.scalars(_ids(trace).order_by(cases.c.opened_at, cases.c.id))
    theirs = [await repository.get(each) for each in found.all()]
    told = [
        await _reported(connection, case, await repository.timeline(case.id))
        for case in theirs
        if case is not None
    ]
    return [*told, *await _handed_on(connection, trace)]


async def _handed_on(connection: AsyncConnection, trace: Trace) -> Sequence[Reported]:
    """What they wrote themselves in cases that are somebody else's by now."""
    repository = SqlCases(connection)
    actors = [named_person(person) for person in trace.people]
    found = await connection.scalars(
        select(entries.c.case)
        .where(entries.c.actor.in_(actors), entries.c.case.not_in(_ids(trace)))
        .distinct()
        .order_by(entries.c.case)
    )
    told = list[Reported]()
    for each in found.all():
        if (case := await repository.get(each)) is None:
            continue
        timeline = [one for one in await repository.timeline(each) if one.actor in actors]
        whole = await _reported(connection, replace(case, email=None), timeline)
        told.append(whole)
    return told


async def empty_cases(connection: AsyncConnection, trace: Trace) -> int:
    """Nobody stands in them any more; how many cases of theirs there were."""
    theirs = _ids(trace).scalar_subquery()
    by_them = entries.c.actor.in_([named_person(person) for person in trace.people])
    found = await connection.scalars(
        select(cases.c.id).where(
            or_(_of(trace), cases.c.id.in_(select(entries.c.case).where(by_them)))
        )
    )
    touched = found.all()
    written = or_(entries.c.case.in_(theirs), by_them)
    await connection.execute(
        update(entries).where(written, entries.c.kind.in_(_TEXTS)).values(text="", data={})
    )
    await connection.execute(update(entries).where(written).values(text=""))
    their_files = select(attachments.c.id).join(
        entries,
        and_(entries.c.case == attachments.c.case, entries.c.number == attachments.c.entry),
    )
    await connection.execute(
        delete(attachments).where(attachments.c.id.in_(their_files.where(by_them)))
    )
    await connection.execute(
        delete(received_letters).where(received_letters.c.sender.in_(trace.addresses))
    )
    for table in (attachments, tellings, received_letters):
        await connection.execute(delete(table).where(table.c.case.in_(theirs)))
    receivers = [
        *(named_person(person) for person in trace.people),
        *(owner_of(bot, user) for bot, user in trace.chats),
        *(f"email:{address}" for address in trace.addresses),
    ]
    await connection.execute(delete(tellings).where(tellings.c.receiver.in_(receivers)))
    await _forget_causes(connection, theirs)
    await _forget_stand_ins(connection, trace)
    emptied = await connection.execute(
        update(cases).where(_of(trace)).values(person=None, chat=None, email=None, cause="")
    )
    await _find_by_what_is_left(connection, touched)
    return emptied.rowcount


async def _forget_causes(connection: AsyncConnection, theirs: ScalarSelect[Any]) -> None:
    """What staff wrote as the cause, in the entries that say so."""
    of_them = entries.c.case.in_(theirs), entries.c.kind == EntryKind.SORTED.value
    for row in (await connection.execute(select(entries).where(*of_them))).all():
        if "cause" in row.data:
            this = entries.c.case == row.case, entries.c.number == row.number
            left = {name: value for name, value in row.data.items() if name != "cause"}
            await connection.execute(update(entries).where(*this).values(data=left))


async def _forget_stand_ins(connection: AsyncConnection, trace: Trace) -> None:
    """To whom a case was handed, whosever it is by now."""
    to = entries.c.data["to"].as_string().in_(sorted(map(str, trace.people)))
    handed_on = entries.c.kind == EntryKind.HANDED_ON.value
    await connection.execute(update(entries).where(handed_on, to).values(data={"to": None}))


async def _find_by_what_is_left(connection: AsyncConnection, touched: Sequence[UUID]) -> None:
    repository = SqlCases(connection)
    for each in touched:
        if (case := await repository.get(each)) is not None:
            await keep_words(connection, case, await repository.timeline(each))
    if touched:
        await wipe_words(connection)


async def _reported(connection: AsyncConnection, case: Case, timeline: Sequence[Entry]) -> Reported:
    numbers = [each.number for each in timeline]
    names = await connection.scalars(
        select(attachments.c.name)
        .where(attachments.c.case == case.id, attachments.c.entry.in_(numbers))
        .order_by(attachments.c.made_at, attachments.c.id)
    )
    return Reported(
        reference=case.reference,
        service=case.service,
        opened_at=case.opened_at,
        state=case.state.value,
        email=case.email,
        entries=tuple((each.at, each.kind.value, each.text, dict(each.data)) for each in timeline),
        files=tuple(names.all()),
    )


def _ids(trace: Trace) -> Select[Any]:
    return select(cases.c.id).where(_of(trace))


def _of(trace: Trace) -> ColumnElement[bool]:
    chats = sorted(owner_of(bot, user) for bot, user in trace.chats)
    unknown = and_(cases.c.person.is_(None), cases.c.chat.in_(chats))
    by_letter = func.lower(cases.c.email).in_(trace.addresses)
    return or_(cases.c.person.in_(trace.people), unknown, by_letter)
