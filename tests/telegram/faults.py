"""Faults that a test orders in advance, taken in the order of their making.

    telegram.faults.order("sendMessage", Cut(accepted=True), chat=sian.id, nth=3)

resets the connection after the third message from now to Siân has taken effect. `Slow` and `Hold`
go before another fault: `Slow(0.2, then=Garble(502, b"<html>"))`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.telegram.refusal import Refusal

JSON = dict[str, Any]


@dataclass(frozen=True)
class Refuse:
    """The call has no effect and is refused."""

    refusal: Refusal


@dataclass(frozen=True)
class Cut:
    """The connection is reset; `accepted` says whether the call took effect first."""

    accepted: bool


@dataclass(frozen=True)
class Silent:
    """The connection stays open and no answer comes (half-open), after the effect or without."""

    accepted: bool


@dataclass(frozen=True)
class Garble:
    """The answer is `body` with `status`, whatever they are."""

    status: int
    body: bytes
    accepted: bool = True


@dataclass(frozen=True)
class Lie:
    """The call takes effect, and its answer tells something else."""

    told: Callable[[JSON], JSON]


@dataclass(frozen=True)
class Slow:
    """The call waits so many seconds of wall time before it is looked at."""

    seconds: float
    then: "Fault | None" = None


@dataclass(frozen=True)
class Hold:
    """The call waits until the test opens the gate."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    then: "Fault | None" = None


Fault = Refuse | Cut | Silent | Garble | Lie | Slow | Hold


def reused_id(message_id: int) -> Lie:
    """A success with the id of a message that was there before."""
    return Lie(lambda result: {**result, "message_id": message_id})


def other_chat(chat: int) -> Lie:
    """A success for somebody else's chat."""
    return Lie(lambda result: {**result, "chat": {**result["chat"], "id": chat}})


@dataclass
class _Order:
    method: str
    fault: Fault
    left: int
    chat: int | None
    spared: int
    when: Callable[[Any], bool]

    def meets(self, method: str, chat: int | None, call: Any) -> bool:
        return self.method == method.lower() and self.chat in (None, chat) and bool(self.when(call))


class Faults:
    """What goes wrong next."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []
        self._closing = asyncio.Event()
        self._met = asyncio.Event()
        self._met.set()

    def order(
        self,
        method: str,
        fault: Fault,
        *,
        times: int = 1,
        chat: int | None = None,
        nth: int = 1,
        when: Callable[[Any], bool] = bool,
        first: bool = False,
    ) -> None:
        """`method` is the Bot API's name.

        Args:
            times: how many calls meet the fault, one after another.
            chat: only calls about this chat count.
            nth: the first call to meet it, from 1: that many less one are spared.
            when: only calls that it is true of count; given aiogram's method object.
            first: before those that were ordered earlier.
        """
        self._met.clear()
        order = _Order(method.lower(), fault, times, chat, nth - 1, when)
        self._orders.insert(0 if first else len(self._orders), order)

    def take(self, method: str, chat: int | None, call: Any = None) -> Fault | None:
        for order in tuple(self._orders):
            if not order.meets(method, chat, call or method):
                continue
            if order.spared:
                order.spared -= 1
                continue
            order.left -= 1
            if not order.left:
                self._orders.remove(order)
                self._settle()
            return order.fault
        return None

    async def past(self, fault: Fault | None) -> Fault | None:
        """Wait out what only delays; the fault behind it. A fake that closes waits no longer."""
        while isinstance(fault, Slow | Hold):
            if isinstance(fault, Slow):
                await asyncio.sleep(fault.seconds)
            elif not await self._opened(fault.gate):
                return Cut(accepted=False)
            fault = fault.then
        return fault

    async def _opened(self, gate: asyncio.Event) -> bool:
        async with asyncio.TaskGroup() as tasks:
            waits = [tasks.create_task(each.wait()) for each in (gate, self._closing)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        return gate.is_set()

    async def closed(self) -> None:
        """Wait until the fake closes."""
        await self._closing.wait()

    def close(self) -> None:
        self._closing.set()

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._orders.clear()
        self._settle()

    async def all_met(self) -> None:
        """Wait until some call has met each ordered fault."""
        await self._met.wait()

    def _settle(self) -> None:
        if not self._orders:
            self._met.set()

    @property
    def outstanding(self) -> int:
        """How many ordered faults nothing has met yet."""
        return sum(order.left for order in self._orders)
