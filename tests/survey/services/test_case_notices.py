"""Letters to those who work reports: who gets one, what it says, and each thing once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from survey.domain import case_acts as acts
from survey.domain import provider_acts
from survey.domain.accounts import Account, Grant, Role
from survey.domain.audit import OPERATOR, REPORTER, Actor
from survey.domain.cases import Audience, EntryKind, Said, Side, Verdict
from survey.domain.reporter_acts import judged, message
from survey.services import case_notices
from survey.services.case_notices import GATHERED_FOR
from tests.support.application import NOON, Running, running
from tests.support.cases import a_case, an_entry
from tests.support.signing import Postbox
from tests.support.staff import an_account

PAYROLL = Grant(Role.CASE_WORKER, service="payroll")
EVERYTHING = Grant(Role.SERVICE_MANAGER)


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
async def here(database_url: str, tmp_path: Path, postbox: Postbox) -> AsyncIterator[Running]:
    async with running(database_url, tmp_path, mailer=postbox) as application:
        yield application


async def post(here: Running, postbox: Postbox) -> list[tuple[str, str]]:
    """What has come by then, as (to, text)."""
    here.clock.advance(GATHERED_FOR)
    while await here.core.letters.send_due():
        pass
    sent = [(each.to, each.words.text) for each in postbox.sent]
    postbox.sent.clear()
    return sent


def to(sent: list[tuple[str, str]]) -> list[str]:
    return sorted(address for address, _ in sent)


async def test_a_new_report_that_nobody_has_reaches_the_nearest_team_in_one_letter(
    here: Running, postbox: Postbox
) -> None:
    rae = await an_account(here, PAYROLL, name="Rae Lund")
    await an_account(here, EVERYTHING)
    await an_account(here, Grant(Role.ADMINISTRATOR))
    await an_account(here, Grant(Role.CASE_WORKER, service="it"))
    one, two = [await a_case(here, text="Ms Secret is not paid") for _ in range(2)]

    [(address, text)] = await post(here, postbox)

    assert address == rae.email
    assert f"{one.reference}, Payroll: new" in text
    assert two.reference in text
    assert "/staff/cases" in text
    assert "Secret" not in text, "what somebody wrote stays on the page"
    assert await post(here, postbox) == []


async def test_a_service_without_a_team_is_looked_after_by_the_one_above(
    here: Running, postbox: Postbox
) -> None:
    manager = await an_account(here, EVERYTHING)
    await an_account(here, Grant(Role.CASE_WORKER, service="it"))
    await a_case(here)

    assert to(await post(here, postbox)) == [manager.email]


async def test_its_owner_alone_is_told_what_the_reporter_says_and_which_clock_runs_out(
    here: Running, postbox: Postbox
) -> None:
    rae = await an_account(here, PAYROLL)
    await an_account(here, PAYROLL)
    case = await a_case(here)
    await post(here, postbox)
    case = await an_entry(here, case, acts.assigned(rae.id), by=OPERATOR)
    [(address, text)] = await post(here, postbox)
    assert (address, "yours from now on" in text) == (rae.email, True)

    await an_entry(here, case, message("Still wrong"), by=REPORTER)
    case = await an_entry(here, case, acts.fixed("Done"), by=Actor.account(rae.id))
    no = judged(case, (), Verdict.NOT_FIXED)
    assert no is not None
    await an_entry(here, case, no, by=REPORTER)
    [(address, text)] = await post(here, postbox)
    assert address == rae.email
    assert "the reporter wrote" in text
    assert "not fixed, says the reporter" in text
    assert "Done" not in text

    here.clock.advance(timedelta(days=9))
    await here.core.case_rounds.look()
    [(_, text)] = await post(here, postbox)
    assert f"{case.reference}, Payroll: late" in text
    await here.core.case_rounds.look()
    assert await post(here, postbox) == []


async def test_its_owner_is_told_what_the_provider_says_and_not_what_staff_note_or_sort(
    here: Running, postbox: Postbox
) -> None:
    rae = await an_account(here, PAYROLL)
    case = await an_entry(here, await a_case(here), acts.assigned(rae.id))
    await post(here, postbox)
    sorted_ = acts.sorted_(case, cause="Old form")
    assert sorted_ is not None
    await an_entry(here, case, acts.note("Please look"), sorted_)
    assert await post(here, postbox) == []

    said = (provider_acts.note("Sent again"), provider_acts.judged(Verdict.FIXED, "Paid"))
    await an_entry(here, case, *said)
    [(address, text)] = await post(here, postbox)

    assert address == rae.email
    assert f"{case.reference}, Payroll: the provider wrote" in text
    assert f"{case.reference}, Payroll: the provider says whether it is fixed" in text
    assert "Sent again" not in text
    assert "Paid" not in text


async def test_those_of_the_provider_are_told_that_staff_wrote_to_them_and_where(
    here: Running, postbox: Postbox
) -> None:
    provider = await an_account(here, Grant(Role.PROVIDER, service="payroll"))
    await an_account(here, Grant(Role.PROVIDER, service="it"))
    case, other = await a_case(here), await a_case(here)
    few = await a_case(here, restricted=True)
    assert await post(here, postbox) == []

    word = acts.note("Ms Secret is not paid", audience=Audience.PROVIDER)
    for each in (case, other, few):
        await an_entry(here, each, acts.note("Among us"), word, acts.reply("Dear Ms Secret"))
    moved = acts.sorted_(other, service="hr")
    assert moved is not None
    await an_entry(here, other, moved)
    [(address, text)] = await post(here, postbox)

    assert address == provider.email
    assert f"{case.reference}, Payroll: staff wrote to you" in text
    assert text.count(case.reference) == 1
    assert other.reference not in text, "it is theirs no more"
    assert few.reference not in text
    assert "/staff/handed-over" in text
    assert "Secret" not in text


async def test_who_takes_it_themselves_and_what_staff_write_is_no_news(
    here: Running, postbox: Postbox
) -> None:
    rae = await an_account(here, PAYROLL)
    case = await a_case(here)
    await post(here, postbox)
    by = Actor.account(rae.id)
    await an_entry(here, case, acts.assigned(rae.id), acts.reply("Hello"), by=by)

    assert await post(here, postbox) == []


async def test_one_for_few_is_told_to_few(here: Running, postbox: Postbox) -> None:
    await an_account(here, PAYROLL)
    administrator = await an_account(here, Grant(Role.ADMINISTRATOR))
    await a_case(here, restricted=True)

    assert to(await post(here, postbox)) == [administrator.email]


async def test_what_comes_while_a_letter_is_under_way_is_in_the_next_and_only_there(
    here: Running, postbox: Postbox
) -> None:
    await an_account(here, PAYROLL)
    first = await a_case(here)
    here.clock.advance(GATHERED_FOR)
    async with here.core.begin() as work:
        [letter] = await work.letters.claim(
            now=here.clock.now(), limit=9, lease=timedelta(minutes=5)
        )
        await work.commit()
    second = await a_case(here)
    here.clock.advance(timedelta(minutes=6))

    sent = await post(here, postbox)

    assert letter.attempts == 1
    assert [first.reference in text for _, text in sent] == [True, False]
    assert [second.reference in text for _, text in sent] == [False, True]


async def test_who_has_left_gets_nothing(here: Running, postbox: Postbox) -> None:
    rae: Account = await an_account(here, PAYROLL)
    await a_case(here)
    await here.core.accounts.end(rae.id, by=OPERATOR)

    assert await post(here, postbox) == []


async def test_without_a_mail_server_no_letter_waits(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path / "other") as here:
        await an_account(here, PAYROLL)
        await a_case(here)
        assert (await here.core.letters.post()).waiting == 0


async def test_what_an_older_system_brings_along_is_no_news(
    here: Running, postbox: Postbox
) -> None:
    await an_account(here, PAYROLL)
    case = replace(await a_case(here), id=here.core.ids.uuid(), opened_at=NOON - timedelta(days=9))
    await post(here, postbox)
    first = Said(kind=EntryKind.REPORTED, side=Side.REPORTER)
    async with here.core.begin() as work:
        await here.core.timelines.open(work, case, first, by=OPERATOR)
        await work.commit()

    assert await post(here, postbox) == []


async def test_a_letter_that_somebody_adds_to_does_not_leave_before_they_are_done(
    here: Running, postbox: Postbox
) -> None:
    """What they add is kept later than it happened: the letter would leave without it."""
    await an_account(here, PAYROLL)
    first = await a_case(here)
    here.clock.advance(GATHERED_FOR)
    core = here.core

    async with core.begin() as work:
        await core.timelines.add(work, first.id, message("Any news?"), by=REPORTER)
        sending = asyncio.create_task(core.letters.send_due())  # noqa: TID251 (awaited below)
        if core.database.dialect == "postgresql":
            assert await sending == 0
        await work.commit()
    await sending

    text = "".join(text for _, text in await post(here, postbox))
    assert "new" in text
    assert "wrote" in text


async def test_what_concerns_others_is_read_page_by_page_and_hides_nothing(
    here: Running, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_notices, "_AT_ONCE", 2)
    rae = await an_account(here, PAYROLL)
    for number in range(5):
        await a_case(here, service="it" if number % 2 else "hr")
    theirs = [await a_case(here) for _ in range(3)]

    [(address, text)] = await post(here, postbox)

    assert address == rae.email
    assert all(text.count(each.reference) == 1 for each in theirs)
