"""What is claimed for one reporter made into one message; or why some of it is not told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from survey.domain.campaign import ChannelName
from survey.domain.case_records import Telling, TellingKind
from survey.domain.cases import Case, Entry
from survey.domain.named import person_of
from survey.domain.telling import (
    A_DAY,
    MOST_REPEATS,
    answered_by_letter,
    due,
    heard,
    receiver_of,
    still_wanted,
    withheld,
)
from survey.domain.waves import Outcome
from survey.ports import Begin, Ids, UnitOfWork
from survey.ports.cases import Told
from survey.ports.channels import Address
from survey.ports.tellings import Asks, Bulletin, Handed, Passage, TellingChannels, Whom
from survey.services.links import Links
from survey.services.reporters import Reporter, may_act
from survey.services.tell_words import ASKS, Speaker, asking, line, question

_EMAIL: Final = "email:"


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that may leave now: what is told with it, and where, the first choice first.

    `since` is when the oldest of what it tells happened.
    """

    tellings: tuple[Telling, ...]
    message: Bulletin | Handed
    addresses: tuple[Address, ...]
    since: datetime


@dataclass(slots=True)
class Prepared:
    """What is to be kept before anything is sent: what is not told, and to whom it is instead."""

    ready: Ready | None = None
    settled: list[Told] = field(default_factory=list)
    instead: list[Telling] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _About:
    """A case that is told of, as it stands."""

    case: Case
    timeline: Sequence[Entry]
    is_theirs: bool

    def entry(self, telling: Telling) -> Entry:
        return next(each for each in self.timeline if each.number == telling.entry)


@dataclass(frozen=True, slots=True)
class _Letters:
    """What went to one address within a day: how often that a report came in, and when anything.

    `known` says that it is the address of a known person.
    """

    receipts: int = 0
    at: Sequence[datetime] = ()
    known: bool = True


class Bulletins:
    def __init__(self, begin: Begin, ids: Ids, links: Links, zone: ZoneInfo) -> None:
        self._begin, self._ids, self._links, self._zone = begin, ids, links, zone

    async def prepared(
        self, claimed: Sequence[Telling], channels: TellingChannels, *, now: datetime
    ) -> Prepared:
        """What becomes of all that was claimed for one receiver. Raises: Busy."""
        receiver = claimed[0].receiver
        async with self._begin.read() as work:
            found = {case: await _about(work, case) for case in {each.case for each in claimed}}
            about = {case: each for case, each in found.items() if each is not None}
            last = await work.tellings.last_told(receiver)
            letters = await _letters(work, receiver, now)
            services = await work.organisation.services()
        result, wanted = Prepared(), list[Telling]()
        # What is told of a case goes with it: of one that is gone by now, nothing is left.
        for each in sorted(claimed, key=lambda each: each.entry):
            if each.case not in about:
                continue
            settled = self._passed_over(each, about[each.case], result, now)
            if settled is None:
                wanted.append(each)
            else:
                result.settled.append(settled)
        held_back = _held_back(wanted, about, letters)
        result.settled += held_back
        wanted = [each for each in wanted if each.id not in {told.telling for told in held_back}]
        if not wanted:
            return result
        leaves = min(_due(each, about[each.case], last, now) for each in wanted)
        if leaves > now:
            # What was told meanwhile was the message of this day.
            result.settled += [Told(each.id, due_at=leaves) for each in wanted]
            return result
        addresses = await _addresses(receiver, about[wanted[0].case].case, channels)
        if not addresses:
            result.settled += [Told(each.id, Outcome.FAILED, "no_address") for each in wanted]
            return result
        language = addresses[0].language or about[wanted[0].case].case.language
        names = {each.key: each.called(language) for each in services}
        passages = [
            self._passage(
                [each for each in wanted if each.case == case], about[case], names, language
            )
            for case in dict.fromkeys(each.case for each in wanted)
        ]
        bulletin = Bulletin(_named(wanted), language, tuple(passages))
        since = min(about[each.case].entry(each).at for each in wanted)
        result.ready = Ready(tuple(wanted), bulletin, tuple(addresses), since)
        return result

    def _passed_over(
        self, each: Telling, about: _About, result: Prepared, now: datetime
    ) -> Told | None:
        """Why it is not told; None where it is."""
        if each.repeats > MOST_REPEATS:
            return Told(each.id, Outcome.FAILED, "in_doubt")
        receiver = receiver_of(about.case)
        if receiver != each.receiver:
            if receiver is not None:
                new = Telling(
                    self._ids.uuid(),
                    each.case,
                    each.entry,
                    each.kind,
                    receiver,
                    due_at=now,
                )
                result.instead.append(new)
            return Told(each.id, Outcome.DROPPED, "handed_on")
        if not about.is_theirs:
            return Told(each.id, Outcome.DROPPED, "left")
        if not still_wanted(each.kind, about.entry(each), about.case, about.timeline):
            return Told(each.id, Outcome.DROPPED, "passed")
        return None

    def _passage(
        self,
        told: Sequence[Telling],
        about: _About,
        names: Mapping[str, str],
        language: str,
    ) -> Passage:
        case = about.case
        by = Speaker(names.get(case.service, case.service), language, self._zone)
        entries = [about.entry(each) for each in told]
        asks = asking([each.kind for each in told])
        return Passage(
            case=case.id,
            reference=case.reference,
            token=self._links.token(case.link),
            address=self._links.for_address(case.link),
            service=by.service,
            lines=tuple(
                line(each.kind, entry, case, by) for each, entry in zip(told, entries, strict=True)
            ),
            asks=ASKS[asks] if asks else Asks.NOTHING,
            question=question(asks, language) if asks else "",
            # What is about no school or department is counted nowhere.
            scored=bool(case.unit),
            files=sum(len(entry.files) for entry in entries if entry.number > 1),
        )


