"""What a process of the program does."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a process does; one alone does everything."""

    API = "api"
    BOT = "bot"
    WORKER = "worker"


EVERYTHING: Final = frozenset(Role)

STOP_SECONDS: Final = 25
"""Whoever is told to stop is gone after this long; a supervisor may wait for it."""
