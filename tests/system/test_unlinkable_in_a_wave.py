"""A36: after a wave, nobody who has everything can tell whose answers are whose.

The attacker is a hostile administrator. They hold all tables, in every order in which the database
gives them away (by key, and on PostgreSQL by place and by transaction), the write-ahead files, the
log of the program, copies of the files all along, a backup from the middle of the wave, and, of
each person, the unit, the invitation with all its times, and the very moment at which they
answered. The keys of boxes are gone by then. Each comment tells the test, not the attacker, whose
it is.

Nobody can do worse than to guess: of people of one unit in one wave one in all is met by chance,
however many they are. That and one point in a hundred is what the attack may reach.
"""

import logging
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import product
from math import sqrt
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from survey.db.tables import invitations, metadata
from survey.domain.campaign import ChannelName
from survey.domain.counting import count_rows
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.records import Submission
from survey.domain.turns import (
    ChooseUnit,
    Input,
    Put,
    QuestionTurn,
    ReviewTurn,
    Skip,
    Start,
    Submit,
    UnitTurn,
)
from survey.domain.waves import Delivery, Invitation, InvitationState, Wave, WaveState
from survey.services.intake import Answers, Intake, response
from tests.support.application import Running
from tests.support.asked import a_wave
from tests.support.databases import PostgresServer
from tests.system.test_unlinkable import PostgresLog, files

FEW, MANY = 160, 1000
UNITS = ("oakfield", "elmwood", "adult-social-care")
ITEMS = ("pride", "advocacy", "attachment", "inspiration", "motivation")
BY_LINK = 20
"""One in so many answers question by question in a browser; the others' answers come at once."""
TICK_AFTER = 7
"""The worker looks at the boxes after so many answers."""

Order = Sequence[str]
"""Comments, in an order that was read somewhere."""


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """One that no test has used: where a row lies is to tell when it came."""
    name = postgres_server.create(template=postgres_template)
    yield postgres_server.url_of(name)
    postgres_server.drop(name)


@dataclass(frozen=True, slots=True)
class Asked:
    """One person as the attacker knows them, and the comment that only the test ties to them."""

    person: Person
    invitation: Invitation
    comment: str
    answered_at: datetime

    @property
    def unit(self) -> str:
        return self.invitation.unit


@dataclass(slots=True)
class Attacker:
    """Everything there is, as it was found."""

    people: Sequence[Asked]
    unit_of: Mapping[str, str] = field(default_factory=dict)
    responses: dict[str, Order] = field(default_factory=dict)
    persons: dict[str, Sequence[Asked]] = field(default_factory=dict)
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    _copies: int = 0

    def copy(self, taken: bytes) -> None:
        """Note where each comment lies in a copy of files or log that first shows it."""
        self._copies += 1
        for found in re.finditer(self.people[0].comment[:-3].encode() + rb"\d{3}", taken):
            self.seen.setdefault(found[0].decode(), (self._copies, found.start()))

    def matched(self) -> Mapping[str, int]:
        """How many were matched right, by the order of people and the order of responses used."""
        return {
            f"people by {by}, answers by {place}": self._matched(people, order)
            for (by, people), (place, order) in product(
                self.persons.items(), self.responses.items()
            )
        }

    def _matched(self, people: Sequence[Asked], order: Order) -> int:
        """Of each unit the first person with the first answers, and so on."""
        waiting: defaultdict[str, list[str]] = defaultdict(list)
        for comment in order:
            waiting[self.unit_of[comment]].append(comment)
        taken = {unit: iter(comments) for unit, comments in waiting.items()}
        return sum(next(taken.get(each.unit, iter(())), "") == each.comment for each in people)


def guessing(people: Sequence[Asked]) -> float:
    """One of each unit, one point in a hundred, and what chance adds once in a million."""
    units = len({each.unit for each in people})
    return units + len(people) / 100 + 5 * sqrt(units)


Door = Callable[[Submission, Answers], Submission]


def through_the_box(op: Submission, _: Answers) -> Submission:
    return op


