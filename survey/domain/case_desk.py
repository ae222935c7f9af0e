"""What those who work cases keep at their desk: queues of their own, and replies to begin from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

LONGEST_NAME: Final = 80
MOST_QUEUES: Final = 30
"""Of one account."""

MOST_TEMPLATES: Final = 500


@dataclass(frozen=True, slots=True)
class SavedQueue:
    """A list of cases that somebody comes back to: `query` is the query part of its address."""

    id: UUID
    account: UUID
    name: str
    query: str


@dataclass(frozen=True, slots=True)
class ReplyTemplate:
    """A text to begin a reply from: for a service and those below it, '' for all.

    `text` is by language; English is always there.
    """

    id: UUID
    name: str
    service: str
    text: Mapping[str, str]

    def in_(self, language: str) -> str:
        """In a language, or in English where it is not written in it."""
        return self.text.get(language) or self.text["en"]
