"""Reporters told in chat, over HTTP against the fake Bot API; on both databases."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from survey.domain import case_acts as acts
from survey.domain.cases import Case
from survey.domain.people import Person as Known
from survey.domain.records import Chat
from survey.domain.waves import Outcome
from survey.services.telling import Tellers
from tests.bot.test_channel import Line, a_line
from tests.support.application import NOON
from tests.support.cases import a_case, an_entry
from tests.support.outgoing import joined
from tests.support.telling import a_teller, live, tellings_of
from tests.telegram.people import Person
from tests.telegram.troubles import Means, Trouble, troubles_of


@pytest.fixture
async def line(database_url: str, tmp_path: Path) -> AsyncIterator[Line]:
    async with a_line(database_url, tmp_path) as found:
        yield found


def tellers(line: Line) -> Tellers:
    return a_teller(line.here.core, line.channel, clock=line.here.clock)


def chat_of(line: Line, person: Person) -> str:
    return f"telegram:{line.telegram.token.partition(':')[0]}:{person.id}"


async def fixed(line: Line, person: Person) -> Case:
    """A report from a chat that nobody known is in, said to be fixed."""
    await person.sends("/start")
    async with line.here.core.begin() as work:
        await work.chats.put(Chat(int(line.telegram.token.partition(":")[0]), person.id, "en"))
        await work.commit()
    case = await a_case(line.here, chat=chat_of(line, person))
    return await an_entry(line.here, case, acts.fixed("The payslips were reissued <today>."))


async def test_a_fix_arrives_with_its_buttons_and_an_answer_to_it_finds_the_case(
    line: Line,
) -> None:
    sian = line.telegram.person(name="Siân")
    case = await fixed(line, sian)

    await live(tellers(line))

    message = sian.screen[-1]
    assert f"{case.reference}: Payroll says this is fixed." in str(message)
    assert "“The payslips were reissued <today>.”" in str(message)
    assert message.buttons[0] == ("Fixed", "Partly", "Not fixed")
    async with line.here.core.begin.read() as work:
        found = await work.tellings.by_message(chat_of(line, sian), message.message_id)
    assert found is not None
    assert found.case == case.id


async def test_whoever_wants_no_surveys_still_hears_of_their_report(line: Line) -> None:
    sian = line.telegram.person(name="Siân")
    await sian.sends("/start")
    known = Known(uuid4(), "sian", "Siân", (), NOON)
    async with line.here.core.begin() as work:
        await work.people.put([known])
        await work.commit()
    bot = int(line.telegram.token.partition(":")[0])
    await joined(line.here.core, bot, {known.id: sian.id})
    async with line.here.core.begin() as work:
        await work.chats.put(Chat(bot, sian.id, "en", stopped=True))
        await work.commit()
    case = await a_case(line.here, person=known.id)
    await an_entry(line.here, case, acts.fixed("Paid"))

    await live(tellers(line))

    assert line.sent_to(sian) == [1]


async def test_messages_to_reporters_keep_to_the_pace_of_all_others(line: Line) -> None:
    """A14."""
    people = [line.telegram.person(name=f"Person {number}") for number in range(40)]
    for each in people:
        await fixed(line, each)
    line.telegram.limits.turn_on()

    await live(tellers(line))

    assert line.sent_to(*people) == [1] * 40
    assert (line.telegram.limits.refused, line.telegram.limits.early) == (0, 0)


SENDING = [each for each in troubles_of("sendMessage") if each.means is not Means.CHAT_MOVED]


@pytest.mark.parametrize("trouble", SENDING, ids=str)
async def test_each_refusal_has_the_right_reaction(line: Line, trouble: Trouble) -> None:
    """A16, for reporters: nothing is lost but with the chat, and at most one repeat."""
    sian = line.telegram.person(name="Siân")
    case = await fixed(line, sian)
    line.telegram.faults.order("sendMessage", trouble.fault)
    telling = tellers(line)

    await live(telling)
    line.telegram.faults.clear()
    for _ in range(2):
        line.pass_time(timedelta(hours=1, seconds=1))
        await live(telling)

    [told] = await tellings_of(line.here, case)
    match trouble.means:
        case Means.PERSON_GONE:
            assert told.outcome is Outcome.BLOCKED
            assert line.sent_to(sian) == [0]
        case Means.UNKNOWN:
            assert (told.outcome, told.repeats) == (Outcome.SENT, 1)
            assert line.sent_to(sian) in ([1], [2])
        case _:
            assert (told.outcome, told.repeats) == (Outcome.SENT, 0)
            assert line.sent_to(sian) == [1]


async def test_whoever_blocked_the_bot_is_written_to_no_more_until_they_write(line: Line) -> None:
    """B17."""
    sian = line.telegram.person(name="Siân")
    first = await fixed(line, sian)
    await sian.blocks()
    await live(tellers(line))
    calls = len(line.telegram.ledger.calls("sendMessage"))

    second = await a_case(line.here, chat=chat_of(line, sian))
    await an_entry(line.here, second, acts.fixed("Paid"))
    await live(tellers(line))

    assert len(line.telegram.ledger.calls("sendMessage")) == calls
    assert [each.outcome for each in await tellings_of(line.here, first)] == [Outcome.BLOCKED]
    assert [each.outcome for each in await tellings_of(line.here, second)] == [Outcome.FAILED]


async def test_a_chat_in_which_nothing_was_chosen_yet_is_reached_too(line: Line) -> None:
    sian = line.telegram.person(name="Siân")
    await sian.sends("/start")
    case = await a_case(line.here, chat=chat_of(line, sian))
    await an_entry(line.here, case, acts.fixed("Paid"))

    await live(tellers(line))

    assert line.sent_to(sian) == [1]