async def played(
    here: Running, privacy: Privacy, *, number: int, door: Door
) -> tuple[Attacker, Sequence[str]]:
    """A wave from its beginning to its end, and what the attacker finds after it.

    Also returns everything that was found as text, without the responses themselves.
    """
    source, core = Random(36), here.core
    wave = await a_wave(here, privacy=privacy)
    people = await invited(here, wave, number, source)
    attacker = Attacker(people)
    wal = PostgresLog(core.database) if core.database.dialect == "postgresql" else None
    if wal:
        await wal.since_last_time()
    intake = Intake(core.begin, core.clock, core.ids, core.keys, core.settings.zone)
    published = (await core.catalogue.get(wave.questionnaire)).published.in_wave(wave)
    for place, each in enumerate(people):
        here.clock.time = each.answered_at
        said = Answers(
            each.unit,
            "en",
            {**{name: source.randint(1, 5) for name in ITEMS}, "comment": each.comment},
        )
        if door is through_the_box and place % BY_LINK == 0:
            await by_link(here, each, said)
        else:
            op = await intake.submission(
                published,
                said,
                wave=wave,
                participant=str(each.person.id),
                invitation=each.invitation.id,
                mode="web",
            )
            await core.writer.submit(door(op, said))
        if place % TICK_AFTER == 0:
            await core.boxes.open_due()
            attacker.copy(raw(here))
        if place == number // 2:
            backup = await everything(here)
    here.clock.time = wave.closes_at + timedelta(minutes=1)
    async with core.begin() as work:
        await work.waves.set_state(
            wave.key, WaveState.CLOSED, at=here.clock.now(), was=WaveState.OPEN
        )
        await work.commit()
    await here.tick()
    await core.boxes.forget_spent()
    attacker.copy(await wal.since_last_time() if wal else raw(here))
    await looked_through(here, attacker)
    found = await everything(here)
    return attacker, [*found, *backup]


async def by_link(here: Running, who: Asked, said: Answers) -> None:
    """The whole way: the link is opened, each question answered, and the answers sent."""
    talk, owner = here.core.conversations, f"web:{who.person.key}"
    token = here.core.invitation_links.token(who.invitation.id)
    shown = await here.core.invited.open(token, owner=owner)
    while not isinstance(shown.turn, ReviewTurn):
        move: Input = Start()
        match shown.turn:
            case UnitTurn():
                move = ChooseUnit(await talk.unit(who.unit))
            case QuestionTurn(name=name):
                move = Put(name, said.answers[name]) if name in said.answers else Skip(name)
        shown = await talk.apply(shown.conversation, move, owner=owner)
    await talk.apply(shown.conversation, Submit(shown.state.revision), owner=owner)


async def invited(here: Running, wave: Wave, number: int, source: Random) -> list[Asked]:
    """People with an invitation and a message, in the order in which they will answer."""
    run, now, ids = uuid4().hex[:10], here.clock.now(), here.core.ids
    moments = sorted(source.uniform(60, 13 * 86_400) for _ in range(number))
    found = []
    for place, seconds in enumerate(moments):
        unit = source.choice(UNITS)
        person = Person(ids.uuid(), f"p{place}-{run}", f"Person {place}", (unit,), now)
        sent = now + timedelta(seconds=source.uniform(0, 50))
        invitation = Invitation(
            id=ids.uuid(),
            wave=wave.key,
            person=person.id,
            unit=unit,
            state=InvitationState.DELIVERED,
            channel=source.choice((ChannelName.CHAT, ChannelName.EMAIL)),
            sent_at=sent,
            reminders=source.choice((0, 0, 1)),
            message_id=1000 + place,
        )
        comment = f"comment-{run}-{place:03}"
        found.append(Asked(person, invitation, comment, now + timedelta(seconds=seconds)))
    async with here.core.begin() as work:
        await work.people.put([each.person for each in found])
        messages = [Delivery(ids.uuid(), wave.key, each.invitation.id, 0, now) for each in found]
        await work.invitations.add(
            [each.invitation for each in found], messages, made_on=now.date()
        )
        await work.commit()
    return found


def raw(here: Running) -> bytes:
    """The files of SQLite as they lie there."""
    if here.core.database.dialect == "postgresql":
        return b""
    return b"".join(path.read_bytes() for path in files(here.core.database))


