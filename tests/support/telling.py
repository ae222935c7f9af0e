"""Tellers by hand: with channels that do as told, and processes that can be killed."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from survey.domain.campaign import ChannelName
from survey.domain.case_records import Telling
from survey.domain.cases import Case
from survey.domain.waves import Outcome
from survey.ports.cases import Told
from survey.ports.channels import Address, Asking, Channel, Delivered, NotDelivered
from survey.ports.tellings import Bulletin, TellingChannel, Whom
from survey.services.bulletins import Bulletins
from survey.services.channels import Channels
from survey.services.handing import Handing
from survey.services.leases import Leases
from survey.services.telling import Tellers
from survey.wiring import Application
from tests.support.application import Running, TestClock
from tests.support.sending import Killed, Mortal
from tests.support.sending import Told as Plain


@dataclass
class Heard(Plain):
    """A channel that tells everybody whatever it is not told to refuse."""

    bulletins: list[Bulletin] = field(default_factory=list)
    to: list[Address] = field(default_factory=list)
    reaches: Callable[[Whom], bool] = lambda _: True
    refuses: Callable[[Bulletin], NotDelivered | None] = lambda _: None

    async def address_for(self, whom: Whom) -> Address | None:
        if not self.reaches(whom):
            return None
        if self.name is ChannelName.CHAT:
            return Address(self.name, chat=1)
        return Address(self.name, email=whom.email or "ann@school.example")

    async def tell(self, address: Address, bulletin: Bulletin, *, at: datetime) -> Delivered:
        await asyncio.sleep(0)
        if (refused := self.refuses(bulletin)) is not None:
            raise refused
        self.bulletins.append(bulletin)
        self.to.append(address)
        return Delivered(100 + len(self.bulletins) if self.name is ChannelName.CHAT else None)

    @property
    def said(self) -> list[list[str]]:
        """The sentences of each message."""
        return [
            [line.said for passage in each.passages for line in passage.lines]
            for each in self.bulletins
        ]


class Through(Heard):
    """A mortal process's line to a channel that outlives it."""

    def __init__(self, process: Mortal, heard: Heard) -> None:
        super().__init__(heard.name, reaches=heard.reaches)
        self._process, self._heard = process, heard

    async def tell(self, address: Address, bulletin: Bulletin, *, at: datetime) -> Delivered:
        self._process.at("send")
        delivered = await self._heard.tell(address, bulletin, at=at)
        self._process.at("sent")
        return delivered

    async def send(self, address: Address, asking: Asking, *, at: datetime) -> Delivered:
        raise AssertionError("campaigns are sent by others")


class Both(Channel, TellingChannel, Protocol):
    """A channel of campaigns that tells reporters too."""


def a_teller(
    core: Application, *channels: Both, clock: TestClock, begin: Mortal | None = None
) -> Tellers:
    """As in a process of its own; rests pass by turning the clock."""

    async def sleep(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)

    mine = begin or core.begin
    leases = Leases(mine, clock, uuid4(), shared=True)  # type: ignore[arg-type]
    health = Channels(mine, clock, leases, core.tally)  # type: ignore[arg-type]
    bulletins = Bulletins(mine, core.ids, core.case_links, core.settings.zone)  # type: ignore[arg-type]
    handing = Handing(mine, core.ids, core.attachments)  # type: ignore[arg-type]
    tellers = Tellers(mine, clock, leases, bulletins, handing, health, core.tally, sleep=sleep)  # type: ignore[arg-type]
    for each in channels:
        health.plug(each)
        tellers.plug(each)
    return tellers


async def live(tellers: Tellers) -> None:
    """Tell until nothing is due, or until killed."""
    with suppress(Killed, BaseExceptionGroup):
        while await tellers.tell_due():
            pass


async def tellings_of(here: Running, case: Case) -> list[Telling]:
    async with here.core.begin.read() as work:
        return list(await work.tellings.of_case(case.id))


async def settled(here: Running, case: Case, outcome: Outcome, reason: str | None = None) -> None:
    """That it came in was to be told of this case alone, and this became of it."""
    holder, at = uuid4(), here.core.clock.now()
    async with here.core.begin() as work:
        [claimed] = await work.tellings.claim(holder, now=at, limit=1, lease=timedelta(minutes=1))
        assert claimed.case == case.id
        await work.tellings.settle(holder, [Told(claimed.id, outcome, reason)], now=at)
        await work.commit()
