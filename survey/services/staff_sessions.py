"""Sign-ins in browsers: begun, looked up with each request, ended.

Nothing of a session is remembered between requests: an account that ends or changes is looked up
again each time, so that its open pages stop working at once.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from survey.domain.accounts import Account, Method, StaffSession, Stage
from survey.domain.audit import Actor, Note
from survey.domain.named import named_account
from survey.domain.secrets import digest
from survey.errors import Unknown
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.ports.accounts import SignedIn

LONGEST: Final = timedelta(hours=12)
"""A working day: then one signs in anew."""

IDLE: Final = timedelta(hours=1)
"""Nothing was asked for so long: then too."""

UNFINISHED: Final = timedelta(minutes=15)
"""How long the second factor is waited for."""

_SEEN: Final = timedelta(minutes=5)
"""How old the note of when a session was last seen may become: it saves writes."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A new session: `secret` goes into the cookie and is kept nowhere."""

    secret: str
    session: StaffSession


class StaffSessions:
    def __init__(self, begin: Begin, clock: Clock, ids: Ids) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids

    async def start(
        self, account: Account, *, stage: Stage, method: Method, instead_of: str | None = None
    ) -> Begun:
        """A session under a new secret; `instead_of` is the secret of one that it replaces."""
        async with self._begin() as work:
            begun = await self.start_in(
                work, account, stage=stage, method=method, instead_of=instead_of
            )
            await work.commit()
        return begun

    async def start_in(
        self,
        work: UnitOfWork,
        account: Account,
        *,
        stage: Stage,
        method: Method,
        instead_of: str | None = None,
    ) -> Begun:
        """The same, kept together with what else a unit of work writes.

        A sign-in that is whole is recorded.
        """
        now = self._clock.now()
        secret = self._ids.token()
        session = StaffSession(
            digest=digest(secret),
            account=account.id,
            generation=account.generation,
            stage=stage,
            method=method,
            created_at=now,
            seen_at=now,
            expires_at=now + (LONGEST if stage is Stage.WHOLE else UNFINISHED),
        )
        if instead_of is not None:
            await work.staff_sessions.remove(digest(instead_of))
        await work.staff_sessions.put(session)
        if stage is Stage.WHOLE:
            actor, subject = Actor.account(account.id), named_account(account.id)
            await work.audit.add(
                Note(now, actor, "account.signed_in", subject, {"method": str(method)})
            )
        return Begun(secret, session)

    async def who(self, secret: str) -> SignedIn:
        """Whose session it is, at whatever stage.

        Raises: Unknown, where there is none, it is over, or its account has ended or changed.
        """
        now = self._clock.now()
        async with self._begin.read() as work:
            found = await work.staff_sessions.get(digest(secret))
        if found is None or not _counts(found, now):
            raise Unknown("session")
        if found.session.seen_at < now - _SEEN:
            found = replace(found, session=replace(found.session, seen_at=now))
            async with self._begin() as work:
                await work.staff_sessions.seen(found.session.digest, at=now)
                await work.commit()
        return found

    async def end(self, secret: str) -> None:
        async with self._begin() as work:
            await work.staff_sessions.remove(digest(secret))
            await work.commit()


def _counts(found: SignedIn, now: datetime) -> bool:
    session, account = found.session, found.account
    return (
        session.expires_at > now
        and session.seen_at > now - IDLE
        and account.ended_at is None
        and account.generation == session.generation
    )
