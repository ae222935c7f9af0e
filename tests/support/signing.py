"""Accounts for tests, and what their owners would do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid4

import pyotp

from survey.domain.accounts import Account, Grant, Purpose, Role, Stage
from survey.domain.letters import Composed
from survey.errors import NotSent
from survey.services.passwords import Passwords
from survey.services.staff_sessions import Begun
from survey.services.tickets import issue
from tests.support.application import CHEAP, Running

PASSWORD = "tryst mellow orbit"
ADDRESS = "192.0.2.7"
MANAGER = Grant(Role.SERVICE_MANAGER, service="payroll")
VIEWER = Grant(Role.VIEWER)
ADMINISTRATOR = Grant(Role.ADMINISTRATOR)


@dataclass(slots=True)
class Postbox:
    """A mailer that keeps what it is given; `refusal` is what it raises instead, always or (where
    `only` is set) for that address."""

    sent: list[Composed] = field(default_factory=list)
    refusal: Exception | None = None
    only: str | None = None

    async def send(self, letter: UUID, composed: Composed, *, at: datetime) -> None:
        if self.refusal and self.only in (None, composed.to):
            raise self.refusal
        self.sent.append(composed)

    def refuse(self, *, again: bool) -> None:
        self.refusal = NotSent("server" if again else "address", again=again)

    @property
    def tokens(self) -> list[str]:
        """Of the links in the letters."""
        found = (re.search(r"/staff/link/(\S+)", each.words.text) for each in self.sent)
        return [link[1] for link in found if link]


async def an_account(
    here: Running,
    email: str = "ann.lee@barnet.example",
    grants: Iterable[Grant] = (MANAGER,),
    *,
    password: str | None = None,
    **columns: object,
) -> Account:
    """An account as invited; `password` is set where given."""
    account = Account(
        id=uuid4(),
        email=email,
        name="Ann Lee",
        grants=frozenset(grants),
        created_at=here.clock.now(),
    )
    if password is not None:
        account = replace(account, password=await Passwords(CHEAP).hash(password))
    account = replace(account, **columns)  # type: ignore[arg-type]
    async with here.core.begin() as work:
        await work.accounts.put(account)
        await work.commit()
    return account


async def kept(here: Running, account: Account) -> Account:
    """The account as it is now."""
    async with here.core.begin.read() as work:
        found = await work.accounts.get(account.id)
    assert found is not None
    return found


async def a_link(here: Running, account: Account, purpose: Purpose) -> str:
    """The token of a link to this account."""
    account = await kept(here, account)
    async with here.core.begin() as work:
        issued = await issue(work, here.core.ids, account, purpose, now=here.clock.now())
        await work.commit()
    return issued.token


def code_of(here: Running, secret: str) -> str:
    """What the app shows now."""
    return pyotp.TOTP(secret).at(here.clock.now())


async def set_up(here: Running, begun: Begun) -> tuple[str, Begun, tuple[str, ...]]:
    """The owner scans the QR code: the app's secret, the session that follows, recovery codes."""
    assert begun.session.stage is Stage.SET_UP
    _, secret = await here.core.sign_in.new_totp(begun.secret)
    whole, codes = await here.core.sign_in.set_up_totp(begun.secret, code_of(here, secret))
    return secret, whole, codes
