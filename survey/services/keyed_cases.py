"""Problem reports by other systems and bots, through an API key.

A key works reports as a case worker of its part of the body would, or as the provider of a service
does (`survey.domain.case_access`); those that are for few it never sees, also where it told of them
itself.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from survey.domain import case_acts, provider_acts, reporter_acts
from survey.domain.access import Action, may
from survey.domain.audit import Actor, ActorKind
from survey.domain.case_access import (
    Looker,
    grants_of,
    handed_to,
    narrowed,
    shown_to,
)
from survey.domain.case_records import CaseQuery
from survey.domain.cases import (
    Audience,
    Case,
    Entry,
    EntryKind,
    Said,
    Side,
    Verdict,
)
from survey.domain.records import ApiKey, KeySide
from survey.domain.repeating import kept_before, marked
from survey.errors import Fault, FieldsRejected, IdempotencyMismatch, NotFound, Refused
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.ports.cases import CasePage
from survey.services.case_reading import ReadCase, read, seen
from survey.services.organisation import Organisation
from survey.services.second_hand import SecondHand, case_of, refuse_faulty
from survey.services.timelines import Timelines


class Adding(StrEnum):
    """What another system may add to a report."""

    MESSAGE = "message"
    """To the reporter, or from them."""
    NOTE = "note"
    ACKNOWLEDGED = "acknowledged"
    STARTED = "started"
    FIXED = "fixed"
    VERDICT = "verdict"
    """Of the provider."""


_OF_PROVIDERS: Final = frozenset({Adding.NOTE, Adding.VERDICT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """An entry as another system tells it, for one of the sides; without one for that of its key.

    `verdict` goes with `Adding.VERDICT` and nothing else.
    """

    kind: Adding
    side: Side | None = None
    text: str = ""
    verdict: Verdict | None = None


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

    async def looker(self, key: ApiKey) -> Looker:
        """What a key sees."""
        return Looker(key.id, grants_of(key), await self._organisation.trees())

    async def of_staff(self, key: ApiKey) -> Looker:
        """What a key sees that works for staff. Raises: Refused, for a provider's."""
        if key.side is not KeySide.STAFF:
            raise Refused("a provider's key")
        return await self.looker(key)

    async def listed(
        self, query: CaseQuery, *, key: ApiKey, limit: int, after: str | None
    ) -> CasePage:
        looker, reader = await self.looker(key), _READS_AS[key.side]
        theirs = narrowed if reader is Audience.STAFF else handed_to
        async with self._begin.read() as work:
            page = await work.cases.listed(
                theirs(query, looker), now=self._clock.now(), limit=limit, after=after
            )
        return replace(page, cases=tuple(shown_to(reader, each) for each in page.cases))

    async def get(self, reference: str, *, key: ApiKey) -> ReadCase:
        """Raises: NotFound."""
        looker = await self.looker(key)
        async with self._begin.read(one_state=True) as work:
            case, reader = await _seen(work, reference, looker)
            return await read(work, case, reader)

    async def report(self, told: SecondHand, *, key: ApiKey, repeats: str | None = None) -> Case:
        """Keep a report; told again by the same `repeats` it is the first one.

        Raises: FieldsRejected ("required", "too_long", "bad_sign", "no_service", "no_unit",
            "address", "language", "out_of_reach"); IdempotencyMismatch; Busy; Refused, for a
            provider's key.
        """
        looker, by = await self.of_staff(key), Actor(ActorKind.KEY, key.id)
        first = reporter_acts.message(told.text)
        said = Said(
            kind=EntryKind.REPORTED,
            side=Side.REPORTER,
            text=first.text,
            data={"told": self._hash("report", _plain(told))},
        )
        case = case_of(
            told,
            self._named("case", f"{key.id}\n{repeats}") if repeats else self._ids.uuid(),
            at=self._clock.now(),
        )
        async with self._begin() as work:
            await refuse_faulty(work, told)
            _refuse_beyond(told, looker)
            if (before := await work.cases.get(case.id)) is not None:
                timeline = await work.cases.timeline(case.id)
                if timeline[0].data.get("told") != said.data["told"]:
                    raise IdempotencyMismatch("idempotency key")
                return before
            kept = await self._timelines.open(work, case, said, by=by)
            await work.commit()
        return kept

    async def add(
        self, reference: str, told: Added, *, key: ApiKey, repeats: str | None = None
    ) -> ReadCase:
        """Add an entry; told again by the same `repeats` it is there once.

        Raises: NotFound; FieldsRejected; CaseRefused; IdempotencyMismatch; Busy.
        """
        by, looker = Actor(ActorKind.KEY, key.id), await self.looker(key)
        said = _said(told, key.side)
        async with self._begin() as work:
            case, reader = await _seen(work, reference, looker)
            if repeats is not None:
                mark = self._hash("entry", f"{key.id}\n{repeats}")
                said = marked(said, mark)
                before = kept_before(await work.cases.timeline(case.id), mark)
                if before is not None:
                    if _of(before) != _of(said):
                        raise IdempotencyMismatch("idempotency key")
                    return await read(work, case, reader)
            case = await self._timelines.add(work, case.id, said, by=by)
            found = await read(work, case, reader)
            await work.commit()
        return found

    def _hash(self, purpose: str, text: str) -> str:
        told = f"{purpose}\n{text}".encode("utf-8", "surrogatepass")
        return blake2b(told, key=self._key[:64], digest_size=16).hexdigest()

    def _named(self, purpose: str, text: str) -> UUID:
        return UUID(hex=self._hash(purpose, text), version=4)


