"""Somebody signed in at the staff pages, with the roles that a test gives them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from api.app import create_app
from api.cookies import Cookie, name_of
from survey.domain.accounts import Account, Grant, Method, Role, Stage
from tests.support.application import Running
from tests.support.web import WebPerson, browsing

ADMINISTRATOR = Grant(Role.ADMINISTRATOR)


async def an_account(here: Running, *grants: Grant, name: str = "Sam Okafor") -> Account:
    """A new account with these roles, kept without any journey to it."""
    made = here.core.ids.uuid()
    account = Account(
        id=made,
        email=f"{made}@barnet.example",
        name=name,
        grants=frozenset(grants),
        created_at=here.clock.now(),
    )
    async with here.core.begin() as work:
        await work.accounts.put(account)
        await work.commit()
    return account


async def staff_secret_of(here: Running, account: Account) -> str:
    """What the browser of somebody signed in to this account holds."""
    begun = await here.core.staff_sessions.start(account, stage=Stage.WHOLE, method=Method.PASSWORD)
    return begun.secret


@asynccontextmanager
async def signed_in(
    here: Running,
    *grants: Grant,
    name: str = "Sam Okafor",
    app: ASGIApp | None = None,
    headers: dict[str, str] | None = None,
) -> AsyncIterator[WebPerson]:
    """A browser in which a new account with these roles is signed in.

    Args:
        app: the application to sit before, where several people share one.
    """
    account = await an_account(here, *grants, name=name)
    secret = await staff_secret_of(here, account)
    before = app or create_app(here.core, here.figures)
    async with browsing(before, headers=headers) as person:
        person.http.cookies.set(name_of(Cookie.STAFF, here.core.settings), secret)
        yield person
