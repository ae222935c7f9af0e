"""Accounts: invited, changed and ended by administrators, each time on record."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from survey.domain.accounts import Account, Grant, Method, Purpose, Role, Stage
from survey.domain.audit import OPERATOR, SERVICE, Actor
from survey.domain.people import Person
from survey.errors import (
    AccountExists,
    Conflict,
    FieldsRejected,
    LastAdministrator,
    NotFound,
    Refused,
    Unknown,
)
from survey.services.accounts import Accounts
from survey.services.staff_sessions import Begun
from tests.support.application import Running
from tests.support.signing import (
    ADDRESS,
    ADMINISTRATOR,
    MANAGER,
    PASSWORD,
    VIEWER,
    a_link,
    an_account,
    kept,
    set_up,
)

Change = Callable[[Accounts, Account, Actor], Awaitable[Account]]

CHANGES: dict[str, Change] = {
    "grants": lambda accounts, it, by: accounts.change_grants(it.id, [VIEWER], by=by),
    "name": lambda accounts, it, by: accounts.rename(it.id, "Ann Lee-Roy", by=by),
    "end": lambda accounts, it, by: accounts.end(it.id, by=by),
    "second factor": lambda accounts, it, by: accounts.reset_second_factor(it.id, by=by),
}


async def an_administrator(here: Running, email: str = "first@barnet.example") -> Account:
    """One who can sign in."""
    return await an_account(here, email, [ADMINISTRATOR], password=PASSWORD)


async def signed_in(here: Running, account: Account) -> Begun:
    return await here.core.staff_sessions.start(
        await kept(here, account),
        stage=Stage.WHOLE,
        method=Method.PASSWORD,
    )


async def actions(here: Running) -> list[tuple[str, str]]:
    """Who did what, as recorded."""
    async with here.core.begin.read() as work:
        found = await work.audit.in_order(after=None, until=1_000, limit=1_000)
    return [(entry.actor.partition(":")[0], entry.action) for entry in found]


async def test_an_invitation_makes_an_account_and_a_letter_and_is_on_record(
    here: Running,
) -> None:
    first = await an_administrator(here)

    made = await here.core.accounts.invite(
        " Ann.Lee@Barnet.Example ",
        " Ann Lee ",
        [Grant(Role.SERVICE_MANAGER, "schools", "payroll")],
        "cy",
        by=Actor.account(first.id),
    )

    assert await kept(here, made) == made
    assert (made.email, made.name, made.language) == ("ann.lee@barnet.example", "Ann Lee", "cy")
    assert (await here.core.letters.post()).waiting == 1
    assert await actions(here) == [("account", "account.invited")]


@pytest.mark.parametrize(
    ("changes", "path", "told"),
    [
        ({"email": "ann.lee"}, "email", "e-mail address"),
        ({"email": "a@b.example\nBcc: x@y.example"}, "email", "e-mail address"),
        ({"name": "  "}, "name", "give a name"),
        ({"name": "x" * 121}, "name", "120"),
        ({"name": "Ann\nLee"}, "name", "cannot be shown"),
        ({"grants": []}, "grants", "at least one role"),
        (
            {"grants": [VIEWER, Grant(Role.VIEWER, unit="oakfeild")]},
            "grants.1.unit",
            "did you mean 'oakfield'?",
        ),
        ({"grants": [Grant(Role.VIEWER, service="payrol")]}, "grants.0.service", "'payroll'?"),
        ({"grants": [Grant(Role.ADMINISTRATOR, "schools")]}, "grants.0.role", "whole body"),
        ({"grants": [Grant(Role.PROVIDER, "schools")]}, "grants.0.service", "looks after"),
        (
            {"grants": [VIEWER, Grant(Role.PROVIDER, service="payroll")]},
            "grants.1.role",
            "no other role",
        ),
    ],
)
async def test_what_cannot_be_is_refused_field_by_field(
    here: Running, changes: dict[str, object], path: str, told: str
) -> None:
    given = {"email": "a@b.example", "name": "Ann", "grants": [VIEWER], "language": None, **changes}

    with pytest.raises(FieldsRejected) as refusal:
        await here.core.accounts.invite(**given, by=OPERATOR)  # type: ignore[arg-type]

    (fault,) = refusal.value.faults
    assert (".".join(fault.path), told in fault.message) == (path, True)
    assert await here.core.accounts.all() == []


@pytest.mark.parametrize("ended", [False, True])
async def test_an_address_has_one_account(here: Running, ended: bool) -> None:
    await an_account(here, ended_at=here.clock.now() if ended else None)

    with pytest.raises(AccountExists) as refusal:
        await here.core.accounts.invite(
            "ANN.LEE@barnet.example", "Ann", [VIEWER], None, by=OPERATOR
        )

    assert (refusal.value.ended, "bring it back" in str(refusal.value)) == (ended, ended)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("who", ["manager", "ended", "nobody", "service", "person"])
async def test_nobody_but_administrators_and_the_operator_changes_accounts(
    here: Running, change: str, who: str
) -> None:
    account = await an_account(here, "somebody@barnet.example")
    others = {
        "manager": Actor.account((await an_account(here, password=PASSWORD)).id),
        "ended": Actor.account(
            (
                await an_account(
                    here, "e@barnet.example", [ADMINISTRATOR], ended_at=here.clock.now()
                )
            ).id
        ),
        "nobody": Actor.account(uuid4()),
        "service": SERVICE,
        "person": Actor.person(uuid4()),
    }

    with pytest.raises(Refused):
        await CHANGES[change](here.core.accounts, account, others[who])
    with pytest.raises(Refused):
        await here.core.accounts.invite("x@y.example", "X", [VIEWER], None, by=others[who])

    assert await kept(here, account) == account


@pytest.mark.parametrize("change", ["grants", "end", "second factor"])
async def test_b47_a_change_of_access_ends_sessions_and_links_at_once(
    here: Running, change: str
) -> None:
    """B47: open pages included; saved links are refused."""
    account = await an_account(here, password=PASSWORD)
    begun = await signed_in(here, account)
    links = [await a_link(here, account, purpose) for purpose in Purpose]
    assert await here.core.staff_sessions.who(begun.secret)

    await CHANGES[change](here.core.accounts, account, OPERATOR)

    with pytest.raises(Unknown):
        await here.core.staff_sessions.who(begun.secret)
    for link in links:
        with pytest.raises(NotFound):
            await here.core.sign_in.look(link)


async def test_a_new_name_ends_no_session(here: Running) -> None:
    account = await an_account(here)
    begun = await signed_in(here, account)

    await here.core.accounts.rename(account.id, "Ann Lee-Roy", by=OPERATOR)

    assert (await here.core.staff_sessions.who(begun.secret)).account.name == "Ann Lee-Roy"


async def test_what_was_so_already_changes_nothing(here: Running) -> None:
    account = await an_account(here)

    same = await here.core.accounts.change_grants(account.id, [MANAGER], by=OPERATOR)
    back = await here.core.accounts.bring_back(account.id, by=OPERATOR)

    assert (same, back, await actions(here)) == (account, account, [])


async def test_an_account_that_ended_signs_in_again_once_it_is_brought_back(
    here: Running,
) -> None:
    account = await an_account(here, grants=[VIEWER], password=PASSWORD)
    await here.core.accounts.end(account.id, by=OPERATOR)
    await here.core.accounts.end(account.id, by=OPERATOR)

    await here.core.accounts.bring_back(account.id, by=OPERATOR)

    assert await here.core.sign_in.password(account.email, PASSWORD, address=ADDRESS)
    assert await actions(here) == [
        ("operator", "account.ended"),
        ("operator", "account.brought_back"),
        ("account", "account.signed_in"),
    ]


async def test_after_a_reset_another_second_factor_is_set_up(here: Running) -> None:
    account = await an_account(here, password=PASSWORD)
    sign_in = here.core.sign_in
    await set_up(here, await sign_in.password(account.email, PASSWORD, address=ADDRESS))

    await here.core.accounts.reset_second_factor(account.id, by=OPERATOR)

    begun = await sign_in.password(account.email, PASSWORD, address=ADDRESS)
    async with here.core.begin.read() as work:
        codes = await work.accounts.count_recovery_codes(account.id)
    assert (begun.session.stage, codes) == (Stage.SET_UP, 0)


@pytest.mark.parametrize("change", ["grants", "end"])
@pytest.mark.parametrize("by_whom", ["themselves", "operator"])
async def test_b49_the_last_administrator_stays(here: Running, change: str, by_whom: str) -> None:
    """B49: an invitation that nobody took up yet is no administrator."""
    last = await an_administrator(here)
    await an_account(here, "invited@barnet.example", [ADMINISTRATOR])
    await an_account(
        here, "left@barnet.example", [ADMINISTRATOR], password="x", ended_at=here.clock.now()
    )
    by = Actor.account(last.id) if by_whom == "themselves" else OPERATOR

    with pytest.raises(LastAdministrator):
        await CHANGES[change](here.core.accounts, last, by)

    assert await kept(here, last) == last


async def test_b49_one_of_two_may_go_and_an_invitation_may_be_withdrawn(here: Running) -> None:
    """B49."""
    first = await an_administrator(here)
    second = await an_administrator(here, "second@barnet.example")
    invited = await an_account(here, "invited@barnet.example", [ADMINISTRATOR])

    await here.core.accounts.end(first.id, by=Actor.account(first.id))
    await here.core.accounts.end(invited.id, by=Actor.account(second.id))

    with pytest.raises(LastAdministrator):
        await here.core.accounts.end(second.id, by=OPERATOR)


@pytest.mark.parametrize("changes", [("end", "end"), ("grants", "grants"), ("end", "grants")])
async def test_b49_of_two_administrators_who_remove_each_other_one_stays(
    here: Running, changes: tuple[str, str]
) -> None:
    """B49, at the same time."""
    for number in range(5):
        pair = [
            await an_administrator(here, f"{number}.{each}@barnet.example") for each in range(2)
        ]
        one, other = (Actor.account(each.id) for each in pair)

        results = await asyncio.gather(
            CHANGES[changes[0]](here.core.accounts, pair[1], one),
            CHANGES[changes[1]](here.core.accounts, pair[0], other),
            return_exceptions=True,
        )

        failed = [result for result in results if isinstance(result, BaseException)]
        assert [type(each) for each in failed] == [Refused]
        (left,) = [each for each in [await kept(here, each) for each in pair] if each.administers]
        with pytest.raises(LastAdministrator):
            await here.core.accounts.end(left.id, by=OPERATOR)
        async with here.core.begin() as work:
            await work.accounts.put(replace(left, password=None))
            await work.commit()


async def test_b49_of_two_who_leave_at_once_one_stays(here: Running) -> None:
    """B49."""
    pair = [await an_administrator(here, f"{each}@barnet.example") for each in range(2)]

    results = await asyncio.gather(
        *(here.core.accounts.end(each.id, by=Actor.account(each.id)) for each in pair),
        return_exceptions=True,
    )

    assert sum(isinstance(result, LastAdministrator) for result in results) == 1


async def test_b49_the_operator_makes_another_administrator_on_record(here: Running) -> None:
    """B49: recovery needs operator and audit."""
    made = await here.core.accounts.invite(
        "new@barnet.example", "New", [ADMINISTRATOR], None, by=OPERATOR, letter=False
    )
    issued = await here.core.accounts.make_link(made.id, by=OPERATOR)

    _, whole, _ = await set_up(here, await here.core.sign_in.open(issued.token, password=PASSWORD))

    assert whole.session.stage is Stage.WHOLE
    assert await actions(here) == [
        ("operator", "account.invited"),
        ("operator", "account.link_made"),
        ("account", "account.password_set"),
        ("account", "account.second_factor_set_up"),
        ("account", "account.signed_in"),
    ]


async def test_the_operator_alone_makes_links_and_never_past_the_second_factor(
    here: Running,
) -> None:
    first = await an_administrator(here)
    begun = await here.core.sign_in.password(first.email, PASSWORD, address=ADDRESS)
    await set_up(here, begun)

    with pytest.raises(Refused):
        await here.core.accounts.make_link(first.id, by=Actor.account(first.id))
    issued = await here.core.accounts.make_link(first.id, by=OPERATOR)

    looked = await here.core.sign_in.look(issued.token)
    begun = await here.core.sign_in.open(issued.token, password="cwtch-a-phaned-9")
    assert (looked.purpose, begun.session.stage) == (Purpose.RESET, Stage.SECOND_FACTOR)


async def test_an_invitation_can_be_sent_again_until_it_was_taken_up(here: Running) -> None:
    invited = await an_account(here)
    done = await an_account(here, "done@barnet.example", password=PASSWORD)
    ended = await an_account(here, "ended@barnet.example", ended_at=here.clock.now())

    await here.core.accounts.invite_again(invited.id, by=OPERATOR)

    for account in (done, ended):
        with pytest.raises(Conflict):
            await here.core.accounts.invite_again(account.id, by=OPERATOR)
    assert (await here.core.letters.post()).waiting == 1


async def test_a_linked_person_signs_in_from_their_chat_and_once_untied_no_more(
    here: Running,
) -> None:
    person = Person(uuid4(), "p-1", "Ann Lee", ("oakfield",), here.clock.now())
    async with here.core.begin() as work:
        await work.people.put([person])
        await work.commit()
    account = await an_account(here, totp=b"sealed")
    other = await an_account(here, "other@barnet.example")
    accounts, sign_in = here.core.accounts, here.core.sign_in

    await accounts.link_person(account.id, person.id, by=OPERATOR)
    token = await sign_in.chat_token(person.id)
    with pytest.raises(Conflict):
        await accounts.link_person(other.id, person.id, by=OPERATOR)
    with pytest.raises(NotFound):
        await accounts.link_person(other.id, uuid4(), by=OPERATOR)
    assert (await sign_in.look(token)).purpose is Purpose.CHAT
    await accounts.link_person(account.id, None, by=OPERATOR)

    with pytest.raises(NotFound):
        await sign_in.look(token)
    with pytest.raises(NotFound):
        await sign_in.chat_token(person.id)


async def test_an_account_that_comes_back_is_not_the_second_one_of_its_person(
    here: Running,
) -> None:
    """Their chat would lead to one of the two, nobody knows which."""
    person = Person(uuid4(), "p-1", "Ann Lee", ("oakfield",), here.clock.now())
    async with here.core.begin() as work:
        await work.people.put([person])
        await work.commit()
    old = await an_account(here, person=person.id)
    new = await an_account(here, "new@barnet.example")
    await here.core.accounts.end(old.id, by=OPERATOR)
    await here.core.accounts.link_person(new.id, person.id, by=OPERATOR)

    await here.core.accounts.bring_back(old.id, by=OPERATOR)

    assert ((await kept(here, old)).person, (await kept(here, new)).person) == (None, person.id)
    await here.core.accounts.end(new.id, by=OPERATOR)
    await here.core.accounts.bring_back(new.id, by=OPERATOR)
    assert (await kept(here, new)).person == person.id


@pytest.mark.parametrize("change", CHANGES)
async def test_an_account_that_is_not_there_is_not_found(here: Running, change: str) -> None:
    missing = Account(uuid4(), "x@y.example", "X", frozenset(), here.clock.now())

    with pytest.raises(NotFound):
        await CHANGES[change](here.core.accounts, missing, OPERATOR)
