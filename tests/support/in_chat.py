"""Somebody who reported problems, in their chat with the bot."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from survey.domain.case_records import Problem, ProblemState
from survey.domain.cases import Case, CaseState, Entry, Said
from survey.domain.people import Person as Known
from survey.domain.records import Chat, owner_of
from survey.services.own_cases import OwnCase
from survey.services.reporters import Reporter
from tests.bot.rig import house, presses, says, settled
from tests.support.application import Running, TestClock
from tests.support.cases import a_case, an_entry
from tests.support.joining import a_person
from tests.telegram.people import Person, Shown
from tests.telegram.server import FakeTelegram


async def linked(here: Running, telegram: FakeTelegram, chat: Person, who: Known) -> None:
    """The person of the chat is known to be `who`."""
    bot = bot_of(telegram)
    async with here.core.begin() as work:
        if await work.chats.get(bot, chat.id) is None:
            await work.chats.put(Chat(bot, chat.id))
        await work.chats.link(bot, chat.id, who.id)
        await work.commit()


def bot_of(telegram: FakeTelegram) -> int:
    return int(telegram.token.partition(":")[0])


@dataclass
class Chatting:
    """The bot at work on a database, and Siân of Oakfield, who has joined in her chat."""

    here: Running
    telegram: FakeTelegram
    sian: Person
    known: Known

    @property
    def who(self) -> Reporter:
        return Reporter(person=self.known.id, chat=owner_of(bot_of(self.telegram), self.sian.id))

    async def reported(self, text: str = "Wrong payslip", **said: Any) -> Case:
        """A case of hers about payroll."""
        said = {"person": self.known.id, "unit": "oakfield", **said}
        return await a_case(self.here, text=text, **said)

    async def staff(self, case: Case, *said: Said) -> Case:
        """The case after staff added these."""
        return await an_entry(self.here, case, *said)

    async def own(self, case: Case) -> OwnCase:
        """As she sees it by now."""
        return await self.here.core.own_cases.get(case.id, self.who)

    async def written(self, case: Case) -> list[Entry]:
        """What she added to it."""
        return [each for each in (await self.own(case)).timeline[1:] if each.side == "reporter"]

    async def state(self, case: Case) -> CaseState:
        return (await self.own(case)).case.state

    async def says(self, text: str) -> Shown:
        return await says(self.sian, text)

    async def presses(self, label: str) -> Shown:
        return await presses(self.sian, label)

    async def knows(self, title: str, service: str, told: str = "We work on it.") -> Problem:
        """A problem that is known and told of."""
        problem = Problem(uuid4(), title, service, self.here.clock.now(), told=told)
        async with self.here.core.begin() as work:
            await work.problems.add(problem)
            await work.commit()
        return problem

    async def is_over(self, problem: Problem) -> None:
        fixed = replace(problem, state=ProblemState.FIXED, revision=problem.revision + 1)
        async with self.here.core.begin() as work:
            assert await work.problems.save(fixed, expected_revision=problem.revision)
            await work.commit()

    async def settled(self) -> None:
        await settled(self.here)


class InChat:
    """`async with InChat(database_url, folder) as chat:` the whole of it, begun and ended."""

    def __init__(
        self, database_url: str, folder: Path, *questionnaires: str, clock: TestClock | None = None
    ) -> None:
        self._url, self._folder, self._questionnaires = database_url, folder, questionnaires
        self._clock, self._stack = clock, AsyncExitStack()

    async def __aenter__(self) -> Chatting:
        telegram = await self._stack.enter_async_context(FakeTelegram())
        here = await self._stack.enter_async_context(
            house(self._url, self._folder, telegram, *self._questionnaires, clock=self._clock)
        )
        sian, known = telegram.person(name="Siân", known=True), await a_person(here)
        await linked(here, telegram, sian, known)
        return Chatting(here, telegram, sian, known)

    async def __aexit__(self, *failure: object) -> None:
        await self._stack.aclose()
