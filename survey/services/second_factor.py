"""The second factor: codes that change each half minute (TOTP, RFC 6238), and recovery codes.

A new secret is derived from the session in which it is set up: nothing is kept before the first
code has shown that the app has it, and reloading the page shows the same one.
"""

import hashlib
from base64 import b32encode
from dataclasses import replace
from datetime import datetime
from hmac import compare_digest
from typing import Final

import pyotp

from survey.domain.accounts import Account
from survey.ports import Ids, UnitOfWork
from survey.services.keyed import SignInKeys

STEP_SECONDS: Final = 30
_NEAR: Final = (0, -1, 1)
"""Steps whose code counts: clocks differ, and people type slowly."""

_DIGITS: Final = 6
_SECRET_BYTES: Final = 20

RECOVERY_CODES: Final = 10
_RECOVERY_BYTES: Final = 10
_RECOVERY_LETTERS: Final = 16
_GROUP: Final = 4


class SecondFactor:
    def __init__(self, ids: Ids, keys: SignInKeys, organisation: str) -> None:
        self._ids, self._keys, self._organisation = ids, keys, organisation

    def new_secret(self, session_secret: str) -> str:
        """The secret to set up in this session, in base32."""
        return self._derived(session_secret)[0]

    def uri(self, account: Account, secret: str) -> str:
        """What the QR code says, for the app."""
        return pyotp.TOTP(secret).provisioning_uri(
            name=account.email, issuer_name=self._organisation
        )

    async def set_up(
        self, work: UnitOfWork, account: Account, session_secret: str, code: str, now: datetime
    ) -> Account | None:
        """The account with the session's secret as its own; None where the code is not of it."""
        for secret in self._derived(session_secret):
            step = step_of(secret, _bare(code), now)
            if step is not None and await work.accounts.use_totp_step(account.id, step=step):
                return replace(account, totp=self._keys.totp.seal(secret.encode()))
        return None

    async def accepts(self, work: UnitOfWork, account: Account, code: str, now: datetime) -> bool:
        """Whether it is a code of now that was not used, or a recovery code; it is used up."""
        bare = _bare(code)
        if len(bare) == _DIGITS:
            return await self._accepts_totp(work, account, bare, now)
        if len(bare) == _RECOVERY_LETTERS:
            for digest in self._keys.recovery.all_of(bare.encode()):
                if await work.accounts.take_recovery_code(account.id, digest):
                    return True
        return False

    async def put_recovery_codes(self, work: UnitOfWork, account: Account) -> tuple[str, ...]:
        """New codes of 80 bits in place of all of before; nobody sees them again."""
        codes = tuple(self._recovery_code() for _ in range(RECOVERY_CODES))
        digests = [self._keys.recovery.of(_bare(code).encode()) for code in codes]
        await work.accounts.put_recovery_codes(account.id, digests)
        return codes

    async def _accepts_totp(
        self, work: UnitOfWork, account: Account, code: str, now: datetime
    ) -> bool:
        if account.totp is None:
            return False
        try:
            secret, by_key_of_now = self._keys.totp.open(account.totp)
        except KeyError:
            return False
        step = step_of(secret.decode(), code, now)
        if step is None or not await work.accounts.use_totp_step(account.id, step=step):
            return False
        if not by_key_of_now:
            sealed = replace(account, totp=self._keys.totp.seal(secret))
            await work.accounts.save(sealed, expected_generation=account.generation)
        return True

    def _derived(self, session_secret: str) -> list[str]:
        digests = self._keys.new_totp.all_of(session_secret.encode("utf-8", "surrogatepass"))
        return [b32encode(digest[:_SECRET_BYTES]).decode() for digest in digests]

    def _recovery_code(self) -> str:
        chance = hashlib.sha256(self._ids.token().encode()).digest()
        letters = b32encode(chance[:_RECOVERY_BYTES]).decode()
        return "-".join(
            letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP)
        ).lower()


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step near now of which this is the code; None where it is of none."""
    totp = pyotp.TOTP(secret, digits=_DIGITS, interval=STEP_SECONDS)
    current = int(now.timestamp()) // STEP_SECONDS
    for step in (current + near for near in _NEAR):
        if compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return step
    return None


def _bare(code: str) -> str:
    """Without what people put between: "123 456", "abcd-efgh-..."."""
    return "".join(letter for letter in code.upper() if letter.isascii() and letter.isalnum())
