"""Reporters are told once, in one message a day, by chat or else by e-mail."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from survey.domain import case_acts as acts
from survey.domain import reporter_acts
from survey.domain.audit import REPORTER, Actor
from survey.domain.campaign import ChannelName
from survey.domain.cases import Case, CaseState, EntryKind, Said, Side, Verdict
from survey.domain.people import Person
from survey.domain.telling import MOST_LETTERS
from survey.domain.waves import Outcome
from survey.ports.channels import Address, Delivered, NotDelivered, Refusal
from survey.ports.tellings import Asks, Bulletin
from survey.services.reporters import Reporter
from survey.services.telling import GIVE_UP, LEASE
from tests.support.application import NOON, Running
from tests.support.cases import a_case, an_entry
from tests.support.telling import Heard, a_teller, live, tellings_of

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ANN = "ann@school.example"


@pytest.fixture
def chat() -> Heard:
    return Heard(ChannelName.CHAT)


@pytest.fixture
def mail() -> Heard:
    return Heard(ChannelName.EMAIL)


async def tell(here: Running, *channels: Heard) -> None:
    await live(a_teller(here.core, *channels, clock=here.clock))


async def a_person(here: Running, email: str = ANN) -> UUID:
    person = Person(uuid4(), here.core.ids.token()[:16], "Ann Lee", (), NOON, email=email)
    async with here.core.begin() as work:
        await work.people.put([person])
        await work.commit()
    return person.id


async def outcomes(here: Running, case: Case) -> list[tuple[Outcome | None, str | None]]:
    return [(each.outcome, each.reason) for each in await tellings_of(here, case)]


async def test_a_fix_is_told_at_once_with_what_was_done_and_the_question(
    here: Running, chat: Heard
) -> None:
    case = await a_case(here, chat="telegram:7:1")
    await an_entry(here, case, acts.fixed("Paid on Friday"))

    await tell(here, chat)

    [bulletin] = chat.bulletins
    [passage] = bulletin.passages
    assert passage.reference == case.reference
    assert [(each.said, each.quoted) for each in passage.lines] == [
        ("Payroll says this is fixed.", "Paid on Friday")
    ]
    assert (passage.asks, passage.question) == (Asks.VERDICT, "Is it fixed?")
    [told] = await tellings_of(here, case)
    assert (told.outcome, told.channel, told.message_id) == (Outcome.SENT, "chat", 101)


async def test_a_service_is_called_as_in_the_language_of_who_is_told(
    here: Running, chat: Heard
) -> None:
    async with here.core.begin() as work:
        services = {each.key: each for each in await work.organisation.services()}
        payroll = replace(services["payroll"], label={"cy": "Y gyflogres"})
        await work.organisation.put_services([payroll])
        await work.commit()
    case = await a_case(here, chat="telegram:7:1", language="cy")
    await an_entry(here, case, acts.fixed("Paid on Friday"))

    await tell(here, chat)

    assert [each.passages[0].service for each in chat.bulletins] == ["Y gyflogres"]


async def test_an_answer_to_the_message_finds_its_case(here: Running, chat: Heard) -> None:
    case = await a_case(here, chat="telegram:7:1")
    await an_entry(here, case, acts.asked("Which month?"))
    await tell(here, chat)

    async with here.core.begin.read() as work:
        found = await work.tellings.by_message("telegram:7:1", 101)
        other = await work.tellings.by_message("telegram:7:2", 101)
    assert found is not None
    assert found.case == case.id
    assert other is None


async def test_news_of_a_day_is_one_message_also_of_several_cases(
    here: Running, chat: Heard
) -> None:
    one, two = [await a_case(here, chat="telegram:7:1") for _ in range(2)]
    await an_entry(here, one, acts.acknowledged())
    await tell(here, chat)
    here.clock.advance(HOUR)
    await an_entry(here, one, acts.started())
    await an_entry(here, two, acts.acknowledged())
    await tell(here, chat)
    here.clock.advance(HOUR)
    await an_entry(here, two, acts.started())
    await tell(here, chat)
    assert len(chat.bulletins) == 1

    here.clock.advance(DAY - 2 * HOUR)
    await tell(here, chat)

    assert len(chat.bulletins) == 2
    assert {each.reference for each in chat.bulletins[1].passages} == {one.reference, two.reference}
    assert len(chat.said[1]) == 3
    async with here.core.begin.read() as work:
        assert await work.tellings.by_message("telegram:7:1", 102) is None


async def test_what_waits_goes_with_what_may_not_wait(here: Running, chat: Heard) -> None:
    case = await a_case(here, chat="telegram:7:1")
    await an_entry(here, case, acts.acknowledged())
    await tell(here, chat)
    here.clock.advance(HOUR)
    await an_entry(here, case, acts.started())
    await an_entry(here, case, acts.asked("Which month?"))

    await tell(here, chat)

    assert chat.said[1] == ["Payroll is working on this.", "Payroll asks:"]
    here.clock.advance(2 * DAY)
    await tell(here, chat)
    assert len(chat.bulletins) == 2


async def test_whoever_has_written_waits_for_the_answer_no_day(here: Running, chat: Heard) -> None:
    case = await a_case(here, chat="telegram:7:1")
    await an_entry(here, case, acts.acknowledged())
    await tell(here, chat)
    here.clock.advance(HOUR)
    await an_entry(here, case, reporter_acts.message("When?"))
    await an_entry(here, case, acts.reply("Tomorrow"))
    await tell(here, chat)
    assert [each.quoted for each in chat.bulletins[1].passages[0].lines] == ["Tomorrow"]

    here.clock.advance(HOUR)
    await an_entry(here, case, acts.reply("At noon"))
    await tell(here, chat)

    assert len(chat.bulletins) == 2


async def test_nobody_is_asked_what_they_have_answered_meanwhile(
    here: Running, chat: Heard
) -> None:
    case = await a_case(here, chat="telegram:7:1")
    await an_entry(here, case, acts.fixed("Paid"))
    judged = {"verdict": Verdict.FIXED.value}
    case = await an_entry(here, case, Said(kind=EntryKind.JUDGED, side=Side.REPORTER, data=judged))
    assert case.state is CaseState.CONFIRMED

    await tell(here, chat)

    assert chat.bulletins == []
    assert await outcomes(here, case) == [(Outcome.DROPPED, "passed")]


async def test_whoever_left_the_school_is_told_nothing(here: Running, mail: Heard) -> None:
    left = await a_person(here)
    case = await a_case(here, person=left, unit="oakfield")
    await an_entry(here, case, acts.fixed("Paid"))

    await tell(here, mail)

    assert mail.bulletins == []
    assert await outcomes(here, case) == [(Outcome.DROPPED, "left")]


async def test_whoever_took_a_case_over_is_told_in_place_of_who_reported_it(
    here: Running, mail: Heard
) -> None:
    ann, bob = [await a_person(here, f"{name}@school.example") for name in ("ann", "bob")]
    case = await a_case(here, person=ann)
    await an_entry(here, case, acts.fixed("Paid"))
    await an_entry(here, case, reporter_acts.handed_on(bob))

    await tell(here, mail)

    assert len(mail.bulletins) == 1
    told = {each.receiver: each.outcome for each in await tellings_of(here, case)}
    assert told == {f"person:{ann}": Outcome.DROPPED, f"person:{bob}": Outcome.SENT}


async def test_where_the_bot_is_blocked_a_letter_goes_out(
    here: Running, chat: Heard, mail: Heard
) -> None:
    """B17: nothing is lost with the chat."""
    chat.refuses = lambda _: NotDelivered(Refusal.GONE, "blocked")
    case = await a_case(here, person=await a_person(here))
    await an_entry(here, case, acts.fixed("Paid"))

    await tell(here, chat, mail)

    assert len(mail.bulletins) == 1
    [told] = await tellings_of(here, case)
    assert (told.outcome, told.channel) == (Outcome.SENT, ChannelName.EMAIL)


async def test_where_no_way_is_left_staff_see_why(here: Running, chat: Heard) -> None:
    chat.refuses = lambda _: NotDelivered(Refusal.GONE, "blocked")
    lost = await a_case(here, chat="telegram:7:1")
    await an_entry(here, lost, acts.fixed("Paid"))
    await tell(here, chat)
    chat.reaches = lambda _: False
    nowhere = await a_case(here, chat="telegram:7:2")
    await an_entry(here, nowhere, acts.fixed("Paid"))
    await tell(here, chat)

    assert await outcomes(here, lost) == [(Outcome.BLOCKED, "blocked")]
    assert await outcomes(here, nowhere) == [(Outcome.FAILED, "no_address")]


@pytest.mark.parametrize(
    ("refused", "wait"),
    [
        (NotDelivered(Refusal.LATER, "mailbox_busy", seconds=300), timedelta(seconds=300)),
        (NotDelivered(Refusal.BUSY, "busy", seconds=60), timedelta(seconds=60)),
        (NotDelivered(Refusal.DOWN, "server"), timedelta(seconds=5)),
        (NotDelivered(Refusal.UNKNOWN, "line_lost"), timedelta(seconds=30)),
        (NotDelivered(Refusal.UNCLEAR, "odd"), timedelta(hours=12)),
    ],
)
async def test_what_did_not_leave_leaves_when_trying_again_can_help(
    here: Running, mail: Heard, refused: NotDelivered, wait: timedelta
) -> None:
    case = await a_case(here, email=ANN)
    mail.refuses = lambda _: refused
    teller = a_teller(here.core, mail, clock=here.clock)
    await live(teller)
    mail.refuses = lambda _: None
    here.clock.advance(wait - timedelta(seconds=1))
    await live(teller)
    assert mail.bulletins == []

    here.clock.advance(timedelta(seconds=2))
    await live(teller)

    assert len(mail.bulletins) == 1
    [told] = await tellings_of(here, case)
    assert told.repeats == (1 if refused.refusal is Refusal.UNKNOWN else 0)


async def test_a_letter_in_doubt_again_and_again_is_given_up_and_says_so(
    here: Running, mail: Heard
) -> None:
    case = await a_case(here, email=ANN)
    tries = 0

    def lost(_: object) -> NotDelivered:
        nonlocal tries
        tries += 1
        return NotDelivered(Refusal.UNKNOWN, "line_lost")

    mail.refuses = lost
    for _ in range(10):
        await tell(here, mail)
        here.clock.advance(timedelta(minutes=10))

    assert tries == 4
    assert await outcomes(here, case) == [(Outcome.FAILED, "in_doubt")]


async def test_a_mailbox_that_stays_busy_is_given_up_in_the_end(here: Running, mail: Heard) -> None:
    case = await a_case(here, email=ANN)
    mail.refuses = lambda _: NotDelivered(Refusal.LATER, "mailbox_busy", seconds=3600)
    await tell(here, mail)
    here.clock.advance(GIVE_UP + HOUR)

    await tell(here, mail)

    assert await outcomes(here, case) == [(Outcome.FAILED, "given_up")]


async def test_a_copy_that_is_held_tells_nobody_anything(here: Running, mail: Heard) -> None:
    await a_case(here, email=ANN)
    async with here.core.begin() as work:
        await work.installation.hold(at=here.clock.now())
        await work.commit()

    await tell(here, mail)

    assert mail.bulletins == []


async def test_a_message_that_is_claimed_goes_to_no_second_process(
    here: Running, mail: Heard
) -> None:
    case = await a_case(here, email=ANN)
    teller = a_teller(here.core, mail, clock=here.clock)
    async with here.core.begin() as work:
        await work.tellings.claim(uuid4(), now=here.clock.now(), limit=4, lease=LEASE)
        await work.commit()

    await live(teller)
    assert mail.bulletins == []
    here.clock.advance(LEASE)
    await live(teller)

    assert len(mail.bulletins) == 1
    assert await outcomes(here, case) == [(Outcome.SENT, None)]


async def test_a_letter_bomb_ends_after_three_letters_a_day_whoever_sends_them(
    here: Running, mail: Heard
) -> None:
    """Anybody can type anybody's address: the rest is said on the page."""
    cases = list[Case]()
    for _ in range(6):
        cases.append(await a_case(here, email=ANN))
        await tell(here, mail)
        here.clock.advance(HOUR)

    assert len(mail.bulletins) == MOST_LETTERS
    assert [await outcomes(here, case) for case in cases[MOST_LETTERS:]] == [
        [(Outcome.FAILED, "too_many")]
    ] * 3
    pages = [await here.core.own_cases.get(case.id, Reporter(link=case.link)) for case in cases]
    assert [each.no_receipt for each in pages] == [""] * 3 + ["too_many"] * 3
    await a_case(here, email="bob@school.example")
    await tell(here, mail)
    assert len(mail.bulletins) == MOST_LETTERS + 1

    here.clock.advance(DAY)
    await tell(here, mail)
    assert len(mail.bulletins) == MOST_LETTERS + 1
    await a_case(here, email=ANN)
    await tell(here, mail)
    assert len(mail.bulletins) == MOST_LETTERS + 2