_READS_AS: Final[Mapping[KeySide, Audience]] = {
    KeySide.STAFF: Audience.STAFF,
    KeySide.PROVIDER: Audience.PROVIDER,
}


def _refuse_beyond(told: SecondHand, looker: Looker) -> None:
    """Raises: FieldsRejected ("out_of_reach"), at the service or at the unit within it."""
    grants, trees = looker.grants, looker.trees
    if may(grants, Action.WORK_CASES, trees, unit=told.unit, service=told.service):
        return
    line = trees.services.get(told.service, ("",))
    field = "unit" if any(each.service in line for each in grants) else "service"
    raise FieldsRejected([Fault((field,), "out_of_reach", f"this key does not reach the {field}")])


def _said(told: Added, side: KeySide) -> Said:
    """Raises: FieldsRejected ("required", "too_long", "bad_sign", "side", "not_here")."""
    if side is KeySide.PROVIDER:
        return _said_by_provider(told)
    if told.kind is Adding.VERDICT and told.side is not Side.PROVIDER:
        message = "a verdict is the provider's: what the reporter says is theirs alone"
        raise FieldsRejected([Fault(("side",), "side", message)])
    if (verdict := _verdict_of(told)) is not None:
        return provider_acts.judged(verdict, told.text)
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
        case _:
            said = case_acts.fixed(told.text)
    return replace(said, side=told.side or Side.STAFF)


def _said_by_provider(told: Added) -> Said:
    """Raises: FieldsRejected."""
    if told.kind not in _OF_PROVIDERS:
        message = f"a provider's key adds: {', '.join(sorted(_OF_PROVIDERS))}"
        raise FieldsRejected([Fault(("kind",), "side", message)])
    if told.side not in (None, Side.PROVIDER):
        message = "a provider's key adds for the provider alone"
        raise FieldsRejected([Fault(("side",), "side", message)])
    verdict = _verdict_of(told)
    return provider_acts.judged(verdict, told.text) if verdict else provider_acts.note(told.text)


def _verdict_of(told: Added) -> Verdict | None:
    """Raises: FieldsRejected ("required", "not_here")."""
    if told.kind is Adding.VERDICT and told.verdict is None:
        raise FieldsRejected([Fault(("verdict",), "required", "say whether it is fixed")])
    if told.kind is not Adding.VERDICT and told.verdict is not None:
        raise FieldsRejected([Fault(("verdict",), "not_here", "it goes with the kind verdict")])
    return told.verdict


def _of(entry: Entry | Said) -> tuple[EntryKind, Side, str, Mapping[str, Any]]:
    """What one was told by a key."""
    return entry.kind, entry.side, entry.text, dict(entry.data)


async def _seen(work: UnitOfWork, reference: str, looker: Looker) -> tuple[Case, Audience]:
    """Raises: NotFound, also where it is for few."""
    case, reader = await seen(work, reference, looker)
    if case.restricted:
        raise NotFound("case")
    return case, reader


def _plain(told: SecondHand) -> str:
    values = [getattr(told, name) for name in told.__slots__]
    return json.dumps([str(each) for each in values])
