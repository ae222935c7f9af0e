"""Invitations by event: somebody had to do with a service, and is asked how it went."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Final
from uuid import UUID

LONGEST_ABOUT: Final = 200
"""Characters of what it was about, as the person reads it: "your call about council tax"."""

ASKED_WITHIN: Final = timedelta(days=30)
"""Nobody is asked about what is longer ago."""

HUNDRED: Final = 100


@dataclass(frozen=True, slots=True)
class Contact:
    """What happened: to whom (their key in the list of people), about what, on which day.

    `service` is the key of the service it was with; `reference` tells two contacts of one day about
    the same apart, where the system that reports them has a name for each.
    """

    campaign: str
    person: str
    about: str
    on: date
    service: str = ""
    reference: str = ""


class NotAsked(StrEnum):
    """Why no row says so: other reasons are `survey.domain.waves.SkipReason`."""

    NOT_IN_AUDIENCE = "not_in_audience"


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a contact; `reason` is why nobody is asked, a `SkipReason` or `NotAsked`."""

    invited: bool
    reason: str | None = None


def contact_id(contact: Contact, key: bytes, *, idempotency: str | None = None) -> UUID:
    """The id of the invitation that follows from a contact: the same one however often it is told.

    Args:
        key: of this installation, so that nobody can tell an id from what it was about.
        idempotency: who told it and by which key; it then stands for the contact.
    """
    told = idempotency or "\0".join(
        (contact.campaign, contact.person, contact.about, str(contact.on), contact.reference)
    )
    return UUID(bytes=_hash(told, key, b"contact id"), version=4)


def in_sample(contact: Contact, percent: int, key: bytes) -> bool:
    """Whether a contact is one of the so many in a hundred that are asked about."""
    told = "\0".join((contact.campaign, contact.person, str(contact.on), contact.reference))
    return int.from_bytes(_hash(told, key, b"contact sample")) % HUNDRED < percent


def _hash(told: str, key: bytes, purpose: bytes) -> bytes:
    text = told.encode("utf-8", "surrogatepass")
    return blake2b(text, key=key, digest_size=16, person=purpose).digest()
