"""What becomes of people and invitations whose letters came back."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from survey.db.tables import audit, deliveries
from survey.domain.audit import OPERATOR
from survey.domain.campaign import ChannelName
from survey.domain.waves import InvitationState, WaveState
from tests.support.application import Running
from tests.support.asked import Asked, a_wave, asked, invitation_of
from tests.survey.domain.test_bounces import group, report

ANN, BOB = "ann.lee@barnet.example", "bob@barnet.example"


def about(who: Asked | None, *groups: str) -> bytes:
    """A report about the letter to somebody, or one that brought no headers back."""
    name = f"<{who.id.hex}.0@barnet.example>" if who else ""
    return report(*groups, name=name)


async def refused(here: Running, *addresses: str) -> set[str]:
    async with here.core.begin.read() as work:
        return set(await work.refused_addresses.of(addresses))


async def outcomes(here: Running) -> list[str | None]:
    async with here.core.database.reading() as connection:
        return list(await connection.scalars(select(deliveries.c.outcome)))


async def sent(here: Running) -> None:
    async with here.core.database.writing() as connection:
        await connection.execute(update(deliveries).values(outcome="sent"))
        await connection.commit()


async def test_an_address_that_is_gone_gets_no_more_letters_and_its_invitation_has_failed(
    here: Running,
) -> None:
    ann = await asked(here, await a_wave(here))
    await sent(here)

    noted = await here.core.bounces.note([about(ann, group(ANN))], by=OPERATOR)

    assert (noted.mails, noted.reports, noted.addresses) == (1, 1, 1)
    assert (noted.known, noted.refused, noted.invitations) == ((ANN,), 1, 1)
    assert await refused(here, ANN) == {ANN}
    now = await invitation_of(here, ann)
    assert (now.state, now.reason) == (InvitationState.FAILED, "bounced")
    assert now.sent_at is None
    assert await outcomes(here) == ["failed"]


async def test_what_came_back_takes_nobodys_turn_to_be_asked(here: Running) -> None:
    """A19: they have not been asked, so that another survey need not wait a week."""
    ann = await asked(here, await a_wave(here))
    await sent(here)
    another, now, week = here.core.ids.uuid(), here.clock.now(), timedelta(days=7)
    async with here.core.begin() as work:
        await work.outbox.may_ask({ann.id: ann.person.id}, now=now, apart=week)
        await work.commit()

    await here.core.bounces.note([about(ann, group(ANN))], by=OPERATOR)

    async with here.core.begin() as work:
        may = await work.outbox.may_ask({another: ann.person.id}, now=now, apart=week)
    assert set(may) == {another}


async def test_the_same_mail_again_changes_nothing(here: Running) -> None:
    ann = await asked(here, await a_wave(here))
    mail = about(ann, group(ANN))
    await here.core.bounces.note([mail, mail], by=OPERATOR)

    noted = await here.core.bounces.note([mail], by=OPERATOR)

    assert (noted.reports, noted.refused, noted.invitations) == (1, 0, 0)


@pytest.mark.parametrize(
    "state",
    [each for each in InvitationState if each is not InvitationState.DELIVERED],
)
async def test_whoever_has_done_something_with_the_letter_has_received_it(
    here: Running, state: InvitationState
) -> None:
    ann = await asked(here, await a_wave(here), state=state)

    noted = await here.core.bounces.note([about(ann, group(ANN))], by=OPERATOR)

    assert noted.invitations == 0
    assert (await invitation_of(here, ann)).state is state


async def test_an_invitation_that_went_by_chat_is_not_touched(here: Running) -> None:
    ann = await asked(here, await a_wave(here), channel=ChannelName.CHAT)

    assert (await here.core.bounces.note([about(None, group(ANN))], by=OPERATOR)).invitations == 0
    assert (await invitation_of(here, ann)).state is InvitationState.DELIVERED


async def test_a_letter_that_was_not_wanted_fails_and_its_address_stays(here: Running) -> None:
    ann = await asked(here, await a_wave(here))
    mail = about(ann, group(ANN, status="5.7.1"))

    noted = await here.core.bounces.note([mail], by=OPERATOR)

    assert (noted.refused, noted.invitations) == (0, 1)
    assert await refused(here, ANN) == set()


async def test_addresses_that_nobody_here_has_are_not_kept(here: Running) -> None:
    await asked(here, await a_wave(here))

    noted = await here.core.bounces.note([about(None, group("x@y.example"))], by=OPERATOR)

    assert (noted.addresses, noted.known, noted.refused, noted.invitations) == (1, (), 0, 0)
    assert await refused(here, "x@y.example") == set()


async def test_a_mail_about_one_invitation_does_not_touch_another_persons(here: Running) -> None:
    wave = await a_wave(here)
    ann, bob = await asked(here, wave), await asked(here, wave, key="bob", email=BOB)

    # As somebody would write who has a letter of their own, and wants another's taken away.
    noted = await here.core.bounces.note([about(ann, group(BOB))], by=OPERATOR)

    assert noted.invitations == 0
    for each in (ann, bob):
        assert (await invitation_of(here, each)).state is InvitationState.DELIVERED


async def test_people_who_share_an_address_share_what_came_back(here: Running) -> None:
    wave = await a_wave(here)
    both = [await asked(here, wave), await asked(here, wave, key="bob", email=ANN)]

    noted = await here.core.bounces.note([about(None, group(ANN))], by=OPERATOR)

    assert (noted.known, noted.refused, noted.invitations) == ((ANN,), 1, 2)
    assert {(await invitation_of(here, each)).state for each in both} == {InvitationState.FAILED}


async def test_more_than_a_transaction_takes_is_noted_all_the_same(here: Running) -> None:
    wave = await a_wave(here, state=WaveState.OPEN)
    emails = [f"p{number}@barnet.example" for number in range(205)]
    for each in emails[:3]:
        await asked(here, wave, key=each[:4].strip("@"), email=each)
    mails = [about(None, *map(group, emails[at : at + 50])) for at in range(0, 205, 50)]

    noted = await here.core.bounces.note(mails, by=OPERATOR)

    assert (noted.addresses, len(noted.known), noted.invitations) == (205, 3, 3)


async def test_the_record_says_how_many_and_no_address(here: Running) -> None:
    ann = await asked(here, await a_wave(here))

    await here.core.bounces.note([about(ann, group(ANN))], by=OPERATOR)

    async with here.core.database.reading() as connection:
        rows = list(
            await connection.execute(select(audit).where(audit.c.action == "mail.came_back"))
        )
    assert [row.details for row in rows] == [{"addresses": 1, "invitations": 1}]
    assert [row.actor for row in rows] == ["operator"]
