"""What somebody does with an invitation: looks, begins, goes on elsewhere, puts off, refuses."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from survey.db.tables import boxes, conversations, deliveries, invitations, participations, sealed
from survey.domain.audit import Actor
from survey.domain.campaign import ChannelName
from survey.domain.questionnaire import Privacy
from survey.domain.records import Channel, Chat, owner_of
from survey.domain.turns import (
    Back,
    ChooseUnit,
    Input,
    NoticeTurn,
    Phase,
    Put,
    QuestionTurn,
    ReviewTurn,
    Skip,
    Start,
    Submit,
    UnitTurn,
)
from survey.domain.waves import HoldReason, InvitationState, WaveState
from survey.errors import AlreadyAnswered, FeedbackError, NotFound, Refused, WaveClosed
from survey.services.invited import Invited
from survey.services.shown import Shown
from tests.support.application import Running
from tests.support.asked import WAVE, Asked, a_wave, asked, invitation_of
from tests.support.joining import actions, kept_person, save_person

PHONE, BROWSER, OTHER = owner_of(1, 7), "web:one", "web:two"


def invited(here: Running) -> Invited:
    return here.core.invited


async def to_the_check(here: Running, shown: Shown, owner: str) -> Shown:
    """Answer the first question and skip the rest."""
    talk = here.core.conversations
    while not isinstance(shown.turn, ReviewTurn):
        input_: Input
        match shown.turn:
            case UnitTurn():
                input_ = ChooseUnit(await talk.unit("oakfield"))
            case QuestionTurn(name="pride" as name):
                input_ = Put(name, 4)
            case QuestionTurn(name=name):
                input_ = Skip(name)
            case _:
                input_ = Start()
        shown = await talk.apply(shown.conversation, input_, owner=owner)
    return shown


async def answers(here: Running, who: Asked, owner: str) -> Shown:
    shown = await to_the_check(here, await invited(here).open(who.token, owner=owner), owner)
    sent = Submit(shown.state.revision)
    return await here.core.conversations.apply(shown.conversation, sent, owner=owner)


async def count(here: Running, table: str) -> int:
    async with here.core.database.reading() as connection:
        return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def over(here: Running, state: WaveState = WaveState.CLOSED) -> None:
    async with here.core.begin() as work:
        await work.waves.set_state(WAVE, state, at=here.clock.now(), was=WaveState.OPEN)
        await work.commit()


# --- looking ---


async def test_looking_says_what_is_asked_in_the_words_of_the_campaign_and_uses_nothing_up(
    here: Running,
) -> None:
    who = await asked(here, await a_wave(here, privacy=Privacy.ANONYMOUS, floor=15))

    offers = [await invited(here).look(who.token) for _ in range(3)]

    offer = offers[0]
    assert offers == [offer] * 3
    assert (offer.notice.title, offer.notice.asked_by) == ("Barnet staff pulse", "People team")
    assert (
        offer.notice.closes_on == offer.closes_on == (here.clock.now() + timedelta(days=14)).date()
    )
    assert (offer.notice.privacy, offer.published.version.floor) == (Privacy.ANONYMOUS, 15)
    assert who.person.name not in repr((offer.plan, offer.notice, offer.published.version))
    assert (await invitation_of(here, who)).state is InvitationState.DELIVERED
    assert await count(here, "conversations") == 0


async def test_b12_every_link_that_leads_nowhere_is_the_same(here: Running) -> None:
    wave = await a_wave(here)
    skipped = await asked(here, wave, key="skipped", state=InvitationState.SKIPPED)
    left = await asked(here, wave, key="left")
    await save_person(here, replace(left.person, ended_at=here.clock.now(), revision=2))
    unknown = here.core.invitation_links.token(uuid4())

    told = set()
    for token in ("", "x" * 43, "x" * 65, "' OR 1=1 --", unknown, skipped.token, left.token):
        with pytest.raises(NotFound) as refused:
            await invited(here).look(token)
        told.add((type(refused.value), str(refused.value)))
    assert len(told) == 1


async def test_b3_what_is_over_or_answered_is_told_to_whoever_has_the_link(here: Running) -> None:
    wave = await a_wave(here)
    ann, bob = await asked(here, wave), await asked(here, wave, key="bob")
    await answers(here, ann, BROWSER)

    here.clock.advance(timedelta(days=14))  # before anybody has closed it
    with pytest.raises(WaveClosed) as closed:
        await invited(here).look(bob.token)
    with pytest.raises(AlreadyAnswered):
        await invited(here).look(ann.token)

    assert closed.value.on == wave.closes_at.date()
    with pytest.raises(WaveClosed):
        await invited(here).open(bob.token, owner=BROWSER)


async def test_a_wave_that_was_stopped_closed_on_the_day_of_its_stopping(here: Running) -> None:
    who = await asked(here, await a_wave(here))
    here.clock.advance(timedelta(days=2))
    await over(here, WaveState.STOPPED)

    with pytest.raises(WaveClosed) as closed:
        await invited(here).look(who.token)

    assert closed.value.on == here.clock.now().date()


async def test_what_somebody_is_invited_to_is_listed_until_it_is_answered(here: Running) -> None:
    who = await asked(here, await a_wave(here))

    before = [each.invitation.id for each in await invited(here).open_to(who.person.id)]
    await answers(here, who, BROWSER)

    assert before == [who.id]
    assert list(await invited(here).open_to(who.person.id)) == []


# --- answering ---


async def test_beginning_leads_past_the_notice_and_an_only_unit_and_says_that_it_is_started(
    here: Running,
) -> None:
    who = await asked(here, await a_wave(here))

    shown = await invited(here).open(who.token, owner=BROWSER)

    assert isinstance(shown.turn, QuestionTurn)
    assert (shown.invitation, shown.wave and shown.wave.key) == (who.id, WAVE)
    assert shown.state.unit is not None
    assert (shown.state.unit.key, shown.state.unit_fixed) == ("oakfield", True)
    assert (await invitation_of(here, who)).state is InvitationState.STARTED


async def test_who_stands_for_several_is_asked_and_offered_those_alone(here: Running) -> None:
    who = await asked(here, await a_wave(here))
    both = replace(who.person, units=("elmwood", "oakfield"), revision=2)
    await save_person(here, both)

    shown = await invited(here).open(who.token, owner=BROWSER)

    assert isinstance(shown.turn, UnitTurn)
    assert [each.key for each in await invited(here).units(who.id)] == ["elmwood", "oakfield"]


async def test_an_anonymous_wave_asks_for_the_unit_like_anybody_else(here: Running) -> None:
    who = await asked(here, await a_wave(here, privacy=Privacy.ANONYMOUS))

    offer = await invited(here).look(who.token)
    shown = await invited(here).open(who.token, owner=BROWSER)

    assert (offer.units, shown.state.unit) == ((), None)
    assert isinstance(shown.turn, UnitTurn)


async def test_a_survey_of_a_fixed_unit_begins_with_that_of_the_invitation(here: Running) -> None:
    wave = await a_wave(here, questionnaire="member-it", privacy=Privacy.ATTRIBUTED)
    who = await asked(here, wave)
    await save_person(here, replace(who.person, units=("elmwood", "oakfield"), revision=2))

    shown = await invited(here).open(who.token, owner=BROWSER)

    assert shown.state.unit is not None
    assert (shown.state.unit.key, shown.state.unit_fixed) == ("oakfield", True)


async def test_a9_an_invited_survey_goes_on_where_it_was_after_days_and_in_another_channel(
    here: Running,
) -> None:
    who = await asked(here, await a_wave(here))
    begun = await invited(here).open(who.id, owner=PHONE)
    talk = here.core.conversations
    before = await talk.apply(begun.conversation, Put("pride", 4), owner=PHONE)
    here.clock.advance(timedelta(days=13))

    moved = await invited(here).open(who.token, owner=BROWSER)
    again = await invited(here).open(who.token, owner=BROWSER)

    assert moved.turn == before.turn == again.turn
    assert moved.state.answers == {"pride": 4}
    assert await count(here, "conversations") == 1
    with pytest.raises(NotFound):
        await talk.resume(begun.conversation, owner=PHONE)


async def test_what_was_taken_to_the_web_comes_back_with_its_invitation(here: Running) -> None:
    who = await asked(here, await a_wave(here))
    begun = await invited(here).open(who.id, owner=PHONE)
    hand = here.core.handovers
    token = await hand.offer(begun.conversation, owner=PHONE, to=Channel.WEB)
    await hand.take(token, to=Channel.WEB, owner=BROWSER)
    on_the_web = await here.core.conversations.resume(begun.conversation, owner=BROWSER)

    away = await hand.away(PHONE, ("people-pulse",), channel=Channel.CHAT, invited=True)
    assert await hand.away(PHONE, ("people-pulse",), channel=Channel.CHAT) is None
    assert away is not None
    await hand.take_back(PHONE, "people-pulse", channel=Channel.CHAT, wave=away.wave)
    back = await here.core.conversations.resume(begun.conversation, owner=PHONE)

    assert (on_the_web.invitation, back.invitation) == (who.id, who.id)
    assert back.wave is not None
    await to_the_check(here, back, PHONE)


async def test_what_was_begun_by_the_open_link_stays_beside_an_invitation(here: Running) -> None:
    who = await asked(here, await a_wave(here, open_link=True))
    talk = here.core.conversations
    by_link = await talk.begin(PHONE, "people-pulse")

    by_invitation = await invited(here).open(who.id, owner=PHONE)
    moved = await invited(here).open(who.id, owner=BROWSER)
    on = await talk.begin(PHONE, "people-pulse")

    assert by_invitation.conversation == moved.conversation != by_link.conversation
    assert on.conversation == by_link.conversation


async def test_answers_go_into_the_box_of_the_wave_by_its_month_floor_and_privacy(
    here: Running,
) -> None:
    month = date(2026, 4, 1)  # it opened late in it
    wave = await a_wave(here, privacy=Privacy.ANONYMOUS, floor=12, month=month)
    who = await asked(here, wave)

    await answers(here, who, BROWSER)

    async with here.core.database.reading() as connection:
        (box,) = await connection.execute(select(boxes))
        (part,) = await connection.execute(select(participations))
    assert (box.wave, box.month, box.floor, box.privacy) == (WAVE, month, 12, "anonymous")
    assert (part.wave, part.month) == (WAVE, month)


async def test_who_answered_is_noted_without_a_time_and_with_nothing_that_leads_to_the_answers(
    here: Running,
) -> None:
    """A36: what changes in an invitation with the answer is its state and its channel."""
    who = await asked(here, await a_wave(here))
    shown = await to_the_check(here, await invited(here).open(who.id, owner=PHONE), PHONE)
    async with here.core.database.reading() as connection:
        before = (await connection.execute(select(invitations))).one()._asdict()

    sent = Submit(shown.state.revision)
    here.clock.advance(timedelta(minutes=3))
    await here.core.conversations.apply(shown.conversation, sent, owner=PHONE)

    async with here.core.database.reading() as connection:
        after = (await connection.execute(select(invitations))).one()._asdict()
        (blob,) = await connection.execute(select(sealed))
    changed = {name: value for name, value in after.items() if before[name] != value}
    assert changed == {"state": "answered", "mode": "chat"}
    assert after["response"] is None
    assert not {str(value) for value in after.values()} & {str(blob.id), str(blob.box)}


async def test_a30_fifty_at_once_who_send_the_answer_to_one_invitation_are_counted_once(
    here: Running,
) -> None:
    """A34 too: the link opened by many, each with a copy of the same conversation."""
    who = await asked(here, await a_wave(here))
    shown = await to_the_check(here, await invited(here).open(who.token, owner=BROWSER), BROWSER)
    send = Submit(shown.state.revision)
    talk = here.core.conversations

    told = await asyncio.gather(
        *(talk.apply(shown.conversation, send, owner=BROWSER) for _ in range(50))
    )

    assert len({each.receipt for each in told}) == 1
    assert all(each.state.phase is Phase.SENT for each in told)
    assert (await count(here, "sealed"), await count(here, "receipts")) == (1, 1)


async def test_a34_fifty_who_open_one_link_at_once_have_one_conversation_and_one_answer(
    here: Running,
) -> None:
    who = await asked(here, await a_wave(here))

    async def tries(number: int) -> Shown | FeedbackError:
        owner = f"web:{number}"
        try:
            return await answers(here, who, owner)
        except FeedbackError as refused:
            return refused

    told = await asyncio.gather(*map(tries, range(50)))

    sent = [each for each in told if isinstance(each, Shown)]
    assert len({each.conversation for each in sent}) <= 1
    assert await count(here, "conversations") == 1
    if not sent:  # each took it from the one before
        await answers(here, who, BROWSER)
    assert (await count(here, "sealed"), await count(here, "participations")) == (1, 1)


async def test_b24_two_conversations_of_one_invitation_give_one_answer(here: Running) -> None:
    """Should there ever be two, the transaction that takes the first refuses the second."""
    who = await asked(here, await a_wave(here))
    first = await to_the_check(here, await invited(here).open(who.id, owner=PHONE), PHONE)
    async with here.core.begin() as work:
        row = await work.conversations.get(first.conversation)
        assert row is not None
        await work.conversations.add(replace(row, id=uuid4(), owner=OTHER))
        second = await work.conversations.current(OTHER)
        await work.commit()
    assert second is not None
    talk, send = here.core.conversations, Submit(first.state.revision)

    told = await asyncio.gather(
        talk.apply(first.conversation, send, owner=PHONE),
        talk.apply(second.id, send, owner=OTHER),
        return_exceptions=True,
    )

    assert sorted(type(each).__name__ for each in told) == ["AlreadyAnswered", "Shown"]
    assert (await count(here, "sealed"), await count(here, "receipts")) == (1, 1)


async def test_an_answer_that_comes_when_the_wave_has_closed_is_refused_with_its_day(
    here: Running,
) -> None:
    who = await asked(here, await a_wave(here))
    shown = await to_the_check(here, await invited(here).open(who.id, owner=PHONE), PHONE)
    await over(here)

    with pytest.raises(WaveClosed) as closed:
        await here.core.conversations.apply(
            shown.conversation, Submit(shown.state.revision), owner=PHONE
        )

    assert closed.value.on == here.clock.now().date()
    assert await count(here, "sealed") == 0


async def test_a_paused_wave_takes_answers(here: Running) -> None:
    who = await asked(here, await a_wave(here, state=WaveState.PAUSED))

    sent = await answers(here, who, BROWSER)

    assert sent.receipt is not None


# --- not answering ---


async def test_refusing_ends_the_reminders_and_answering_stays_possible(here: Running) -> None:
    who = await asked(here, await a_wave(here))

    await invited(here).refuse(who.id, by=Actor.person(who.person.id))
    await invited(here).refuse(who.id, by=Actor.person(who.person.id))

    now = await invitation_of(here, who)
    assert now.state is InvitationState.REFUSED
    assert not now.state.may_be_reminded
    assert (await actions(here)).count("invitation.refused") == 1
    assert (await kept_person(here, who.person.id)).opted_out_at is None
    await answers(here, who, BROWSER)


async def test_putting_off_sends_the_newest_message_once_more_then(here: Running) -> None:
    who = await asked(here, await a_wave(here))
    async with here.core.database.writing() as connection:
        await connection.execute(text("UPDATE deliveries SET outcome = 'sent', attempts = 1"))
        await connection.commit()
    at = here.clock.now() + timedelta(hours=1)

    assert await invited(here).snooze(who.id, until=at)

    now = await invitation_of(here, who)
    assert (now.state, now.reason) == (InvitationState.HELD, HoldReason.SNOOZED)
    assert now.snoozed_until == at
    async with here.core.database.reading() as connection:
        (message,) = await connection.execute(select(deliveries))
    assert (message.due_at, message.hold, message.settled_at) == (at, "snoozed", None)
    assert (message.outcome, message.begun_at, message.leased_until) == (None, None, None)


async def test_nothing_is_put_off_past_the_end(here: Running) -> None:
    wave = await a_wave(here)
    who = await asked(here, wave)

    assert not await invited(here).snooze(who.id, until=wave.closes_at)

    assert (await invitation_of(here, who)).state is InvitationState.DELIVERED


async def test_beginning_what_was_put_off_is_beginning(here: Running) -> None:
    who = await asked(here, await a_wave(here))
    begun = await invited(here).open(who.id, owner=PHONE)
    await invited(here).snooze(who.id, until=here.clock.now() + timedelta(hours=1))

    on = await invited(here).open(who.id, owner=PHONE)

    assert on.conversation == begun.conversation
    now = await invitation_of(here, who)
    assert (now.state, now.reason) == (InvitationState.STARTED, None)


async def test_stopping_turns_all_surveys_off_and_refuses_what_is_open(here: Running) -> None:
    who = await asked(here, await a_wave(here))

    await invited(here).stop(who.id, by=Actor.person(who.person.id))

    assert (await invitation_of(here, who)).state is InvitationState.REFUSED
    assert (await kept_person(here, who.person.id)).opted_out_at is not None


async def test_a_look_makes_what_was_delivered_opened_and_nothing_else(here: Running) -> None:
    wave = await a_wave(here)
    who = await asked(here, wave)
    began = await asked(here, wave, key="bob", state=InvitationState.STARTED)

    for each in (who, began):
        await invited(here).mark_opened(each.id)

    assert (await invitation_of(here, who)).state is InvitationState.OPENED
    assert (await invitation_of(here, began)).state is InvitationState.STARTED


# --- whose it is ---


@pytest.mark.parametrize("by_link", [True, False])
async def test_a_chat_acts_for_whoever_has_joined_in_it(here: Running, by_link: bool) -> None:
    who = await asked(here, await a_wave(here), channel=ChannelName.CHAT)
    joined = await join(here, who, user=7)

    await invited(here).require_theirs(who.id, joined, by_link=by_link)
    assert joined.person == who.person.id


async def test_a_link_that_was_passed_on_to_somebody_elses_chat_is_refused(here: Running) -> None:
    wave = await a_wave(here)
    ann, bob = await asked(here, wave), await asked(here, wave, key="bob")
    await join(here, ann, user=7)
    bobs = await join(here, bob, user=8)

    for chat in (bobs, Chat(1, 9)):  # bob's, and one that nobody has joined
        with pytest.raises(Refused):
            await invited(here).require_theirs(ann.id, chat, by_link=True)


async def test_who_has_no_chat_may_answer_by_their_link_where_nobody_has_joined(
    here: Running,
) -> None:
    who = await asked(here, await a_wave(here))
    nobodys = Chat(1, 9)

    await invited(here).require_theirs(who.id, nobodys, by_link=True)
    with pytest.raises(Refused):  # b7: an id alone, as in a forged button, opens nothing
        await invited(here).require_theirs(who.id, nobodys, by_link=False)
    await invited(here).open(who.token, owner=nobodys.owner)

    await invited(here).require_theirs(who.id, nobodys, by_link=False)
    async with here.core.begin.read() as work:
        assert await work.chats.of_person(who.person.id) == []


async def join(here: Running, who: Asked, *, user: int) -> Chat:
    async with here.core.begin() as work:
        await work.chats.put(Chat(1, user))
        await work.chats.link(1, user, who.person.id)
        chat = await work.chats.get(1, user)
        await work.commit()
    assert chat is not None
    return chat


async def test_the_notice_that_somebody_goes_back_to_is_that_of_the_campaign(here: Running) -> None:
    wave = await a_wave(here, privacy=Privacy.ANONYMOUS)
    who = await asked(here, wave)
    shown = await invited(here).open(who.id, owner=PHONE)
    talk = here.core.conversations

    back = await talk.apply(shown.conversation, Back(), owner=PHONE)
    again = await talk.resume(shown.conversation, owner=PHONE)

    assert isinstance(back.turn, NoticeTurn)
    assert back.turn == again.turn == (await invited(here).look(who.token)).notice
    assert back.turn.privacy == "anonymous"


async def test_a_conversation_that_cannot_be_read_any_more_is_begun_anew(here: Running) -> None:
    who = await asked(here, await a_wave(here))
    await invited(here).open(who.id, owner=PHONE)
    async with here.core.database.writing() as connection:
        await connection.execute(conversations.update().values(draft_key="draft-1999-01"))
        await connection.commit()

    for owner in (PHONE, BROWSER):
        shown = await invited(here).open(who.id, owner=owner)
        assert isinstance(shown.turn, QuestionTurn)
    assert await count(here, "conversations") == 1
