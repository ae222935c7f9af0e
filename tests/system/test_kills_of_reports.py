"""Killed while people report problems, are asked and answer, the program loses nothing."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from random import Random
from typing import Final

import pytest
from sqlalchemy import func, select

from survey.db.tables import attachments
from survey.domain import case_acts as acts
from survey.domain.case_records import CaseQuery, Telling
from survey.domain.cases import Case, Entry, EntryKind, Side
from survey.domain.people import Person as Known
from survey.domain.records import Chat
from survey.domain.waves import Outcome
from survey.services.telling import LEASE
from tests.rig.house import PATIENCE, House, open_house
from tests.rig.points import REPLYING, REPORTING, Crash, points_of
from tests.support.application import Running, TestClock, running
from tests.support.cases import an_entry
from tests.support.databases import DatabaseKind, fresh_database
from tests.support.pictures import picture, saved
from tests.support.soaking import Soak
from tests.telegram.people import Person
from tests.telegram.server import FakeTelegram

SEED: Final = 6
AT_ONCE: Final = 20
"""People who are at it at the same time, at most."""

_TAPS: Final = (
    ("Which service is it about?", "Payroll"),
    ("What kind of problem is it?", "Wrong pay or a wrong bill"),
    ("How much does it stop you?", "We are stuck"),
    ("Check your answers", "Send"),
)


async def report(person: Person) -> None:
    await person.sends_photo(f"payslip wrong for {person.id}", content=saved(picture()))
    await finish(person)


async def finish(person: Person) -> None:
    """From the question for the service to the reference, where the text is there."""
    for seen, button in _TAPS:
        await person.sees(seen, within=PATIENCE)
        await person.taps(button)
    await person.sees("Reported:", within=PATIENCE)


async def answer(person: Person) -> None:
    asked = await person.sees("Which month?", within=PATIENCE)
    await person.replies(asked, f"May, says {person.id}")
    await person.sees("Added to P-", within=PATIENCE)


Dies = Callable[[House], Awaitable[None]]
"""Starts the program and sees to it that it ends."""


def at_random(chance: Random) -> Dies:
    async def die(house: House) -> None:
        program = await house.start()
        await asyncio.sleep(chance.uniform(0.1, 3.0))
        await house.kill(program)

    return die


def at(point: str) -> Dies:
    async def die(house: House) -> None:
        await house.died(await house.start(Crash(point)), point)

    return die


async def while_it_dies(
    house: House,
    deaths: Sequence[Dies],
    doing: Sequence[Awaitable[None]],
    *,
    at_once: int = AT_ONCE,
) -> None:
    """Have people do this while the program dies so often; it is stopped in the end."""
    room = asyncio.Semaphore(at_once)

    async def one(does: Awaitable[None]) -> None:
        async with room:
            await does

    async def die() -> None:
        for death in deaths:
            await death(house)
            house.clock.jump(LEASE)
        await house.start()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(die())
        for each in doing:
            tasks.create_task(one(each))
    await house.stop()


async def known(here: Running, bot: int, people: Sequence[Person]) -> None:
    """Each is somebody of Oakfield who has joined."""
    await here.publish("problem-report")
    made = [
        Known(here.core.ids.uuid(), f"p{each.id}", "Ann Lee", ("oakfield",), here.clock.now())
        for each in people
    ]
    async with here.core.begin() as work:
        await work.people.put(made)
        for each, person in zip(people, made, strict=True):
            await work.chats.put(Chat(bot, each.id, "en"))
            await work.chats.link(bot, each.id, person.id)
        await work.commit()


async def cases(here: Running) -> list[Case]:
    async with here.core.begin.read() as work:
        ids = await work.cases.ids(CaseQuery(), now=here.clock.now(), limit=10_000)
        return [case for each in ids if (case := await work.cases.get(each)) is not None]


async def kept(here: Running, case: Case) -> tuple[Sequence[Entry], Sequence[Telling], int]:
    async with here.core.begin.read() as work:
        return (
            await work.cases.timeline(case.id),
            await work.tellings.of_case(case.id),
            len(await work.attachments.of_case(case.id)),
        )


async def ask(here: Running) -> None:
    for case in await cases(here):
        await an_entry(here, case, acts.asked("Which month?"))


async def look(here: Running, people: Sequence[Person]) -> None:
    """Each report is a case with its photo, was asked about once, and has its answer once."""
    texts = Counter[str]()
    for case in await cases(here):
        timeline, tellings, files = await kept(here, case)
        said = [each for each in timeline[1:] if each.side is Side.REPORTER]
        assert [each.kind for each in said] == [EntryKind.MESSAGE]
        assert [each.outcome for each in tellings] == [Outcome.SENT]
        assert files == 1
        texts[said[0].text] += 1
    assert texts == {f"May, says {each.id}": 1 for each in people}


async def play(
    url: str,
    folder: Path,
    *,
    people: int,
    while_reporting: Sequence[Dies],
    while_replying: Sequence[Dies],
    at_once: int = AT_ONCE,
) -> None:
    """So many reports and so many replies, while the program dies so often during each."""
    async with FakeTelegram() as telegram, open_house(url, folder, telegram) as house:
        bot = int(telegram.token.partition(":")[0])
        crowd = [telegram.person(name=f"Person {n}", known=True) for n in range(people)]

        async def inside(does: Callable[[Running], Awaitable[None]]) -> None:
            async with running(url, folder, clock=TestClock(house.clock.now())) as here:
                await does(here)

        await inside(lambda here: known(here, bot, crowd))
        reports = [report(each) for each in crowd]
        await while_it_dies(house, while_reporting, reports, at_once=at_once)
        await inside(ask)
        replies = [answer(each) for each in crowd]
        await while_it_dies(house, while_replying, replies, at_once=at_once)
        await inside(lambda here: look(here, crowd))

        asked = [
            sum(each.by_bot and "Which month?" in each.text for each in person.screen)
            for person in crowd
        ]
        assert min(asked) >= 1
        assert sum(asked) - len(asked) <= len(while_replying)
        assert house.kills == len(while_reporting) + len(while_replying)


async def play_at_random(url: str, folder: Path, *, people: int, kills: int, seed: int) -> None:
    """With half of the kills during each."""
    half = [at_random(Random(f"{seed} {number}")) for number in range(kills // 2)]
    await play(url, folder, people=people, while_reporting=half, while_replying=half)


async def test_nothing_is_lost_wherever_the_program_dies_during_reports_and_replies(
    database_url: str, tmp_path: Path
) -> None:
    """Issue 6, done when 3: each point once; whoever was not told before is told afterwards."""
    around = ("sendMessage", "getUpdates")
    await play(
        database_url,
        tmp_path,
        people=24,
        while_reporting=[at(each) for each in points_of(*REPORTING, *around, "editMessageText")],
        while_replying=[at(each) for each in points_of(*REPLYING, *around)],
        at_once=3,
    )


async def test_ten_kills_during_reports_and_replies_lose_nothing_and_tell_nobody_twice(
    database_url: str, tmp_path: Path
) -> None:
    """Issue 6, done when 3: beyond one repeat for each kill."""
    await play_at_random(database_url, tmp_path, people=10, kills=10, seed=SEED)


ALBUM: Final = 3
_TEXT: Final = "No pay"

_WHILE_IT_BEGINS: Final = (
    "before the commit: conversation begun",
    "after the commit: conversation begun",
    "after sending: sendMessage",
)
_WHILE_IT_IS_MADE: Final = (
    "after the commit: updates kept",
    "before the commit: step",
    "after the commit: step",
    "before sending: sendMessage",
    "after sending: sendMessage",
)


async def begin_with_a_photo(house: House, crowd: Sequence[Person]) -> None:
    """Each begins a report with a photo, and leaves it at the first question."""
    await house.start()
    for person in crowd:
        await person.sends_photo(_TEXT, content=saved(picture()))
    for person in crowd:
        await person.sees("Which service is it about?", within=PATIENCE)
    await house.stop()


async def send_album_over_a_kill(
    house: House, person: Person, point: str, *, caption: str | None
) -> None:
    """Send an album to a program that dies at this point, and the report to the next one."""
    program = await house.start(Crash(point), wait=False)
    await person.sends_album(*[saved(picture())] * ALBUM, caption=caption)
    await house.died(program, point)
    await house.start()
    await finish(person)
    await house.stop()


async def test_an_album_is_attached_once_at_whatever_point_the_program_dies(
    database_url: str, tmp_path: Path
) -> None:
    """A2 and A7 for reports that are being made."""
    async with FakeTelegram() as telegram, open_house(database_url, tmp_path, telegram) as house:
        bot = int(telegram.token.partition(":")[0])
        begins = {point: telegram.person(known=True) for point in _WHILE_IT_BEGINS}
        made = {point: telegram.person(known=True) for point in _WHILE_IT_IS_MADE}
        async with running(database_url, tmp_path, clock=TestClock(house.clock.now())) as here:
            await known(here, bot, [*begins.values(), *made.values()])
        await begin_with_a_photo(house, [*made.values()])
        for point, person in begins.items():
            await send_album_over_a_kill(house, person, point, caption=_TEXT)
        for point, person in made.items():
            await send_album_over_a_kill(house, person, point, caption=None)

        async with running(database_url, tmp_path, clock=TestClock(house.clock.now())) as here:
            reported = [(await kept(here, each))[0][0] for each in await cases(here)]
            async with here.core.database.reading() as connection:
                rows = await connection.scalar(select(func.count()).select_from(attachments))

    sent = [ALBUM] * len(begins) + [1 + ALBUM] * len(made)
    assert sorted(len(each.files) for each in reported) == sent
    assert {each.text for each in reported} == {_TEXT}
    assert rows == sum(sent)


@pytest.mark.soak
def test_five_hundred_reports_and_replies_with_fifty_kills(
    request: pytest.FixtureRequest, tmp_path: Path, soak: Soak
) -> None:
    """Issue 6, done when 3, at full scale."""

    def one(seed: int) -> Counter[str]:
        for kind in DatabaseKind:
            folder = tmp_path / f"{kind}-{seed}"
            folder.mkdir()
            with fresh_database(kind, folder, request) as url:
                asyncio.run(play_at_random(url, folder, people=500, kills=50, seed=seed))
        return Counter({"reports": 1_000, "replies": 1_000, "kills": 100})

    soak.play(one)
