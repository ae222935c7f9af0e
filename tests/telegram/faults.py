"""Faults that a test orders in advance, taken in the order of their making."""

from dataclasses import dataclass

from tests.telegram.refusal import Refusal


@dataclass(frozen=True)
class Refuse:
    """The call has no effect and is refused."""

    refusal: Refusal


@dataclass(frozen=True)
class Cut:
    """The connection is reset; `accepted` says whether the call took effect first."""

    accepted: bool


@dataclass(frozen=True)
class Garble:
    """The call takes effect; the answer is `body` with `status`, whatever they are."""

    status: int
    body: bytes


Fault = Refuse | Cut | Garble


@dataclass
class _Order:
    method: str
    fault: Fault
    left: int
    chat: int | None

    def meets(self, method: str, chat: int | None) -> bool:
        return self.method == method.lower() and self.chat in (None, chat)


class Faults:
    """What goes wrong next."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []

    def order(self, method: str, fault: Fault, *, times: int, chat: int | None) -> None:
        """`method` is the Bot API's name; `chat` narrows it to calls about one chat."""
        self._orders.append(_Order(method.lower(), fault, times, chat))

    def take(self, method: str, chat: int | None) -> Fault | None:
        for order in self._orders:
            if order.meets(method, chat):
                order.left -= 1
                if not order.left:
                    self._orders.remove(order)
                return order.fault
        return None

    @property
    def outstanding(self) -> int:
        """How many ordered faults nothing has met yet."""
        return sum(order.left for order in self._orders)
