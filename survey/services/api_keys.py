"""Keys for other systems: made once, shown once, kept as a hash."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date
from enum import StrEnum
from typing import Final
from uuid import UUID

from survey.domain.audit import OPERATOR, Actor, Note
from survey.domain.records import ApiKey, KeySide, KeyUse, Part
from survey.domain.secrets import digest
from survey.domain.suggest import did_you_mean
from survey.errors import Fault, FieldsRejected, NotFound, Unknown
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.services.memory import Memory

PREFIX = "tbk_"
"""Begins every key, so that one that leaks is recognised by scanners and by people."""


LONGEST_NAME = 80


class Scope(StrEnum):
    WRITE = "responses:write"
    IMPORT = "responses:import"
    READ = "figures:read"
    INVITE = "invitations:write"
    READ_CASES = "cases:read"
    WRITE_CASES = "cases:write"


OF_CASES: Final = frozenset({Scope.READ_CASES.value, Scope.WRITE_CASES.value})
"""What a key for a part of the body, or for a provider, may hold: all else is of the whole."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """The key itself, which nobody sees again."""

    secret: str
    record: ApiKey


class ApiKeys:
    """The use cases of keys. Uses are counted here and kept from time to time (`keep_uses`)."""

    def __init__(self, begin: Begin, memory: Memory, clock: Clock, ids: Ids) -> None:
        self._begin, self._memory, self._clock, self._ids = begin, memory, clock, ids
        self._uses: dict[tuple[UUID, date, str], KeyUse] = {}

    async def add(
        self,
        name: str,
        scopes: frozenset[str],
        *,
        side: KeySide = KeySide.STAFF,
        parts: Sequence[Part] = (),
        by: Actor = OPERATOR,
    ) -> NewKey:
        """Make a key with these scopes.

        Args:
            side: as whom it reads and writes problem reports; a provider's key names services.
            parts: which of them it reaches; without one all.

        Raises: FieldsRejected for a name that is empty, long or cannot be shown ("name"), for an
            unknown scope ("scope"), and for bounds that say less than they seem to ("whole"), that
            leave a provider all services ("service") or name what there is not ("no_unit",
            "no_service"); the paths of parts are ("parts", number from 0, field).
        """
        name = " ".join(name.split())
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            message = f"give a name of 1 to {LONGEST_NAME} characters: which system is it for?"
            raise FieldsRejected([Fault(("name",), "name", message)])
        known = {scope.value for scope in Scope}
        if wrong := sorted(scopes - known) or ([""] if not scopes else []):
            message = f"the scopes are: {', '.join(sorted(known))}"
            raise FieldsRejected([Fault(("scopes", each), "scope", message) for each in wrong])
        bound = side is KeySide.PROVIDER or (bool(parts) and Part() not in parts)
        if bound and (whole := sorted(scopes - OF_CASES)):
            message = "a key for a provider or for a part takes no other scope: make two keys"
            raise FieldsRejected([Fault(("scopes", each), "whole", message) for each in whole])
        secret = PREFIX + self._ids.token()
        record = ApiKey(
            id=self._ids.uuid(),
            name=name,
            digest=digest(secret),
            scopes=scopes,
            created_at=self._clock.now(),
            side=side,
            parts=frozenset(parts) if bound else frozenset(),
        )
        async with self._begin() as work:
            if faults := [each async for each in _part_faults(work, side, parts)]:
                raise FieldsRejected(faults)
            await work.api_keys.add(record)
            told = {"scopes": sorted(scopes), **_bounds_told(record)}
            await work.audit.add(Note(record.created_at, by, "key.added", f"key:{record.id}", told))
            await work.commit()
        return NewKey(secret, record)

    async def known(self, secret: str) -> ApiKey:
        """The record of a key that counts. Raises: Unknown (a wrong or revoked one)."""
        known_by = digest(secret)
        record = await self._memory.recall(
            ("api key", known_by), lambda work: work.api_keys.by_digest(known_by)
        )
        if record is None or record.revoked_at is not None:
            raise Unknown("api key")
        return record

    async def all(self) -> Sequence[ApiKey]:
        async with self._begin.read() as work:
            return await work.api_keys.all()

    async def revoke(self, key: UUID, *, by: Actor = OPERATOR) -> None:
        """End a key: within a second in every process. Raises: NotFound."""
        now = self._clock.now()
        async with self._begin() as work:
            if key not in {each.id for each in await work.api_keys.all()}:
                raise NotFound("api key")
            await work.api_keys.revoke(key, at=now)
            await work.audit.add(Note(now, by, "key.revoked", f"key:{key}"))
            await work.commit()

    def used(self, key: ApiKey, route: str) -> None:
        """Count a use; `route` is the pattern of the address, which holds nothing of a person."""
        now = self._clock.now()
        at = (key.id, now.astimezone(UTC).date(), route)
        before = self._uses.get(at)
        times = before.times + 1 if before else 1
        self._uses[at] = KeyUse(key.id, at[1], route, times, now)

    async def keep_uses(self) -> None:
        """Write down what was counted since the last time; what cannot be kept stays counted.

        Raises: Busy.
        """
        uses, self._uses = self._uses, {}
        if not uses:
            return
        try:
            async with self._begin() as work:
                await work.api_keys.add_uses(uses.values())
                await work.commit()
        except BaseException:
            self._uses = _together(uses, self._uses)
            raise

    async def uses(self) -> Sequence[KeyUse]:
        """What was kept of all keys, the latest first."""
        async with self._begin.read() as work:
            return await work.api_keys.uses()


async def _part_faults(
    work: UnitOfWork, side: KeySide, parts: Sequence[Part]
) -> AsyncIterator[Fault]:
    units = [unit.key for unit in await work.organisation.units()]
    services = [service.key for service in await work.organisation.services()]
    wanted = parts or [Part()] if side is KeySide.PROVIDER else parts
    for number, part in enumerate(wanted):
        at = ("parts", str(number))
        if side is KeySide.PROVIDER and not part.service:
            message = "name the service that the provider looks after"
            yield Fault((*at, "service"), "service", message)
        for field, key, known in (
            ("unit", part.unit, units),
            ("service", part.service, services),
        ):
            if key and key not in known:
                message = f"'{key[:40]}' is not a {field}{did_you_mean(key, known)}"
                yield Fault((*at, field), f"no_{field}", message)


def _bounds_told(key: ApiKey) -> dict[str, object]:
    """As the record keeps them: of a key that reaches everything nothing."""
    if not key.parts:
        return {}
    parts = [[part.unit, part.service] for part in sorted(key.parts)]
    return {"side": key.side.value, "parts": parts}


Uses = Mapping[tuple[UUID, date, str], KeyUse]


def _together(earlier: Uses, later: Uses) -> dict[tuple[UUID, date, str], KeyUse]:
    """Both counts as one."""
    found = {**earlier, **later}
    for at in earlier.keys() & later.keys():
        found[at] = replace(later[at], times=earlier[at].times + later[at].times)
    return found