async def test_letters_to_an_address_that_is_nobodys_wait_for_the_next_day(
    here: Running, mail: Heard
) -> None:
    case = await a_case(here, email=ANN)
    await tell(here, mail)
    for number in range(MOST_LETTERS):
        here.clock.advance(HOUR)
        case = await an_entry(here, case, acts.asked(f"Which month? ({number})"))
        await tell(here, mail)
    assert len(mail.bulletins) == MOST_LETTERS

    here.clock.advance(DAY - MOST_LETTERS * HOUR)
    await tell(here, mail)

    assert len(mail.bulletins) == MOST_LETTERS + 1
    assert [line.quoted for line in mail.bulletins[-1].passages[0].lines] == ["Which month? (2)"]


@pytest.mark.parametrize("known", [True, False])
async def test_whose_address_it_is_shown_to_be_waits_for_nothing(
    here: Running, mail: Heard, known: bool
) -> None:
    if known:
        await a_person(here)
    case = await a_case(here, email=ANN)
    await tell(here, mail)
    if not known:
        said = replace(reporter_acts.message("Hello"), data={"by": "email"})
        await an_entry(here, case, said, by=REPORTER)

    for number in range(MOST_LETTERS):
        here.clock.advance(SECOND)
        await an_entry(here, case, acts.asked(f"Which month? ({number})"))
        await tell(here, mail)

    assert len(mail.bulletins) == MOST_LETTERS + 1


