"""Keys for other systems: made once, shown once, kept as a hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from survey.domain.records import ApiKey
from survey.errors import Fault, FieldsRejected, NotFound, Unknown
from survey.ports import Begin, Clock, Ids
from survey.services.memory import Memory

PREFIX = "tbk_"
"""Begins every key, so that one that leaks is recognised by scanners and by people."""


class Scope(StrEnum):
    WRITE = "responses:write"
    IMPORT = "responses:import"
    READ = "figures:read"


@dataclass(frozen=True, slots=True)
class NewKey:
    """The key itself, which nobody sees again."""

    secret: str
    record: ApiKey


class ApiKeys:
    def __init__(self, begin: Begin, memory: Memory, clock: Clock, ids: Ids) -> None:
        self._begin, self._memory, self._clock, self._ids = begin, memory, clock, ids

    async def add(self, name: str, scopes: frozenset[str]) -> NewKey:
        """Make a key with these scopes. Raises: FieldsRejected for an unknown scope."""
        known = {scope.value for scope in Scope}
        if wrong := sorted(scopes - known) or ([""] if not scopes else []):
            message = f"the scopes are: {', '.join(sorted(known))}"
            raise FieldsRejected([Fault(("scopes", each), "scope", message) for each in wrong])
        secret = PREFIX + self._ids.token()
        record = ApiKey(
            id=self._ids.uuid(),
            name=name,
            digest=_digest(secret),
            scopes=scopes,
            created_at=self._clock.now(),
        )
        async with self._begin() as work:
            await work.api_keys.add(record)
            await work.commit()
        return NewKey(secret, record)

    async def known(self, secret: str) -> ApiKey:
        """The record of a key that counts. Raises: Unknown (a wrong or revoked one)."""
        digest = _digest(secret)
        record = await self._memory.recall(
            ("api key", digest), lambda work: work.api_keys.by_digest(digest)
        )
        if record is None or record.revoked_at is not None:
            raise Unknown("api key")
        return record

    async def all(self) -> Sequence[ApiKey]:
        async with self._begin.read() as work:
            return await work.api_keys.all()

    async def revoke(self, key: UUID) -> None:
        """End a key. Raises: NotFound."""
        async with self._begin() as work:
            if key not in {each.id for each in await work.api_keys.all()}:
                raise NotFound("api key")
            await work.api_keys.revoke(key, at=self._clock.now())
            await work.commit()


def _digest(secret: str) -> bytes:
    """Keys are 128 random bits or more: a plain hash cannot be guessed backwards."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
