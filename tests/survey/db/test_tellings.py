"""The outbox of messages to reporters: one lease at a time, and nothing sent twice unnoticed."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from survey.domain.campaign import ChannelName
from survey.domain.case_records import Telling, TellingKind
from survey.domain.cases import Case
from survey.domain.waves import Outcome
from survey.ports.cases import Told
from tests.support.application import NOON, Running
from tests.support.cases import a_case

ME, OTHER = uuid4(), uuid4()
LEASE = timedelta(minutes=2)
HOUR = timedelta(hours=1)


def a_telling(case: Case, entry: int = 1, receiver: str = "email:ann@school.example") -> Telling:
    return Telling(uuid4(), case.id, entry, TellingKind.REPLY, receiver, due_at=NOON)


async def kept(here: Running, *tellings: Telling) -> None:
    async with here.core.begin() as work:
        await work.tellings.add(tellings)
        await work.commit()


async def claimed(
    here: Running, holder: UUID, *, after: timedelta = timedelta(0), limit: int = 10
) -> list[Telling]:
    async with here.core.begin() as work:
        found = await work.tellings.claim(holder, now=NOON + after, limit=limit, lease=LEASE)
        await work.commit()
    return list(found)


async def begun(here: Running, holder: UUID, *wanted: UUID) -> set[UUID]:
    async with here.core.begin() as work:
        found = await work.tellings.begin(holder, wanted, now=NOON, until=NOON + LEASE)
        await work.commit()
    return set(found)


async def settled(here: Running, holder: UUID, *told: Told) -> None:
    async with here.core.begin() as work:
        await work.tellings.settle(holder, told, now=NOON)
        await work.commit()


async def test_of_one_receiver_all_that_is_untold_is_claimed_by_one_process(here: Running) -> None:
    case = await a_case(here)
    first, second = a_telling(case, 1), a_telling(case, 2)
    later = replace(a_telling(case, 3), due_at=NOON + HOUR)
    other = replace(a_telling(case, 1, "telegram:1:7"), due_at=NOON + timedelta(seconds=1))
    await kept(here, first, second, later, other, replace(first, id=uuid4()))

    mine = await claimed(here, ME, limit=1, after=timedelta(seconds=2))
    theirs = await claimed(here, OTHER, after=timedelta(seconds=2))

    assert [each.id for each in mine] == [first.id, second.id, later.id]
    assert [each.id for each in theirs] == [other.id]
    assert await claimed(here, OTHER, after=timedelta(seconds=2)) == []


async def test_what_was_begun_and_not_settled_is_counted_as_perhaps_sent(here: Running) -> None:
    one = a_telling(await a_case(here))
    await kept(here, one)
    await claimed(here, ME)
    assert await begun(here, OTHER, one.id) == set()
    assert await begun(here, ME, one.id) == {one.id}

    [again] = await claimed(here, OTHER, after=LEASE)

    assert (again.repeats, again.begun_at) == (1, None)
    # The first was only slow: it was sent, and whoever has it now is told so by having nothing.
    await settled(here, ME, Told(one.id, Outcome.SENT, channel=ChannelName.EMAIL))
    assert await claimed(here, OTHER, after=2 * LEASE) == []


async def test_a_message_is_found_by_the_one_that_answers_it(here: Running) -> None:
    case = await a_case(here)
    one = a_telling(case, receiver="telegram:1:7")
    await kept(here, one)
    await claimed(here, ME)
    await begun(here, ME, one.id)
    sent = Told(one.id, Outcome.SENT, channel=ChannelName.CHAT, message_id=42)
    await settled(here, ME, sent)

    async with here.core.begin.read() as work:
        found = await work.tellings.by_message("telegram:1:7", 42)
        assert await work.tellings.by_message("telegram:1:8", 42) is None
        assert await work.tellings.last_told("telegram:1:7") == NOON
        assert await work.tellings.last_told("telegram:1:8") is None
        assert [each.id for each in await work.tellings.of_case(case.id)] == [one.id]
        assert not await work.tellings.any_due(now=NOON + HOUR)
    assert found is not None
    assert (found.id, found.outcome, found.channel) == (one.id, Outcome.SENT, ChannelName.CHAT)


async def test_what_could_not_be_sent_waits_until_its_time_and_counts_its_failures(
    here: Running,
) -> None:
    one = a_telling(await a_case(here))
    await kept(here, one)
    await claimed(here, ME)
    await begun(here, ME, one.id)
    await settled(here, ME, Told(one.id, due_at=NOON + HOUR, failed=True))

    async with here.core.begin.read() as work:
        assert not await work.tellings.any_due(now=NOON)
        assert await work.tellings.any_due(now=NOON + HOUR)
    [again] = await claimed(here, OTHER, after=HOUR)
    assert (again.failures, again.repeats) == (1, 0)


async def test_what_is_due_and_since_when_is_counted_and_what_waits_is_not(here: Running) -> None:
    case = await a_case(here)
    old, new = a_telling(case, 1), replace(a_telling(case, 2), due_at=NOON + HOUR)
    later = replace(a_telling(case, 3), due_at=NOON + 3 * HOUR)
    async with here.core.begin.read() as work:
        assert await work.tellings.depth(now=NOON) == (0, None)
    await kept(here, old, new, later)

    async with here.core.begin.read() as work:
        assert await work.tellings.depth(now=NOON + 2 * HOUR) == (2, NOON)
    [*mine] = await claimed(here, ME)
    assert len(mine) == 3
    await settled(here, ME, Told(old.id, Outcome.SENT))
    async with here.core.begin.read() as work:
        assert await work.tellings.depth(now=NOON + 2 * HOUR) == (1, NOON + HOUR)


async def test_messages_of_a_day_are_counted_one_by_one_also_such_as_are_under_way(
    here: Running,
) -> None:
    case, receiver = await a_case(here), "email:ann@school.example"
    received = replace(a_telling(case, 4), kind=TellingKind.RECEIVED)
    tellings = [a_telling(case, 1), a_telling(case, 2), a_telling(case, 3), received]
    await kept(here, *tellings, a_telling(case, 1, "email:bob@school.example"))
    await claimed(here, ME)
    # Two of them with one message; one is under way, and one did not leave.
    one, two, three, four = (each.id for each in tellings)
    await settled(here, ME, Told(one, Outcome.SENT), Told(two, Outcome.SENT))
    await begun(here, ME, four)
    await settled(here, ME, Told(three, Outcome.FAILED, "no_address"))

    async with here.core.begin.read() as work:
        told = work.tellings
        day_before = NOON - 24 * HOUR
        assert list(await told.sent_since(receiver, since=day_before, now=NOON)) == [NOON]
        assert list(await told.sent_since(receiver, since=NOON, now=NOON)) == [NOON]
        assert list(await told.sent_since(receiver, since=NOON, now=NOON + LEASE)) == []
        kind = TellingKind.RECEIVED
        found = await told.sent_since(receiver, since=day_before, now=NOON, kind=kind)
        assert list(found) == [NOON]
        found = await told.sent_since(receiver, since=day_before, now=NOON + LEASE, kind=kind)
        assert list(found) == []
