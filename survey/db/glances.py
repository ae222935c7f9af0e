"""Reads of one row by its key, many in one trip: what every tap in a chat needs.

While one trip is under way, whoever asks meanwhile is gathered for the next, as the writer gathers
writes; nobody waits for more to come. So what one read costs is shared by all that wait.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar
from uuid import UUID

from survey.db.engine import Database
from survey.db.repositories.campaigns import SqlWaves
from survey.db.repositories.chats import SqlChats
from survey.db.repositories.conversations import SqlConversations
from survey.domain.records import Chat, Conversation
from survey.domain.waves import Wave
from survey.errors import Busy

K = TypeVar("K")
V = TypeVar("V")


class SqlGlances:
    """Implements `survey.ports.Glances`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._conversations = Gathering(self._read_conversations)
        self._chats = Gathering(self._read_chats)
        self._waves = Gathering(self._read_waves)

    async def conversation(self, conversation: UUID) -> Conversation | None:
        return await self._conversations.get(conversation)

    async def chat(self, bot: int, user: int) -> Chat | None:
        return await self._chats.get((bot, user))

    async def wave(self, wave: str) -> Wave | None:
        return await self._waves.get(wave)

    async def _read_waves(self, keys: Collection[str]) -> Mapping[str, Wave]:
        async with self._database.reading() as connection:
            return await SqlWaves(connection).by_key(keys)

    async def _read_conversations(self, keys: Collection[UUID]) -> Mapping[UUID, Conversation]:
        async with self._database.reading() as connection:
            return await SqlConversations(connection).of(keys)

    async def _read_chats(
        self, keys: Collection[tuple[int, int]]
    ) -> Mapping[tuple[int, int], Chat]:
        async with self._database.reading() as connection:
            return await SqlChats(connection).of(keys)


class Gathering(Generic[K, V]):
    """Gives each caller the value of a key, as it stands after the call began."""

    def __init__(self, read: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read = read
        self._turn = asyncio.Lock()
        self._next: _Trip[K, V] = _Trip()

    async def get(self, key: K) -> V | None:
        """None where there is nothing. Raises: Busy."""
        while True:
            trip = self._next
            first = not trip.wanted
            trip.wanted.add(key)
            if first:
                await self._go(trip)
            else:
                await trip.over.wait()
            match trip.found:
                case None:
                    continue  # whoever was first gave up waiting
                case Busy() as busy:
                    raise Busy(str(busy))
                case found:
                    return found.get(key)

    async def _go(self, trip: "_Trip[K, V]") -> None:
        """The first makes the trip for all who ask until it begins."""
        try:
            async with self._turn:
                self._next = _Trip()
                trip.found = await self._read(trip.wanted)
        except Busy as busy:
            trip.found = busy
        finally:
            if self._next is trip:
                self._next = _Trip()
            trip.over.set()


class _Trip(Generic[K, V]):
    def __init__(self) -> None:
        self.wanted: set[K] = set()
        self.found: Mapping[K, V] | Busy | None = None
        self.over = asyncio.Event()
