"""Problem reports by other systems and bots, through an API key.

A key is of the whole body, and works reports as a case worker of it would; those that are for few
it never sees, also where it told of them itself.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from uuid import UUID

from survey.domain import case_acts, reporter_acts
from survey.domain.accounts import Grant, Role
from survey.domain.audit import Actor, ActorKind
from survey.domain.case_access import Looker, may_see, narrowed
from survey.domain.case_records import CaseQuery
from survey.domain.cases import (
    Audience,
    Case,
    Entry,
    EntryKind,
    Said,
    Side,
)
from survey.domain.references import reference_of
from survey.domain.repeating import kept_before, marked
from survey.errors import Fault, FieldsRejected, IdempotencyMismatch, NotFound
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.ports.cases import CasePage
from survey.services.organisation import Organisation
from survey.services.second_hand import SecondHand, case_of, refuse_faulty
from survey.services.timelines import Timelines

"""In the data of an entry: the hash of the key by which it is told again."""


class Adding(StrEnum):
    """What another system may add to a report."""

    MESSAGE = "message"
    """To the reporter, or from them."""
    NOTE = "note"
    ACKNOWLEDGED = "acknowledged"
    STARTED = "started"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """An entry as another system tells it, for one of the sides."""

    kind: Adding
    side: Side
    text: str = ""


@dataclass(frozen=True, slots=True)
class KeyedCase:
    """A report with its timeline."""

    case: Case
    timeline: tuple[Entry, ...]


class KeyedCases:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        ids: Ids,
        timelines: Timelines,
        organisation: Organisation,
        *,
        key: bytes,
    ) -> None:
        """`key` hides in ids what they were made of."""
        self._begin, self._clock, self._ids, self._timelines = begin, clock, ids, timelines
        self._organisation, self._key = organisation, key

    async def looker(self, key: UUID) -> Looker:
        """What a key sees."""
        grants = frozenset({Grant(Role.CASE_WORKER)})
        return Looker(key, grants, await self._organisation.trees())

    async def listed(
        self, query: CaseQuery, *, key: UUID, limit: int, after: str | None
    ) -> CasePage:
        looker = await self.looker(key)
        async with self._begin.read() as work:
            return await work.cases.listed(
                narrowed(query, looker), now=self._clock.now(), limit=limit, after=after
            )

    async def get(self, reference: str, *, key: UUID) -> KeyedCase:
        """Raises: NotFound."""
        looker = await self.looker(key)
        async with self._begin.read(one_state=True) as work:
            case = await _seen(work, reference, looker)
            return KeyedCase(case, tuple(await work.cases.timeline(case.id)))

    async def report(self, told: SecondHand, *, key: UUID, repeats: str | None = None) -> Case:
        """Keep a report; told again by the same `repeats` it is the first one.

        Raises: FieldsRejected ("required", "too_long", "bad_sign", "no_service", "no_unit",
            "address", "language"); IdempotencyMismatch; Busy.
        """
        by = Actor(ActorKind.KEY, key)
        first = reporter_acts.message(told.text)
        said = Said(
            kind=EntryKind.REPORTED,
            side=Side.REPORTER,
            text=first.text,
            data={"told": self._hash("report", _plain(told))},
        )
        case = case_of(
            told,
            self._named("case", f"{key}\n{repeats}") if repeats else self._ids.uuid(),
            at=self._clock.now(),
        )
        async with self._begin() as work:
            await refuse_faulty(work, told)
            if (before := await work.cases.get(case.id)) is not None:
                timeline = await work.cases.timeline(case.id)
                if timeline[0].data.get("told") != said.data["told"]:
                    raise IdempotencyMismatch("idempotency key")
                return before
            kept = await self._timelines.open(work, case, said, by=by)
            await work.commit()
        return kept

    async def add(
        self, reference: str, told: Added, *, key: UUID, repeats: str | None = None
    ) -> KeyedCase:
        """Add an entry; told again by the same `repeats` it is there once.

        Raises: NotFound; FieldsRejected; CaseRefused; IdempotencyMismatch; Busy.
        """
        by, looker = Actor(ActorKind.KEY, key), await self.looker(key)
        said = _said(told)
        async with self._begin() as work:
            case = await _seen(work, reference, looker)
            if repeats is not None:
                mark = self._hash("entry", f"{key}\n{repeats}")
                before = kept_before(await work.cases.timeline(case.id), mark)
                if before is not None:
                    if (before.kind, before.side, before.text) != (said.kind, said.side, said.text):
                        raise IdempotencyMismatch("idempotency key")
                    return KeyedCase(case, tuple(await work.cases.timeline(case.id)))
                said = marked(said, mark)
            case = await self._timelines.add(work, case.id, said, by=by)
            timeline = tuple(await work.cases.timeline(case.id))
            await work.commit()
        return KeyedCase(case, timeline)

    def _hash(self, purpose: str, text: str) -> str:
        told = f"{purpose}\n{text}".encode("utf-8", "surrogatepass")
        return blake2b(told, key=self._key[:64], digest_size=16).hexdigest()

    def _named(self, purpose: str, text: str) -> UUID:
        return UUID(hex=self._hash(purpose, text), version=4)


def _said(told: Added) -> Said:
    """Raises: FieldsRejected ("required", "too_long", "bad_sign", "side")."""
    if told.side is Side.REPORTER:
        if told.kind is not Adding.MESSAGE:
            message = "a reporter adds messages: what else they do is theirs alone"
            raise FieldsRejected([Fault(("kind",), "side", message)])
        return reporter_acts.message(told.text)
    match told.kind:
        case Adding.MESSAGE:
            said = case_acts.reply(told.text)
        case Adding.NOTE:
            said = case_acts.note(told.text, audience=Audience.PROVIDER)
        case Adding.ACKNOWLEDGED:
            said = case_acts.acknowledged(told.text)
        case Adding.STARTED:
            said = case_acts.started()
        case Adding.FIXED:
            said = case_acts.fixed(told.text)
    return Said(
        kind=said.kind, side=told.side, audience=said.audience, text=said.text, data=said.data
    )


async def _seen(work: UnitOfWork, reference: str, looker: Looker) -> Case:
    """Raises: NotFound."""
    known = reference_of(reference)
    case = await work.cases.by_reference(known) if known else None
    if case is None or case.restricted or not may_see(looker, case):
        raise NotFound("case")
    return case


def _plain(told: SecondHand) -> str:
    values = [getattr(told, name) for name in told.__slots__]
    return json.dumps([str(each) for each in values])
