"""The crash points: every place where a process may die between two effects, by name.

A point is passed each time that the program comes by. Nothing of the program knows of it: the test
entry point (`tests.rig.program`) puts traps below the program, at the database's driver, at
aiogram's session and at the HTTP server (`tests.rig.traps`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

COMMITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "updates kept": "updates from Telegram go into the inbox; only then are they acknowledged",
        "update done": "an update that led to no step is marked as applied, and emptied",
        "conversation begun": "a conversation gets its row",
        "step": "a step of a conversation, and the update that led to it emptied",
        "submission": "a submission with its receipt (from a chat: with step and update)",
        "turn shown": "which turn a person was shown, in which message",
        "choice kept": "what a person chose for their chat, such as a unit to be remembered",
        "box opened": "sealed rows become responses and counts",
        "figures published": "published cells are replaced, and their month is no longer due",
        "report kept": "a report that was sent is a case with its files, and its conversation ends",
        "entry kept": "a message of a reporter is an entry of their case",
    }
)
"""What a transaction does; a batch of the writer may do several things at once."""

SENDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sendMessage": "a new message in somebody's chat",
        "editMessageText": "another turn in the message of before",
        "answerCallbackQuery": "the spinner of a tap stops",
    }
)

ACKNOWLEDGEMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "getUpdates": "the next offset tells Telegram that earlier updates are kept",
        "webhook 200": "Telegram is told that its update is kept",
        "created 201": "a client is told the receipt of its submission",
    }
)


def _before_and_after() -> Mapping[str, str]:
    points = {}
    for what, told in COMMITS.items():
        points[f"before the commit: {what}"] = f"all written, nothing durable: {told}"
        points[f"after the commit: {what}"] = f"durable, and nobody knows yet: {told}"
    for method, told in SENDS.items():
        points[f"before sending: {method}"] = f"Telegram was not called: {told}"
        points[f"after sending: {method}"] = f"Telegram has answered, nothing noted: {told}"
    for what, told in ACKNOWLEDGEMENTS.items():
        points[f"before acknowledging: {what}"] = f"durable, and not yet said: {told}"
        points[f"after acknowledging: {what}"] = f"said, and nothing done since: {told}"
    return MappingProxyType(points)


POINTS: Final[Mapping[str, str]] = _before_and_after()
"""All crash points: name and what is true of the world when the process ends there."""


REPORTING: Final = ("updates kept", "conversation begun", "step", "report kept", "turn shown")
REPLYING: Final = ("updates kept", "entry kept", "update done")
"""The commits of whoever reports a problem in chat, and of whoever answers what they are asked."""


def points(*, webhook: bool) -> list[str]:
    """Those that surveys pass with a webhook, or where updates are fetched."""
    others = ("getUpdates" if webhook else "webhook 200", "report kept", "entry kept")
    return [point for point in POINTS if not point.endswith(others)]


def points_of(*passed: str) -> list[str]:
    """Those around these commits, sends and acknowledgements."""
    return [point for point in POINTS if point.partition(": ")[2] in passed]


@dataclass(frozen=True, slots=True)
class Crash:
    """End the process at the n-th passing of a point."""

    point: str
    passing: int = 1

    def __post_init__(self) -> None:
        if self.point not in POINTS:
            raise ValueError(f"no such crash point: {self.point}")
