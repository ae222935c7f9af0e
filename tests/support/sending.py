"""A sender by hand: with channels that do as told, and processes that can be killed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from survey.domain.campaign import ChannelName, Hours
from survey.domain.open_hours import ClosedDays
from survey.domain.people import Person
from survey.ports import UnitOfWork
from survey.ports.channels import Address, Asking, Channel, Delivered, NotDelivered
from survey.services.leases import Leases
from survey.services.messages import Messages
from survey.services.open_cases import OpenCases
from survey.services.sending import Sender
from survey.wiring import Application
from tests.support.application import TestClock

ALWAYS = Hours.model_validate({"from": "00:00", "until": "23:59:59", "weekends": True})


async def days(work: UnitOfWork) -> ClosedDays:
    """No bank holidays; pauses as they are."""
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    return ClosedDays(None, pauses=await work.calendar.pauses(now=long_ago))


@dataclass
class Told:
    """A channel that sends what it is not told to refuse; it reaches everybody."""

    name: ChannelName = ChannelName.CHAT
    refuse: Callable[[Asking], NotDelivered | None] = lambda _: None
    works: Callable[[], NotDelivered | None] = lambda: None
    sent: list[Asking] = field(default_factory=list)
    reached: set[UUID] | None = None
    probed: int = 0
    at_once: int = 0
    most_at_once: int = 0
    _ids: int = 100

    async def address_of(self, person: Person) -> Address | None:
        return (await self.addresses_of([person])).get(person.id)

    async def addresses_of(self, people: list[Person]) -> dict[UUID, Address]:
        return {
            each.id: Address(self.name, chat=1)
            for each in people
            if self.reached is None or each.id in self.reached
        }

    async def send(self, address: Address, asking: Asking, *, at: datetime) -> Delivered:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            if (refused := self.refuse(asking)) is not None:
                raise refused
            self.sent.append(asking)
            self._ids += 1
            return Delivered(self._ids)
        finally:
            self.at_once -= 1

    async def probe(self) -> None:
        self.probed += 1
        if (refused := self.works()) is not None:
            raise refused


class Killed(BaseException):
    """The process is no more."""


class Mortal:
    """A process as far as it is seen from outside: its database and its messages.

    `dies` is asked at each point that it passes, such as "begin 2", "commit 2", "send 5", "sent 5",
    which number it has of its kind; once dead it reaches neither.
    """

    def __init__(self, core: Application, dies: Callable[[str], bool]) -> None:
        self._core, self._dies = core, dies
        self._passed: Counter[str] = Counter()
        self.dead = False

    def at(self, point: str) -> None:
        """Raises: Killed."""
        self._passed[point] += 1
        self.dead = self.dead or self._dies(f"{point} {self._passed[point]}")
        if self.dead:
            raise Killed

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[UnitOfWork]:
        self.at("begin")
        async with self._core.begin() as work:
            yield work
        self.at("commit")

    @asynccontextmanager
    async def read(self, *, one_state: bool = False) -> AsyncIterator[UnitOfWork]:
        if self.dead:
            raise Killed
        async with self._core.begin.read(one_state=one_state) as work:
            yield work


class Through(Told):
    """A mortal process's line to a channel that outlives it."""

    def __init__(self, process: Mortal, told: Told) -> None:
        super().__init__(told.name, reached=told.reached)
        self._process, self._told = process, told

    async def send(self, address: Address, asking: Asking, *, at: datetime) -> Delivered:
        self._process.at("send")
        delivered = await self._told.send(address, asking, at=at)
        self._process.at("sent")
        return delivered


def a_sender(
    core: Application,
    *channels: Channel,
    clock: TestClock,
    begin: Mortal | None = None,
    shared: bool = False,
) -> Sender:
    """A sender as in a process of its own; rests pass by turning the clock."""

    async def sleep(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)

    mine = begin or core.begin
    leases = Leases(mine, clock, uuid4(), shared=shared)  # type: ignore[arg-type]
    messages = Messages(
        mine,  # type: ignore[arg-type]
        core.catalogue,
        core.invitation_links,
        days,
        OpenCases(),
        organisation="Barnet Council",
        zone=core.settings.zone,
    )
    sender = Sender(mine, clock, leases, messages, core.tally, sleep=sleep)  # type: ignore[arg-type]
    for each in channels:
        sender.channels.plug(each)
    return sender
