"""Files of replies in chat: after the words, each once, over HTTP against the fake Bot API."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from survey.domain import case_acts as acts
from survey.domain.campaign import ChannelName
from survey.domain.cases import Case
from survey.domain.people import Person as Known
from survey.domain.sending import UNCLEAR_APART
from survey.domain.waves import Outcome
from survey.services.reporters import Reporter
from survey.services.telling import LEASE
from tests.bot.test_channel import Line, a_line
from tests.bot.test_telling_in_chat import chat_of, tellers
from tests.support.application import NOON
from tests.support.cases import a_case, an_entry
from tests.support.outgoing import joined
from tests.support.pictures import picture, saved
from tests.support.sending import Mortal
from tests.support.telling import Heard, a_teller, live, tellings_of
from tests.telegram.people import Person

TEMPLATE = ("payslip.csv", b"name,pay\nA,1\n")
PHOTO = ("where.jpg", saved(picture()))
STRIP = ("strip.png", saved(picture(2100, 100), "PNG"))

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def line(database_url: str, tmp_path: Path) -> AsyncIterator[Line]:
    async with a_line(database_url, tmp_path) as found:
        yield found


async def sian_reports(line: Line, **said: Any) -> tuple[Person, Case]:
    sian = line.telegram.person(name="Siân")
    await sian.sends("/start")
    return sian, await a_case(line.here, chat=chat_of(line, sian), **said)


async def kept(line: Line, case: Case, *files: tuple[str, bytes]) -> tuple[UUID, ...]:
    keep = line.here.core.attachments.keep
    return tuple([(await keep(name, content, case=case.id)).id for name, content in files])


async def replies(line: Line, case: Case, *files: tuple[str, bytes]) -> Case:
    said = acts.reply("Here is the template.", await kept(line, case, *files))
    return await an_entry(line.here, case, said)


async def all_told(line: Line) -> None:
    """Also what waits for its turn."""
    for _ in range(4):
        await live(tellers(line))
        line.pass_time(MINUTE)


def seen(line: Line, person: Person) -> list[tuple[str, str]]:
    shown = line.telegram.ledger.shown(person.id)
    return [(each.method, each.text.splitlines()[0]) for each in shown]


async def outcomes(line: Line, case: Case) -> list[tuple[int, Outcome | None, str | None]]:
    told = await tellings_of(line.here, case)
    return [(each.part, each.outcome, each.reason) for each in told if each.entry > 1]


async def test_a_reply_comes_first_and_then_its_files_a_picture_as_a_photo(line: Line) -> None:
    sian, case = await sian_reports(line)
    await replies(line, case, PHOTO, TEMPLATE)

    await all_told(line)

    words, *files = seen(line, sian)
    assert words == ("sendMessage", f"{case.reference}: Payroll writes:")
    assert sorted(files) == [
        ("sendDocument", f"{case.reference}: payslip.csv"),
        ("sendPhoto", f"{case.reference}: where.jpg"),
    ]
    assert {each[1] for each in await outcomes(line, case)} == {Outcome.SENT}


async def test_an_answer_to_a_file_is_an_answer_to_its_report(line: Line) -> None:
    sian, case = await sian_reports(line)
    await replies(line, case, TEMPLATE)
    await all_told(line)
    document = line.telegram.ledger.shown(sian.id)[-1]
    assert document.message_id is not None

    async with line.here.core.begin.read() as work:
        found = await work.tellings.by_message(chat_of(line, sian), document.message_id)

    assert found is not None
    assert found.case == case.id


async def test_a_picture_that_telegram_takes_for_no_photo_comes_as_a_file(line: Line) -> None:
    sian, case = await sian_reports(line)
    await replies(line, case, STRIP)

    await all_told(line)

    assert [method for method, _ in seen(line, sian)] == ["sendMessage", "sendDocument"]


async def test_what_is_for_few_is_told_of_and_its_files_stay_behind_the_link(line: Line) -> None:
    sian, case = await sian_reports(line, restricted=True)
    await replies(line, case, TEMPLATE)

    await all_told(line)

    assert [method for method, _ in seen(line, sian)] == ["sendMessage"]
    assert "1 file came with it: " in line.telegram.ledger.shown(sian.id)[-1].text
    assert [part for part, _, _ in await outcomes(line, case)] == [0]


async def test_files_of_a_report_that_became_one_for_few_do_not_leave_any_more(line: Line) -> None:
    sian, case = await sian_reports(line)
    case = await replies(line, case, TEMPLATE)
    said = acts.for_few(case, True, "It names a child")
    assert said is not None
    await an_entry(line.here, case, said)

    await all_told(line)

    assert [method for method, _ in seen(line, sian)] == ["sendMessage"]
    assert (1, Outcome.DROPPED, "behind_link") in await outcomes(line, case)


async def test_by_e_mail_no_file_leaves_and_nothing_waits_for_it(line: Line) -> None:
    person = Known(uuid4(), "ann", "Ann", (), NOON, email="ann@school.example")
    async with line.here.core.begin() as work:
        await work.people.put([person])
        await work.commit()
    case = await a_case(line.here, person=person.id)
    await replies(line, case, TEMPLATE)
    by_mail = Heard(ChannelName.EMAIL)

    await live(a_teller(line.here.core, by_mail, clock=line.here.clock))
    line.pass_time(MINUTE)
    await live(a_teller(line.here.core, by_mail, clock=line.here.clock))

    [bulletin] = by_mail.bulletins
    assert bulletin.passages[0].files == 1
    assert await outcomes(line, case) == [
        (0, Outcome.SENT, None),
        (1, Outcome.DROPPED, "behind_link"),
    ]


async def test_files_go_to_whoever_stands_in_for_the_reporter_by_then(line: Line) -> None:
    people = [Known(uuid4(), name.lower(), name, ("oakfield",), NOON) for name in ("Ann", "Ben")]
    chats = [line.telegram.person(name=each.name) for each in people]
    for each in chats:
        await each.sends("/start")
    async with line.here.core.begin() as work:
        await work.people.put(people)
        await work.commit()
    bot = int(line.telegram.token.partition(":")[0])
    users = {one.id: chat.id for one, chat in zip(people, chats, strict=True)}
    await joined(line.here.core, bot, users)
    case = await a_case(line.here, person=people[0].id, unit="oakfield")
    await replies(line, case, TEMPLATE)
    await line.here.core.own_cases.hand_on(case.id, people[1].id, who=Reporter(person=people[0].id))

    await all_told(line)

    assert seen(line, chats[0]) == []
    assert [method for method, _ in seen(line, chats[1])] == ["sendMessage", "sendDocument"]


@pytest.mark.parametrize("broken", ["sendMessage", "sendDocument"])
async def test_telegram_that_is_busy_delays_files_and_never_puts_them_before_the_words(
    line: Line, broken: str
) -> None:
    sian, case = await sian_reports(line)
    await replies(line, case, TEMPLATE, PHOTO)
    line.telegram.fail_next(broken, error_code=429, description="busy", retry_after=30)

    await all_told(line)

    methods = [method for method, _ in seen(line, sian)]
    assert methods[0] == "sendMessage"
    assert sorted(methods[1:]) == ["sendDocument", "sendPhoto"]


async def test_while_words_are_tried_again_their_files_wait_for_them(line: Line) -> None:
    sian, case = await sian_reports(line)
    await replies(line, case, TEMPLATE)
    line.telegram.fail_next("sendMessage", error_code=403, description="Forbidden: new to us")

    await all_told(line)
    assert seen(line, sian) == []

    line.pass_time(UNCLEAR_APART)
    await all_told(line)
    assert [method for method, _ in seen(line, sian)] == ["sendMessage", "sendDocument"]


async def test_a_file_whose_line_broke_comes_twice_at_most_and_the_words_once(line: Line) -> None:
    sian, case = await sian_reports(line)
    await replies(line, case, TEMPLATE)
    line.telegram.cut_next("sendDocument", accepted=True)

    await all_told(line)

    methods = [method for method, _ in seen(line, sian)]
    assert methods == ["sendMessage", "sendDocument", "sendDocument"]
    [_, file] = await outcomes(line, case)
    assert file[1] is Outcome.SENT


@pytest.mark.parametrize("number", range(1, 12))
async def test_whatever_the_commit_at_which_a_teller_dies_each_part_comes_once(
    line: Line, number: int
) -> None:
    """One more of one part at most: of what was under way."""
    sian, case = await sian_reports(line)
    await replies(line, case, PHOTO, TEMPLATE)
    process = Mortal(line.here.core, lambda passed: passed == f"commit {number}")
    await live(a_teller(line.here.core, line.channel, clock=line.here.clock, begin=process))

    line.pass_time(LEASE)
    await all_told(line)

    shown = seen(line, sian)
    assert {method for method, _ in shown} == {"sendMessage", "sendPhoto", "sendDocument"}
    assert shown[0][0] == "sendMessage"
    assert len(shown) <= 4
    told = await tellings_of(line.here, case)
    assert len(shown) - 3 <= sum(each.repeats for each in told) <= 1
    assert {each.outcome for each in told} == {Outcome.SENT}
