"""/staff/campaigns/KEY/slips: whom they are for, what is on them, and what they do not tell."""

from collections.abc import Set
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from survey.db.tables import audit
from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.questionnaire import Privacy
from survey.domain.waves import InvitationState
from tests.support.application import Running
from tests.support.asked import CAMPAIGN, a_wave, asked
from tests.support.staff import ADMINISTRATOR, signed_in

SLIPS = f"/staff/campaigns/{CAMPAIGN}/slips"
FAILED, DELIVERED = InvitationState.FAILED, InvitationState.DELIVERED


async def names(here: Running) -> Set[str]:
    return {each.person.key for each in await here.core.unreached.make(CAMPAIGN, by=OPERATOR)}


async def test_there_is_a_slip_for_each_whom_no_message_reached(here: Running) -> None:
    wave = await a_wave(here)
    await asked(here, wave, key="ann", email=None, state=FAILED)
    await asked(here, wave, key="bob", email="b@b.example", state=InvitationState.BLOCKED)
    await asked(here, wave, key="cas", email="c@c.example", state=DELIVERED)
    await asked(here, wave, key="dan", email="d@d.example", state=InvitationState.WAITING)

    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens(SLIPS)
        assert person.heading == "Slips for people whom no message reached"
        assert "No message reached 2 people." in person.text
        answer = await person.post(person.sending("Make slips to print (PDF)"))

    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "Ann Lee" in text
    assert "Bob Lee" in text
    assert "Cas Lee" not in text
    assert "Oakfield Primary School" in text
    assert "until the end of 28 May 2026" in text
    async with here.core.database.reading() as connection:
        rows = await connection.execute(
            select(audit.c.details).where(audit.c.action == "invitations.printed")
        )
    assert [row.details for row in rows] == [{"people": 2}]


async def test_a_slip_opens_the_survey_of_its_person(here: Running) -> None:
    ann = await asked(here, await a_wave(here), email=None, state=FAILED)

    (slip,) = await here.core.unreached.make(CAMPAIGN, by=OPERATOR)

    assert slip.token == ann.token
    assert (await here.core.invited.look(slip.token)).invitation.person == ann.person.id


@pytest.mark.parametrize("privacy", [Privacy.CONFIDENTIAL, Privacy.ANONYMOUS])
async def test_a_second_sheet_does_not_tell_who_has_answered(
    here: Running, privacy: Privacy
) -> None:
    """B48."""
    wave = await a_wave(here, privacy=privacy)
    people = [await asked(here, wave, key=key, email=None, state=FAILED) for key in ("ann", "bob")]
    first = await names(here)

    async with here.core.begin() as work:
        await work.invitations.set_state(
            people[0].id, InvitationState.ANSWERED, was={InvitationState.FAILED}
        )
        await work.commit()

    assert await names(here) == first == {"ann", "bob"}


async def test_of_bodies_whoever_has_answered_needs_no_other_slip(here: Running) -> None:
    wave = await a_wave(here, questionnaire="school-service-check", privacy=Privacy.ATTRIBUTED)
    await asked(here, wave, key="ann", email=None, state=FAILED, body="oakfield")
    answered = InvitationState.ANSWERED
    await asked(here, wave, key="bob", email=None, state=answered, body="elmwood")

    assert await names(here) == {"ann"}


async def test_whoever_asked_to_be_left_alone_gets_no_paper_either(here: Running) -> None:
    ann = await asked(here, await a_wave(here), email=None, state=FAILED)
    await here.core.people.opt_out(ann.person.id, by=OPERATOR)

    assert await names(here) == set()
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens(SLIPS)
        assert "There is nobody whom no message reached." in person.text


async def test_when_it_is_over_there_is_nothing_to_print(here: Running) -> None:
    wave = await a_wave(here)
    await asked(here, wave, email=None, state=FAILED)
    here.clock.time = wave.closes_at + timedelta(days=1)

    assert await here.core.unreached.count(CAMPAIGN) == 0


async def test_only_whoever_may_run_campaigns_prints_them(here: Running) -> None:
    await asked(here, await a_wave(here), email=None, state=FAILED)
    for grant, status in (
        (Grant(Role.SURVEY_MANAGER), 200),
        (Grant(Role.SERVICE_MANAGER), 403),
        (replace(ADMINISTRATOR, unit="oakfield"), 403),
    ):
        async with signed_in(here, grant) as person:
            await person.opens(SLIPS)
            assert person.status == status
