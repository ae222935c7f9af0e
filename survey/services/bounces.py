"""Mail that came back: whom nothing more is sent to, until somebody says so, and whose invitation
never arrived.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from survey.domain.audit import Actor, Note
from survey.domain.bounces import Failure, failures
from survey.domain.named import named_person
from survey.domain.waves import Invitation, InvitationState
from survey.errors import NotFound
from survey.ports import Begin, Clock, UnitOfWork

BOUNCED: Final = "bounced"
"""The reason of an invitation whose letter came back."""

_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Noted:
    """What was made of mails that were read.

    `reports` told of a letter that could not be delivered, to `addresses` in all, of which `known`
    are those of people. `refused` get no more letters; `invitations` have failed.
    """

    mails: int = 0
    reports: int = 0
    addresses: int = 0
    known: tuple[str, ...] = field(default=(), repr=False)
    refused: int = 0
    invitations: int = 0


class Bounces:
    def __init__(self, begin: Begin, clock: Clock) -> None:
        self._begin, self._clock = begin, clock

    async def since(self, person: UUID) -> datetime | None:
        """When mail to the address of somebody came back; None where it is written to.

        Raises: NotFound.
        """
        async with self._begin.read() as work:
            found = await work.people.get(person)
            if found is None:
                raise NotFound("person")
            return await work.refused_addresses.since(found.email) if found.email else None

    async def write_again(self, person: UUID, *, by: Actor) -> bool:
        """Send mail to their address again; False where none came back, or somebody was faster.

        Who wants no surveys gets none all the same.

        Raises: NotFound.
        """
        async with self._begin() as work:
            found = await work.people.get(person)
            if found is None:
                raise NotFound("person")
            if not found.email or not await work.refused_addresses.remove(found.email):
                return False
            now = self._clock.now()
            await work.audit.add(Note(now, by, "person.mailed_again", named_person(person)))
            await work.commit()
        return True

    async def note(self, mails: Iterable[bytes], *, by: Actor) -> Noted:
        """Read mails and note what came back for good, 200 addresses in a transaction.

        The same mails again change nothing.
        """
        read = reports = 0
        told: dict[str, list[Failure]] = {}
        for mail in mails:
            read += 1
            found = failures(mail)
            reports += bool(found)
            for each in found:
                told.setdefault(each.address, []).append(each)
        known: list[str] = []
        refused = invitations = 0
        waiting = iter(told.items())
        while part := dict(islice(waiting, _AT_ONCE)):
            async with self._begin() as work:
                theirs = await self._known(work, part)
                gone = await self._refuse(work, theirs)
                failed = await self._fail(work, theirs)
                details = {"addresses": gone, "invitations": failed}
                await work.audit.add(Note(self._clock.now(), by, "mail.came_back", "mail", details))
                await work.commit()
            known += theirs
            refused += gone
            invitations += failed
        return Noted(read, reports, len(told), tuple(sorted(known)), refused, invitations)

    @staticmethod
    async def _known(
        work: UnitOfWork, told: Mapping[str, list[Failure]]
    ) -> Mapping[str, list[tuple[Failure, UUID]]]:
        """What was told of addresses that people of ours have, with whose they are."""
        found: dict[str, list[tuple[Failure, UUID]]] = {}
        for address, failed in told.items():
            for person in await work.people.by_email(address):
                found.setdefault(address, []).extend((each, person.id) for each in failed)
        return found

    async def _refuse(
        self, work: UnitOfWork, told: Mapping[str, list[tuple[Failure, UUID]]]
    ) -> int:
        gone = {
            address: next(failure.status for failure, _ in failed if failure.gone)
            for address, failed in told.items()
            if any(failure.gone for failure, _ in failed)
        }
        before = await work.refused_addresses.of(gone)
        new = [address for address in gone if address not in before]
        for address in new:
            now = self._clock.now()
            await work.refused_addresses.put(address, at=now, reason=gone[address])
        return len(new)

    @staticmethod
    async def _fail(work: UnitOfWork, told: Mapping[str, list[tuple[Failure, UUID]]]) -> int:
        """A mail that brought back no headers may be about any letter that was sent there."""
        named = set[UUID]()
        for failed in told.values():
            for failure, person in failed:
                named |= {
                    each.id
                    for each in await work.invitations.of_person(person)
                    if _is_about(failure, each)
                }
        return await work.undelivered.came_back(named, reason=BOUNCED) if named else 0


def _is_about(failure: Failure, invitation: Invitation) -> bool:
    if invitation.state is not InvitationState.DELIVERED:
        return False
    return failure.invitation in (None, invitation.id)