async def test_also_whoever_is_known_is_told_of_three_reports_a_day(
    here: Running, mail: Heard
) -> None:
    await a_person(here)
    for _ in range(MOST_LETTERS + 1):
        await a_case(here, email=ANN)
        await tell(here, mail)
        here.clock.advance(SECOND)

    assert len(mail.bulletins) == MOST_LETTERS


async def test_what_staff_wrote_down_on_the_telephone_is_told_however_many(
    here: Running, mail: Heard
) -> None:
    await a_person(here)
    for _ in range(MOST_LETTERS + 1):
        await a_case(here, email=ANN, by=Actor.account(uuid4()))
        await tell(here, mail)
        here.clock.advance(SECOND)

    assert len(mail.bulletins) == MOST_LETTERS + 1


async def test_two_processes_send_three_letters_together(here: Running, mail: Heard) -> None:
    """What has begun to leave counts as well."""
    for _ in range(MOST_LETTERS - 1):
        await a_case(here, email=ANN)
        await tell(here, mail)
        here.clock.advance(SECOND)
    under_way, left = asyncio.Event(), asyncio.Event()

    class Slow(Heard):
        async def tell(self, address: Address, bulletin: Bulletin, *, at: datetime) -> Delivered:
            under_way.set()
            await left.wait()
            return await super().tell(address, bulletin, at=at)

    await a_case(here, email=ANN)
    slow = Slow(ChannelName.EMAIL)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(tell(here, slow))
        await under_way.wait()
        here.clock.advance(SECOND)
        case = await a_case(here, email=ANN)
        await tell(here, mail)
        left.set()

    assert (len(mail.bulletins), len(slow.bulletins)) == (MOST_LETTERS - 1, 1)
    assert await outcomes(here, case) == [(Outcome.FAILED, "too_many")]
