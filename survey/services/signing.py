"""Signing in: by password, link or single sign-on, and then by a second factor.

Whatever does not work gives one error, in the same words and after the same work, so that nobody
learns who has an account. A session that is not whole opens nothing; its secret is replaced as the
sign-in goes on.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from survey.domain.accounts import Account, Method, Purpose, Stage
from survey.domain.addresses import address_of
from survey.domain.audit import Actor, Note
from survey.domain.letters import Letter, LetterKind
from survey.domain.named import named_account
from survey.errors import NotFound, Refused, SignInRefused, Unknown
from survey.ports import Begin, Clock, Ids, UnitOfWork
from survey.ports.accounts import SignedIn
from survey.services import tickets
from survey.services.looking_round import Looker, account_of
from survey.services.passwords import Passwords, reject, require_good
from survey.services.second_factor import SecondFactor
from survey.services.staff_sessions import Begun, StaffSessions
from survey.services.tries import (
    ADDRESSES,
    CODES,
    CODES_OF_A_SESSION,
    LETTERS,
    PASSWORDS,
    Tries,
)

_log = structlog.get_logger()

_SETS_PASSWORD = frozenset({Purpose.INVITATION, Purpose.RESET})


@dataclass(frozen=True, slots=True)
class Looked:
    """What a link would do: `needs_password` says that a new password must come with it."""

    purpose: Purpose
    name: str
    email: str
    needs_password: bool


class SignIn:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        ids: Ids,
        sessions: StaffSessions,
        passwords: Passwords,
        second_factor: SecondFactor,
        tries: Tries,
        *,
        organisation: str,
        demo: bool,
    ) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._sessions, self._passwords = sessions, passwords
        self._second_factor, self._tries = second_factor, tries
        self._organisation, self._demo = organisation, demo

    async def password(self, email: str, password: str, *, address: str) -> Begun:
        """Begin by a password, from this place in the network.

        Raises: SignInRefused, TooManyTries.
        """
        known = address_of(email) or ""
        who = known or email.casefold()
        async with self._begin() as work:
            await self._tries.require_room(work, ADDRESSES, address)
            await self._tries.claim(work, PASSWORDS, who)
            account = await work.accounts.by_email(known)
            await work.commit()
        running = account if account and account.ended_at is None else None
        right = await self._passwords.matches(password, running.password if running else None)
        async with self._begin() as work:
            # Once more: of many sent at once, all may have found room before the first was wrong.
            await self._tries.require_room(work, ADDRESSES, address)
            if running is None or not right:
                await self._tries.count(work, ADDRESSES, address)
                await work.commit()
                _log.warning("sign_in_refused", by=str(Method.PASSWORD))
                raise SignInRefused("password")
            await self._tries.forget(work, PASSWORDS, who)
            begun = await self._start(work, running, Method.PASSWORD)
            await work.commit()
        return begun

    async def code(self, secret: str, code: str) -> Begun:
        """Finish by a code of the app or a recovery code; the session gets a new secret.

        Raises: SignInRefused, TooManyTries; Unknown, where there is no such session, or no more
        after too many wrong codes.
        """
        found = await self._sessions.who(secret)
        account, session = found.account, found.session
        if session.stage is not Stage.SECOND_FACTOR:
            raise Unknown("session")
        async with self._begin() as work:
            await self._tries.claim(work, CODES, str(account.id))
            tried = await self._tries.count(work, CODES_OF_A_SESSION, session.digest.hex())
            if await self._second_factor.accepts(work, account, code, self._clock.now()):
                await self._tries.forget(work, CODES, str(account.id))
                begun = await self._sessions.start_in(
                    work, account, stage=Stage.WHOLE, method=session.method, instead_of=secret
                )
                await work.commit()
                return begun
            if over := tried >= CODES_OF_A_SESSION.most:
                await work.staff_sessions.remove(session.digest)
            await work.commit()
        _log.warning("sign_in_refused", by="code", account=str(account.id))
        raise Unknown("session") if over else SignInRefused("code")

    async def new_totp(self, secret: str) -> tuple[str, str]:
        """What the QR code says, and the secret to type where it cannot be scanned.

        Raises: Unknown, where the session is not one that sets up its second factor.
        """
        account = (await self._setting_up(secret)).account
        totp = self._second_factor.new_secret(secret)
        return self._second_factor.uri(account, totp), totp

    async def set_up_totp(self, secret: str, code: str) -> tuple[Begun, tuple[str, ...]]:
        """Keep the second factor that this code shows to work; also ten recovery codes, once.

        Raises: SignInRefused, where the code is not of it; Unknown, as `new_totp`.
        """
        found = await self._setting_up(secret)
        account, now = found.account, self._clock.now()
        async with self._begin() as work:
            changed = await self._second_factor.set_up(work, account, secret, code, now)
            if changed is None:
                raise SignInRefused("code")
            changed = changed.next_generation()
            if not await work.accounts.save(changed, expected_generation=account.generation):
                raise Unknown("session")
            codes = await self._second_factor.put_recovery_codes(work, changed)
            await work.audit.add(_by_themselves(changed, "account.second_factor_set_up", now))
            begun = await self._sessions.start_in(
                work, changed, stage=Stage.WHOLE, method=found.session.method, instead_of=secret
            )
            await work.commit()
        return begun, codes

    async def look(self, token: str) -> Looked:
        """What a link would do; nothing is used up, since robots open links.

        Raises: NotFound, the same for all that lead nowhere.
        """
        async with self._begin.read() as work:
            purpose, account = await tickets.find(work, token, now=self._clock.now())
        return Looked(purpose, account.name, account.email, _needs_password(purpose, account))

    async def open(self, token: str, *, password: str | None) -> Begun:
        """Follow a link, which works once; an invitation or reset sets the password.

        Raises: NotFound, as `look`; FieldsRejected, where the password is weak or missing, and
        then the link still works.
        """
        now = self._clock.now()
        async with self._begin.read() as work:
            purpose, account = await tickets.find(work, token, now=now)
        kept = None
        if purpose in _SETS_PASSWORD and password:
            about = (account.email, account.name, self._organisation)
            require_good(password, about=about)
            kept = await self._passwords.hash(password)
        elif _needs_password(purpose, account):
            reject("missing")
        async with self._begin() as work:
            purpose, account = await tickets.take(work, token, now=now)
            if purpose in _SETS_PASSWORD:
                account = await self._with_password(work, account, kept, now)
                await self._tries.forget(work, PASSWORDS, account.email)
            method = Method.CHAT if purpose is Purpose.CHAT else Method.EMAIL
            begun = await self._start(work, account, method)
            await work.commit()
        return begun

    async def by_sso(
        self,
        issuer: str,
        subject: str,
        email: str | None,
        email_verified: bool,
        second_factor: bool,
    ) -> Begun:
        """Begin as whom a sign-on provider vouches for.

        Who comes for the first time is known by an address that the provider has verified, and
        from then on by `subject`. No account is made.

        Args:
            second_factor: the provider says that it saw one.

        Raises: SignInRefused.
        """
        known_as = f"{issuer} {subject}"
        async with self._begin() as work:
            account = await work.accounts.by_subject(known_as)
            if account is None and email and email_verified:
                account = await self._bind(work, address_of(email) or "", known_as)
            if account is None or account.ended_at is not None:
                _log.warning("sign_in_refused", by=str(Method.SSO))
                raise SignInRefused("single sign-on")
            begun = await self._start(work, account, Method.SSO, second_factor=second_factor)
            await work.commit()
        return begun

    async def ask_for_link(self, email: str, language: str) -> None:
        """Have a link to sign in with sent to whoever has an account with this address.

        The same is done for every address: it is looked up when the letter is sent. More than
        three letters of a kind in an hour are not written.
        """
        await self._ask(LetterKind.EMAIL, email, language)

    async def ask_for_reset(self, email: str, language: str) -> None:
        """The same with a link to choose a new password."""
        await self._ask(LetterKind.RESET, email, language)

    async def look_round(self, role: str) -> Begun:
        """Sign in to the demonstration as one of `Looker`, without more ado.

        Raises: Refused, outside demo mode; NotFound, for another role.
        """
        if not self._demo:
            raise Refused("outside demo mode")
        if role not in set(Looker):
            raise NotFound("role")
        async with self._begin() as work:
            account = await account_of(work, Looker(role), now=self._clock.now())
            begun = await self._sessions.start_in(
                work, account, stage=Stage.WHOLE, method=Method.LOOK_ROUND
            )
            await work.commit()
        return begun

    async def chat_token(self, person: UUID) -> str:
        """The token of a link, for the chat of somebody who has an account with a second factor.

        Raises: NotFound.
        """
        async with self._begin() as work:
            account = await work.accounts.by_person(person)
            if account is None or not account.signs_in_by_chat:
                raise NotFound("account")
            now = self._clock.now()
            issued = await tickets.issue(work, self._ids, account, Purpose.CHAT, now=now)
            await work.commit()
        return issued.token

    async def _start(
        self, work: UnitOfWork, account: Account, method: Method, *, second_factor: bool = False
    ) -> Begun:
        stage = account.stage_after(second_factor=second_factor)
        return await self._sessions.start_in(work, account, stage=stage, method=method)

    async def _ask(self, kind: LetterKind, email: str, language: str) -> None:
        address, now = address_of(email), self._clock.now()
        async with self._begin() as work:
            asked = await self._tries.count(work, LETTERS, f"{kind} {address or email.casefold()}")
            if address and asked <= LETTERS.most:
                letter = Letter(self._ids.uuid(), kind, language, now, now, address=address)
                await work.letters.add([letter])
            await work.commit()

    async def _setting_up(self, secret: str) -> SignedIn:
        """Raises: Unknown."""
        found = await self._sessions.who(secret)
        if found.session.stage is not Stage.SET_UP or found.account.totp is not None:
            raise Unknown("session")
        return found

    async def _with_password(
        self, work: UnitOfWork, account: Account, kept: str | None, now: datetime
    ) -> Account:
        """The account with its new password, where one was chosen; other links and sessions end.

        Raises: NotFound, where it was changed meanwhile.
        """
        changed = replace(account, password=kept or account.password).next_generation()
        if not await work.accounts.save(changed, expected_generation=account.generation):
            raise NotFound("link")
        action = "account.password_set" if kept else "account.invitation_accepted"
        await work.audit.add(_by_themselves(changed, action, now))
        return changed

    async def _bind(self, work: UnitOfWork, email: str, known_as: str) -> Account | None:
        """Tie an account that runs and is not yet tied to somebody at the provider."""
        account = await work.accounts.by_email(email)
        if account is None or account.ended_at is not None or account.subject is not None:
            return None
        bound = replace(account, subject=known_as)
        if not await work.accounts.save(bound, expected_generation=account.generation):
            return None
        await work.audit.add(_by_themselves(bound, "account.bound", self._clock.now()))
        return bound


def _needs_password(purpose: Purpose, account: Account) -> bool:
    """A viewer may do without: a link that is sent each time is enough."""
    if purpose is Purpose.INVITATION:
        return account.needs_second_factor
    return purpose is Purpose.RESET


def _by_themselves(account: Account, action: str, now: datetime) -> Note:
    return Note(now, Actor.account(account.id), action, named_account(account.id))