async def _about(work: UnitOfWork, found: UUID) -> _About | None:
    case = await work.cases.get(found)
    if case is None:
        return None
    return _About(case, await work.cases.timeline(found), await is_theirs(work, case))


async def is_theirs(work: UnitOfWork, case: Case) -> bool:
    """Whether whoever is told of a case may still see it."""
    who = Reporter(person=case.person, chat=None if case.person else case.chat)
    by_letter_alone = case.person is None and case.chat is None
    return by_letter_alone or await may_act(work, case, who)


async def _letters(work: UnitOfWork, receiver: str, now: datetime) -> _Letters:
    """Only of an address that somebody typed: who is known, or writes in chat, is who they are."""
    if not receiver.startswith(_EMAIL):
        return _Letters()
    known = await work.people.by_email(receiver.removeprefix(_EMAIL))
    since = now - A_DAY
    receipts = await work.tellings.sent_since(
        receiver, since=since, now=now, kind=TellingKind.RECEIVED
    )
    at = await work.tellings.sent_since(receiver, since=since, now=now)
    return _Letters(len(receipts), at, known=bool(known))


def _held_back(
    wanted: Sequence[Telling], about: Mapping[UUID, _About], letters: _Letters
) -> list[Told]:
    """Which of them wait for another day, or are never sent."""
    confirmed = letters.known or any(
        answered_by_letter(about[each.case].timeline) for each in wanted
    )
    found = list[Told]()
    for each in wanted:
        held = withheld(
            each.kind,
            about[each.case].entry(each),
            receipts=letters.receipts,
            letters=letters.at,
            confirmed=confirmed,
        )
        if isinstance(held, datetime):
            found.append(Told(each.id, due_at=held))
        elif held:
            found.append(Told(each.id, Outcome.FAILED, held))
    return found


def _named(told: Sequence[Telling]) -> UUID:
    return uuid5(told[0].id, " ".join(str(each.id) for each in told))


def _due(each: Telling, about: _About, last: datetime | None, now: datetime) -> datetime:
    return due(each.kind, now=now, last_told=last, last_heard=heard(about.timeline))


async def _addresses(receiver: str, case: Case, channels: TellingChannels) -> list[Address]:
    """Where they are reached: in chat, and by e-mail where that does not work."""
    if person := person_of(receiver):
        whom = Whom(person=person)
    else:
        whom = Whom(chat=case.chat, email=case.email)
    found = [
        await channels[name].address_for(whom)
        for name in (ChannelName.CHAT, ChannelName.EMAIL)
        if name in channels
    ]
    return [each for each in found if each is not None]
