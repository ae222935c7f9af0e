"""What somebody signed in changes about their own account.

A new password or second factor ends every other sign-in and link; this one goes on under a new
secret. Both ask first for proof that it is still the same person at the browser.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from survey.domain.accounts import Account, Stage, name_faults
from survey.domain.audit import Actor, Note
from survey.domain.named import named_account
from survey.errors import Fault, FieldsRejected, SignInRefused, StaleRevision, Unknown
from survey.ports import Begin, Clock, UnitOfWork
from survey.ports.accounts import SignedIn
from survey.services.passwords import Passwords, require_good
from survey.services.second_factor import SecondFactor
from survey.services.staff_sessions import Begun, StaffSessions
from survey.services.tries import PASSWORDS, Tries

FRESH: Final = timedelta(minutes=15)
"""How old a sign-in may be to count as proof, where an account has no password."""


class OwnAccount:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        sessions: StaffSessions,
        passwords: Passwords,
        second_factor: SecondFactor,
        tries: Tries,
        *,
        organisation: str,
    ) -> None:
        self._begin, self._clock = begin, clock
        self._sessions, self._passwords = sessions, passwords
        self._second_factor, self._tries = second_factor, tries
        self._organisation = organisation

    async def introduce(self, secret: str, *, name: str, language: str | None) -> None:
        """Keep how they are called, and the language of their pages (None: the browser's).

        Raises: FieldsRejected, for no name or one too long; Unknown; StaleRevision.
        """
        account = (await self._whole(secret)).account
        name = " ".join(name.split())
        if faults := list(name_faults(name)):
            raise FieldsRejected(faults)
        changed = replace(account, name=name, language=language)
        if changed == account:
            return
        fields = [field for field in ("name", "language") if _differs(account, changed, field)]
        async with self._begin() as work:
            await _save(work, changed, account)
            await work.audit.add(
                _note(account, "account.introduced", self._clock.now(), fields=fields)
            )
            await work.commit()

    async def change_password(self, secret: str, *, old: str, new: str) -> Begun:
        """Raises: SignInRefused (the old one is wrong), FieldsRejected (the new one is weak),
        TooManyTries, Unknown, StaleRevision.
        """
        found = await self._whole(secret)
        account = found.account
        await self._prove(found, old)
        require_good(new, about=(account.email, account.name, self._organisation))
        kept = await self._passwords.hash(new)
        async with self._begin() as work:
            changed = replace(account, password=kept).next_generation()
            begun = await self._go_on(work, found, changed, secret, "account.password_set")
            await work.commit()
        return begun

    async def new_totp(self, secret: str) -> tuple[str, str]:
        """What the QR code says, and the key to type. Raises: Unknown."""
        account = (await self._whole(secret)).account
        key = self._second_factor.new_secret(secret)
        return self._second_factor.uri(account, key), key

    async def replace_totp(
        self, secret: str, *, password: str, code: str
    ) -> tuple[Begun, tuple[str, ...]]:
        """Take the second factor that this code shows to work, in place of the one before; also
        ten new recovery codes.

        Raises: SignInRefused (the code is not of it), FieldsRejected (the proof is wrong),
            TooManyTries, Unknown, StaleRevision.
        """
        found = await self._whole(secret)
        await self._proven(found, password)
        async with self._begin() as work:
            changed = await self._second_factor.set_up(
                work, found.account, secret, code, self._clock.now()
            )
            if changed is None:
                raise SignInRefused("code")
            changed = changed.next_generation()
            begun = await self._go_on(work, found, changed, secret, "account.second_factor_set_up")
            codes = await self._second_factor.put_recovery_codes(work, changed)
            await work.commit()
        return begun, codes

    async def new_recovery_codes(self, secret: str, *, password: str) -> tuple[str, ...]:
        """Ten, in place of those of before.

        Raises: FieldsRejected (the proof is wrong), TooManyTries, Unknown.
        """
        found = await self._whole(secret)
        await self._proven(found, password)
        async with self._begin() as work:
            codes = await self._second_factor.put_recovery_codes(work, found.account)
            await work.audit.add(
                _note(found.account, "account.recovery_codes_made", self._clock.now())
            )
            await work.commit()
        return codes

    async def recovery_codes_left(self, secret: str) -> int:
        """Raises: Unknown."""
        account = (await self._whole(secret)).account
        async with self._begin.read() as work:
            return await work.accounts.count_recovery_codes(account.id)

    async def sign_out_everywhere(self, secret: str) -> None:
        """End every sign-in of the account, this one too. Raises: Unknown."""
        account = (await self._whole(secret)).account
        async with self._begin() as work:
            await work.staff_sessions.remove_of(account.id)
            await work.audit.add(_note(account, "account.signed_out", self._clock.now()))
            await work.commit()

    async def _whole(self, secret: str) -> SignedIn:
        """Raises: Unknown."""
        found = await self._sessions.who(secret)
        if found.session.stage is not Stage.WHOLE:
            raise Unknown("session")
        return found

    async def _proven(self, found: SignedIn, password: str) -> None:
        """Raises: FieldsRejected; TooManyTries."""
        try:
            await self._prove(found, password)
        except SignInRefused:
            code = "wrong" if found.account.password else "not_fresh"
            raise FieldsRejected([Fault(("password",), code, "prove who you are")]) from None

    async def _prove(self, found: SignedIn, password: str) -> None:
        """By the password, or by a sign-in of just now where there is none.

        Raises: SignInRefused; TooManyTries, counted with the tries at the sign-in page.
        """
        account = found.account
        if account.password is None:
            if found.session.created_at < self._clock.now() - FRESH:
                raise SignInRefused("not fresh")
            return
        async with self._begin() as work:
            await self._tries.claim(work, PASSWORDS, account.email)
            await work.commit()
        if not await self._passwords.matches(password, account.password):
            raise SignInRefused("password")
        async with self._begin() as work:
            await self._tries.forget(work, PASSWORDS, account.email)
            await work.commit()

    async def _go_on(
        self, work: UnitOfWork, found: SignedIn, changed: Account, secret: str, action: str
    ) -> Begun:
        """Keep the change, which ends all sign-ins, and begin one in place of this."""
        await _save(work, changed, found.account)
        await work.audit.add(_note(changed, action, self._clock.now()))
        return await self._sessions.start_in(
            work, changed, stage=Stage.WHOLE, method=found.session.method, instead_of=secret
        )


async def _save(work: UnitOfWork, changed: Account, account: Account) -> None:
    """Raises: StaleRevision, where somebody else was faster."""
    if not await work.accounts.save(changed, expected_generation=account.generation):
        raise StaleRevision("account")


def _differs(account: Account, changed: Account, field: str) -> bool:
    return bool(getattr(account, field) != getattr(changed, field))


def _note(account: Account, action: str, now: datetime, **details: object) -> Note:
    return Note(now, Actor.account(account.id), action, named_account(account.id), details)