async def looked_through(here: Running, attacker: Attacker) -> None:
    """Every order of answers and every order of people that can be read."""
    people = attacker.people
    places = ["id"]
    if here.core.database.dialect == "postgresql":
        places += ["ctid", "xmin::text::bigint, ctid", "xmin::text::bigint, id"]
    async with here.core.database.reading() as connection:
        rows = await connection.execute(
            text("SELECT answers ->> 'comment' AS comment, unit FROM responses")
        )
        attacker.unit_of = {row.comment: row.unit for row in rows}
        for place in places:
            order = await connection.scalars(
                text(f"SELECT answers ->> 'comment' FROM responses ORDER BY {place}")
            )
            attacker.responses[place] = list(order)
        kept = {row.id: row for row in await connection.execute(select(invitations))}
    seen = attacker.seen
    attacker.responses["where it first lay in files and log"] = sorted(seen, key=seen.__getitem__)
    attacker.persons = {
        "time of answering": people,
        "person": sorted(people, key=lambda each: each.person.id),
        "invitation": sorted(people, key=lambda each: each.invitation.id),
        "time of sending": sorted(people, key=lambda each: kept[each.invitation.id].sent_at),
    }


async def everything(here: Running) -> list[str]:
    """Each row of each table as text, but for the responses."""
    found = []
    async with here.core.database.reading() as connection:
        for table in metadata.sorted_tables:
            if table.name != "responses":
                rows = await connection.execute(text(f'SELECT * FROM "{table.name}"'))
                found += [f"{table.name}: {tuple(row)!r}" for row in rows]
    return found


async def shared_transactions(here: Running) -> AsyncIterator[str]:
    """Tables of people with a row that one transaction wrote together with a response."""
    if here.core.database.dialect != "postgresql":
        return
    async with here.core.database.reading() as connection:
        for table in ("participations", "receipts", "invitations", "deliveries", "conversations"):
            if await connection.scalar(
                text(f"SELECT 1 FROM {table} t JOIN responses r ON r.xmin = t.xmin LIMIT 1")
            ):
                yield table


async def attacked(here: Running, privacy: Privacy, number: int) -> None:
    caught = logging.Handler()
    lines: list[str] = []
    caught.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(caught)
    try:
        with capture_logs() as events:
            attacker, tables = await played(here, privacy, number=number, door=through_the_box)
    finally:
        logging.getLogger().removeHandler(caught)

    assert len(attacker.responses["id"]) == number
    matched = attacker.matched()
    limit = guessing(attacker.people)
    assert {how: found for how, found in matched.items() if found > limit} == {}, limit
    assert [table async for table in shared_transactions(here)] == []
    async with here.core.database.reading() as connection:
        ids = [str(each) for each in await connection.scalars(text("SELECT id FROM responses"))]
    elsewhere = "\n".join([*tables, *lines, *map(repr, events)])
    assert [each for each in ids if each in elsewhere or each.replace("-", "") in elsewhere] == []
    assert [each.comment for each in attacker.people if each.comment in elsewhere] == []
    async with here.core.begin.read() as work:
        assert all(
            each.response is None
            for each in await work.invitations.listed(
                "staff-pulse-1", list(InvitationState), limit=number, after=None
            )
        )


@pytest.mark.parametrize("privacy", [Privacy.ANONYMOUS, Privacy.CONFIDENTIAL])
async def test_a36_whoever_has_everything_after_a_wave_matches_no_better_than_by_guessing(
    here: Running, privacy: Privacy
) -> None:
    """A36 at commit scale."""
    await attacked(here, privacy, FEW)


@pytest.mark.soak
@pytest.mark.parametrize("privacy", [Privacy.ANONYMOUS, Privacy.CONFIDENTIAL])
async def test_a36_of_a_thousand_people(here: Running, privacy: Privacy) -> None:
    """A36 at full scale."""
    await attacked(here, privacy, MANY)


async def test_the_same_attack_finds_nearly_everybody_where_the_box_is_bypassed(
    here: Running,
) -> None:
    await here.publish("people-pulse", open_link=False)
    published = (await here.core.catalogue.get("people-pulse")).published

    def straight_in(op: Submission, said: Answers) -> Submission:
        kept = response(published, said, month=op.month, wave=op.wave)
        counts = count_rows(published.questionnaire, kept)
        return replace(op, sealed=None, direct=kept, counts=counts)

    attacker, _ = await played(here, Privacy.CONFIDENTIAL, number=FEW, door=straight_in)

    assert max(attacker.matched().values()) > 0.9 * FEW
