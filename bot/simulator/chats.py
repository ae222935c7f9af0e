"""What the simulated chats show, in memory and bounded; what was answered is in the database.

A chat holds what a Telegram client would: messages with their buttons, and the words of the last
toast. One that nobody looked at for a while goes, as do the oldest where there are too many; their
visitors are shown again where they are, like after a restart.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.markup import Piece
from survey.ports import Clock

MOST_CHATS: Final = 500
MOST_SAID: Final = 100
"""Messages kept of one chat; the oldest go first."""

IDLE: Final = timedelta(hours=6)
"""A chat that nobody has looked at for so long is no longer kept."""


@dataclass(frozen=True, slots=True)
class Key:
    """A button under a message: `data` is what a press sends, `url` where a link leads instead."""

    text: str
    data: str = ""
    url: str = ""


Keys = tuple[tuple[Key, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message. `edition` counts its edits; `language` is None where nobody knows it.

    `update` is what the bot was given of a visitor's own; `answers` is the number of that to which
    the bot replied.
    """

    id: int
    at: datetime
    by_bot: bool
    pieces: tuple[Piece, ...]
    keys: Keys = ()
    language: str | None = None
    edition: int = 0
    update: Mapping[str, Any] | None = None
    answers: int | None = None


@dataclass(slots=True)
class Pane:
    """One visitor's chat, oldest message first. `version` rises with each change.

    `cut` says that there was more than is shown here.
    """

    looked_at: datetime
    said: dict[int, Said] = field(default_factory=dict)
    toast: str = ""
    cut: bool = False
    version: int = 0


class Gone(Exception):
    """The chat has no such message (any more)."""


class Unchanged(Exception):
    """The message reads like that already."""


class Numbers:
    """Rising numbers that no earlier run of the program has used, as long as time goes on."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._last = clock, 0

    def next(self) -> int:
        """Microseconds since 1970, or one more than the last."""
        now = int(self._clock.now().timestamp() * 1_000_000)
        self._last = max(self._last + 1, now)
        return self._last


class Chats:
    """The chats of all visitors, by the number of the visitor."""

    def __init__(
        self,
        clock: Clock,
        *,
        most: int = MOST_CHATS,
        most_said: int = MOST_SAID,
        idle: timedelta = IDLE,
    ) -> None:
        self._clock, self._most, self._most_said, self._idle = clock, most, most_said, idle
        self._panes: OrderedDict[int, Pane] = OrderedDict()

    def look(self, user: int) -> Pane | None:
        """The visitor's chat, which counts as looked at; None where there is none."""
        self._forget_idle()
        pane = self._panes.get(user)
        if pane is not None:
            pane.looked_at = self._clock.now()
            self._panes.move_to_end(user)
        return pane

    def open(self, user: int) -> Pane:
        """The visitor's chat, begun where there is none."""
        pane = self.look(user)
        if pane is None:
            pane = self._panes[user] = Pane(self._clock.now())
            while len(self._panes) > self._most:
                self._panes.popitem(last=False)
        return pane

    def close(self, user: int) -> None:
        """Nothing of this chat is kept."""
        self._panes.pop(user, None)

    def add(self, user: int, said: Said) -> None:
        """A new message at the bottom."""
        pane = self.open(user)
        pane.said[said.id] = said
        while len(pane.said) > self._most_said:
            del pane.said[next(iter(pane.said))]
            pane.cut = True
        pane.version += 1

    def said(self, user: int, message: int) -> Said | None:
        """One message of the visitor's chat, where it is (still) there."""
        pane = self._panes.get(user)
        return pane.said.get(message) if pane else None

    def take_back(self, user: int, message: int) -> None:
        """What the visitor wrote is shown no more; nothing where it is not shown."""
        pane = self._panes.get(user)
        if pane is not None and pane.said.pop(message, None) is not None:
            pane.version += 1

    def edit(
        self,
        user: int,
        message: int,
        *,
        keys: Keys,
        pieces: tuple[Piece, ...] | None = None,
        language: str | None = None,
    ) -> Said:
        """Other buttons, and other words where `pieces` are given. Raises: Gone, Unchanged."""
        pane, old = self._find(user, message)
        edited = replace(old, keys=keys)
        if pieces is not None:
            edited = replace(edited, pieces=pieces, language=language)
        if edited == old:
            raise Unchanged
        pane.said[message] = replace(edited, edition=old.edition + 1)
        pane.version += 1
        return pane.said[message]

    def remove(self, user: int, message: int) -> None:
        """Raises: Gone."""
        pane, _ = self._find(user, message)
        del pane.said[message]
        pane.version += 1

    def toast(self, user: int, words: str) -> None:
        """Words beside the chat, until the visitor's next move."""
        pane = self.open(user)
        if pane.toast != words:
            pane.toast = words
            pane.version += 1

    def _find(self, user: int, message: int) -> tuple[Pane, Said]:
        pane = self._panes.get(user)
        said = pane.said.get(message) if pane else None
        if pane is None or said is None or not said.by_bot:
            raise Gone
        return pane, said

    def _forget_idle(self) -> None:
        """The panes stand in the order in which they were looked at."""
        before = self._clock.now() - self._idle
        while self._panes and next(iter(self._panes.values())).looked_at < before:
            self._panes.popitem(last=False)
