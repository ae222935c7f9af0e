"""Visits: a secret in one cookie, a session in the database once the person has done something.

Opening a page stores nothing: it hands out a secret and a form token derived from it. The first
post that carries both keeps the session, of which the database holds only the secret's hash.
"""

import base64
import hmac
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from starlette.responses import Response

from api.cookies import Cookie
from survey.domain.records import WebSession
from survey.domain.secrets import digest
from survey.ports import Begin, Clock, Ids

COOKIE: Final = Cookie.VISITOR
LIFETIME: Final = timedelta(days=14)
"""A session opens nothing when this has passed since the last post, give or take `_RENEWED`."""

_RENEWED: Final = timedelta(days=1)
"""How much of its lifetime a session loses before a post renews it: one write a day at most."""

_SECRET = re.compile(r"[A-Za-z0-9_-]{22,128}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sent a request: the cookie's secret and, where one is kept, the session.

    `returning` tells whether the browser sent the secret, or it has just been made; `expired` that
    it sent one that is too old.
    """

    secret: str
    returning: bool = False
    expired: bool = False
    session: WebSession | None = None

    @property
    def csrf(self) -> str:
        """The token of this visitor's forms; it does not lead back to the secret."""
        return form_token(self.secret)


class Visitors:
    """Finds, keeps and forgets sessions; each call is at most one transaction."""

    def __init__(
        self, begin: Begin, *, clock: Clock, ids: Ids, lifetime: timedelta = LIFETIME
    ) -> None:
        self._begin, self._clock, self._ids, self._lifetime = begin, clock, ids, lifetime

    async def meet(self, cookie: str | None) -> Visitor:
        """The visitor whose cookie this is; a new one where it is absent, no secret or too old."""
        if cookie is None or not _SECRET.fullmatch(cookie):
            return Visitor(self._ids.token())
        async with self._begin.read() as work:
            session = await work.sessions.get(digest(cookie))
        if session is not None and session.expires_at <= self._clock.now():
            return Visitor(self._ids.token(), expired=True)
        return Visitor(cookie, returning=True, session=session)

    async def keep(self, visitor: Visitor, *, language: str | None = None) -> Visitor:
        """The same visitor with a kept session, which remembers the language where one is given.

        A session that is some time old is renewed.
        """
        now = self._clock.now()
        session = visitor.session or WebSession(
            digest=digest(visitor.secret),
            csrf=visitor.csrf,
            language=None,
            created_at=now,
            expires_at=now + self._lifetime,
        )
        kept = replace(session, language=language or session.language)
        if kept.expires_at < now + self._lifetime - _RENEWED:
            kept = replace(kept, expires_at=now + self._lifetime)
        if kept != visitor.session:
            async with self._begin() as work:
                await work.sessions.put(kept)
                await work.commit()
        return replace(visitor, session=kept)

    async def forget(self, visitor: Visitor) -> Visitor:
        """End the session, and give a new secret: the old cookie opens nothing any more."""
        async with self._begin() as work:
            await work.sessions.remove(digest(visitor.secret))
            await work.commit()
        return Visitor(self._ids.token())


def form_token(secret: str) -> str:
    """The token that a visitor's forms carry."""
    made = hmac.digest(secret.encode(), b"tellback form token", "sha256")
    return base64.urlsafe_b64encode(made[:24]).decode()


def set_cookie(
    response: Response, visitor: Visitor, *, secure: bool, lifetime: timedelta = LIFETIME
) -> None:
    """Hand the secret to the browser; `secure` where people reach us by https."""
    response.set_cookie(
        COOKIE,
        visitor.secret,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
