"""Links that work once and lead to one account, made and followed inside a unit of work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from survey.domain.accounts import Account, Purpose, Ticket
from survey.domain.secrets import digest
from survey.errors import NotFound
from survey.ports import Ids, UnitOfWork

LIFETIMES: Final[Mapping[Purpose, timedelta]] = {
    Purpose.INVITATION: timedelta(days=7),
    Purpose.RESET: timedelta(hours=1),
    Purpose.EMAIL: timedelta(minutes=30),
    Purpose.CHAT: timedelta(minutes=10),
}

PATH: Final = "/staff/link/"
"""Where a token is taken: the page of a link is this and the token."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new ticket: `token` goes into the link and is kept nowhere."""

    token: str
    expires_at: datetime


async def issue(
    work: UnitOfWork, ids: Ids, account: Account, purpose: Purpose, *, now: datetime
) -> Issued:
    token = ids.token()
    expires_at = now + LIFETIMES[purpose]
    await work.tickets.put(
        Ticket(digest(token), account.id, purpose, account.generation, expires_at)
    )
    return Issued(token, expires_at)


async def find(work: UnitOfWork, token: str, *, now: datetime) -> tuple[Purpose, Account]:
    """What the link is for, and the account that it opens; nothing is used up.

    Raises: NotFound, the same for all that lead nowhere.
    """
    return await _led_to(work, await work.tickets.find(digest(token), now=now))


async def take(work: UnitOfWork, token: str, *, now: datetime) -> tuple[Purpose, Account]:
    """The same, once: the ticket is gone with the unit of work. Raises: NotFound."""
    return await _led_to(work, await work.tickets.take(digest(token), now=now))


async def _led_to(work: UnitOfWork, ticket: Ticket | None) -> tuple[Purpose, Account]:
    account = await work.accounts.get(ticket.account) if ticket else None
    if ticket is None or account is None or not ticket.opens(account):
        raise NotFound("link")
    return ticket.purpose, account
