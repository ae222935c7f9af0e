"""Links to an account: what they open, once, and what ends them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from secrets import token_urlsafe
from uuid import uuid4

import pytest

from survey.domain.accounts import Grant, Method, Purpose, Stage
from survey.domain.people import Person
from survey.errors import FieldsRejected, NotFound, Unknown
from survey.services.passwords import Passwords
from survey.services.tickets import LIFETIMES
from tests.support.application import CHEAP, Running
from tests.support.signing import (
    ADDRESS,
    ADMINISTRATOR,
    MANAGER,
    PASSWORD,
    VIEWER,
    a_link,
    an_account,
    code_of,
    kept,
    set_up,
)

NEW = "cwtch-a-phaned-9"
WITH_PASSWORD = [Purpose.INVITATION, Purpose.RESET]


async def test_an_invitation_sets_the_first_password_and_leads_on_to_the_second_factor(
    here: Running,
) -> None:
    account = await an_account(here)
    token = await a_link(here, account, Purpose.INVITATION)

    looked = await here.core.sign_in.look(token)
    begun = await here.core.sign_in.open(token, password=PASSWORD)
    _, whole, _ = await set_up(here, begun)

    assert (looked.purpose, looked.email, looked.needs_password) == (
        Purpose.INVITATION,
        account.email,
        True,
    )
    assert whole.session.stage is Stage.WHOLE
    assert await here.core.sign_in.password(account.email, PASSWORD, address=ADDRESS)


async def test_a_viewer_may_go_without_a_password(here: Running) -> None:
    account = await an_account(here, grants=[VIEWER])
    token = await a_link(here, account, Purpose.INVITATION)

    needs = (await here.core.sign_in.look(token)).needs_password
    begun = await here.core.sign_in.open(token, password=None)

    assert (needs, begun.session.stage) == (False, Stage.WHOLE)
    assert (await here.core.staff_sessions.who(begun.secret)).account.id == account.id


@pytest.mark.parametrize("purpose", WITH_PASSWORD)
@pytest.mark.parametrize("weak", [None, "", "short", "Barnet Council 1"])
async def test_a_weak_password_is_refused_and_the_link_still_works(
    here: Running, purpose: Purpose, weak: str | None
) -> None:
    token = await a_link(here, await an_account(here), purpose)

    with pytest.raises(FieldsRejected) as refusal:
        await here.core.sign_in.open(token, password=weak)

    assert refusal.value.faults[0].path == ("password",)
    assert await here.core.sign_in.open(token, password=PASSWORD)


async def test_a_reset_ends_all_sessions_and_keeps_the_second_factor(here: Running) -> None:
    account = await an_account(here, password=PASSWORD)
    begun = await here.core.sign_in.password(account.email, PASSWORD, address=ADDRESS)
    secret, whole, _ = await set_up(here, begun)
    token = await a_link(here, account, Purpose.RESET)

    begun = await here.core.sign_in.open(token, password=NEW)

    with pytest.raises(Unknown):
        await here.core.staff_sessions.who(whole.secret)
    assert begun.session.stage is Stage.SECOND_FACTOR
    here.clock.advance(timedelta(minutes=1))
    assert await here.core.sign_in.code(begun.secret, code_of(here, secret))
    assert not await Passwords(CHEAP).matches(PASSWORD, (await kept(here, account)).password)


async def test_a_link_by_e_mail_is_all_that_a_viewer_needs_and_the_first_factor_of_others(
    here: Running,
) -> None:
    viewer = await an_account(here, "v@barnet.example", [VIEWER])
    manager = await an_account(here)

    stages = [
        (
            await here.core.sign_in.open(await a_link(here, each, Purpose.EMAIL), password=None)
        ).session
        for each in (viewer, manager)
    ]

    assert [each.stage for each in stages] == [Stage.WHOLE, Stage.SET_UP]
    assert {each.method for each in stages} == {Method.EMAIL}


@pytest.mark.parametrize("grant", [VIEWER, MANAGER, ADMINISTRATOR], ids=lambda each: each.role)
async def test_whoever_joins_as_somebody_by_a_slip_does_not_come_in_as_them_by_the_chat_alone(
    here: Running, grant: Grant
) -> None:
    """Who prints slips of one school may join as anybody of it, whatever account they have."""
    person = Person(uuid4(), "p-1", "Ann Lee", ("oakfield",), here.clock.now())
    async with here.core.begin() as work:
        await work.people.put([person])
        await work.commit()
    account = await an_account(here, grants=[grant], person=person.id)

    assert not await here.core.joining.has_account(person.id)
    with pytest.raises(NotFound):
        await here.core.sign_in.chat_token(person.id)
    with pytest.raises(NotFound):
        await here.core.sign_in.open(await a_link(here, account, Purpose.CHAT), password=None)

    async with here.core.begin() as work:
        await work.accounts.put(replace(account, totp=b"sealed"))
        await work.commit()
    begun = await here.core.sign_in.open(
        await here.core.sign_in.chat_token(person.id), password=None
    )
    assert (begun.session.stage, begun.session.method) == (Stage.SECOND_FACTOR, Method.CHAT)


async def test_a34_looking_at_a_link_uses_nothing_up(here: Running) -> None:
    """A34: preview clients open links before people do."""
    token = await a_link(here, await an_account(here, grants=[VIEWER]), Purpose.EMAIL)

    for _ in range(25):
        await here.core.sign_in.look(token)

    assert await here.core.sign_in.open(token, password=None)


@pytest.mark.parametrize("purpose", [Purpose.INVITATION, Purpose.EMAIL])
async def test_a34_of_50_who_use_a_link_at_once_one_comes_in(
    here: Running, purpose: Purpose
) -> None:
    """A34."""
    token = await a_link(here, await an_account(here), purpose)

    results = await asyncio.gather(
        *(here.core.sign_in.open(token, password=PASSWORD) for _ in range(50)),
        return_exceptions=True,
    )

    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert sum(isinstance(result, NotFound) for result in results) == 49


async def test_a34_2000_guesses_of_a_link_open_nothing(here: Running) -> None:
    """A34."""
    token = await a_link(here, await an_account(here), Purpose.EMAIL)
    near = [token[:-1], token + "A", token.swapcase(), token[::-1], "", "\0", "é", "\udc80"]
    guesses = [*near, *(token_urlsafe(24) for _ in range(1_992))]

    for guess in guesses:
        with pytest.raises(NotFound):
            await here.core.sign_in.look(guess)
        with pytest.raises(NotFound):
            await here.core.sign_in.open(guess, password=PASSWORD)


@pytest.mark.soak
async def test_a34_a_million_guesses_of_a_link_find_nothing(here: Running) -> None:
    """A34."""
    account = await an_account(here, totp=b"sealed")
    tokens = [await a_link(here, account, purpose) for purpose in Purpose]

    async def guess(number: int) -> int:
        """How many of so many guesses, one after another, led nowhere."""
        nowhere = 0
        for _ in range(number):
            try:
                await here.core.sign_in.look(token_urlsafe(24))
            except NotFound:
                nowhere += 1
        return nowhere

    assert sum(await asyncio.gather(*(guess(100_000) for _ in range(10)))) == 1_000_000
    assert [(await here.core.sign_in.look(token)).purpose for token in tokens] == list(Purpose)


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("case", ["used", "late", "changed", "ended"])
async def test_a_link_that_is_used_late_or_of_before_a_change_leads_nowhere(
    here: Running, purpose: Purpose, case: str
) -> None:
    account = await an_account(here, totp=b"sealed")
    token = await a_link(here, account, purpose)
    if case == "used":
        await here.core.sign_in.open(token, password=PASSWORD)
    if case == "late":
        here.clock.advance(LIFETIMES[purpose])
    if case in ("changed", "ended"):
        at = here.clock.now() if case == "ended" else None
        changed = replace(account, ended_at=at, generation=1 if at else 2)
        async with here.core.begin() as work:
            await work.accounts.put(changed)
            await work.commit()

    for attempt in (
        here.core.sign_in.look(token),
        here.core.sign_in.open(token, password=PASSWORD),
    ):
        with pytest.raises(NotFound, match=r"^link$"):
            await attempt


async def test_a_new_password_ends_all_other_links(here: Running) -> None:
    account = await an_account(here, totp=b"sealed")
    tokens = [await a_link(here, account, purpose) for purpose in Purpose]

    await here.core.sign_in.open(tokens[0], password=PASSWORD)

    for token in tokens:
        with pytest.raises(NotFound):
            await here.core.sign_in.look(token)


async def test_the_table_holds_no_token(here: Running) -> None:
    token = await a_link(here, await an_account(here), Purpose.CHAT)

    async with here.core.begin.read() as work:
        assert await work.tickets.find(token.encode(), now=here.clock.now()) is None


async def test_a_chat_leads_to_the_account_of_its_person_and_to_no_other(here: Running) -> None:
    with pytest.raises(NotFound):
        await here.core.sign_in.chat_token(uuid4())
