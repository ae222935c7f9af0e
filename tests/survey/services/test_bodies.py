"""Answers on behalf of a school: handed to a colleague, recalled, given again as they were."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select

from survey.db import tables
from survey.domain.audit import Actor
from survey.domain.counting import Counting
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.turns import (
    Phase,
    Put,
    QuestionTurn,
    ReviewTurn,
    Skip,
    Submit,
)
from survey.domain.waves import Delivery, Invitation, InvitationState, Wave
from survey.errors import AlreadyAnswered, HandedOnOften, NotFound, WaveClosed
from survey.services.bodies import MOST_HAND_ONS, Bodies
from survey.services.shown import Shown
from tests.support.application import Running
from tests.support.asked import Asked, a_wave, asked, invitation_of
from tests.support.bodies import CHECK, given, next_time, to_the_check
from tests.support.sending import Told, a_sender

BROWSER, OTHER = "web:one", "web:two"
ANN = Actor.person


def bodies(here: Running) -> Bodies:
    return here.core.bodies


@pytest.fixture
async def school(here: Running) -> Asked:
    """Oakfield, for which Ann is asked."""
    wave = await a_wave(here, questionnaire=CHECK, privacy=Privacy.ATTRIBUTED)
    return await asked(here, wave, body="oakfield")


async def a_colleague(here: Running, key: str = "bob", unit: str = "oakfield") -> Person:
    ids, now = here.core.ids, here.clock.now()
    person = Person(ids.uuid(), key, f"{key.title()} Cole", (unit,), now)
    async with here.core.begin() as work:
        await work.people.put([person])
        await work.commit()
    return person


async def answered(here: Running, who: Asked, *, satisfaction: int = 4) -> Shown:
    shown = await here.core.invited.open(who.id, owner=BROWSER)
    shown = await to_the_check(here, shown, BROWSER, satisfaction)
    return await here.core.conversations.apply(
        shown.conversation, Submit(shown.state.revision), owner=BROWSER
    )


async def test_a_school_answers_once_and_its_invitation_leads_to_the_answers(
    here: Running, school: Asked
) -> None:
    sent = await answered(here, school)

    assert sent.receipt is not None
    assert await given(here) == [("oakfield", 4)]
    kept = await invitation_of(here, school)
    assert kept.state is InvitationState.ANSWERED
    assert kept.response is not None
    assert (await bodies(here).standing(school.id)).recall


async def test_what_people_answer_for_themselves_is_never_led_to(here: Running) -> None:
    ann = await asked(here, await a_wave(here))
    shown = await here.core.invited.open(ann.id, owner=BROWSER)
    while not isinstance(shown.turn, ReviewTurn):
        assert isinstance(shown.turn, QuestionTurn)
        step = Put("pride", 4) if shown.turn.name == "pride" else Skip(shown.turn.name)
        shown = await here.core.conversations.apply(shown.conversation, step, owner=BROWSER)
    await here.core.conversations.apply(
        shown.conversation, Submit(shown.state.revision), owner=BROWSER
    )

    kept = await invitation_of(here, ann)
    assert (kept.state, kept.response) == (InvitationState.ANSWERED, None)
    with pytest.raises(NotFound):
        await bodies(here).standing(ann.id)


async def test_a_school_that_is_handed_on_is_asked_anew_and_the_answers_so_far_go_along(
    here: Running, school: Asked
) -> None:
    bob = await a_colleague(here)
    begun = await here.core.invited.open(school.id, owner=BROWSER)
    begun = await to_the_check(here, begun, BROWSER, satisfaction=2)

    assert [each.id for each in (await bodies(here).standing(school.id)).colleagues] == [bob.id]
    await bodies(here).hand_on(school.id, bob.id, by=ANN(school.person.id))

    kept = await invitation_of(here, school)
    assert (kept.person, kept.delegated_by) == (bob.id, school.person.id)
    assert kept.state is InvitationState.WAITING
    with pytest.raises(NotFound):
        await here.core.conversations.resume(begun.conversation, owner=BROWSER)
    opened = await here.core.invited.open(school.id, owner=OTHER)
    assert isinstance(opened.turn, ReviewTurn)
    assert opened.state.answers["satisfaction_payroll"] == 2


async def test_whoever_handed_it_on_can_take_it_back(here: Running, school: Asked) -> None:
    bob = await a_colleague(here)
    await bodies(here).hand_on(school.id, bob.id, by=ANN(school.person.id))
    assert (await bodies(here).standing(school.id)).handed_on

    await bodies(here).take_back(school.id, by=ANN(school.person.id))

    kept = await invitation_of(here, school)
    assert (kept.person, kept.delegated_by) == (school.person.id, None)


async def test_it_goes_to_and_fro_between_colleagues_three_times_at_most(
    here: Running, school: Asked
) -> None:
    """Each time somebody is sent a message, whatever else they were sent lately."""
    ann, bob = school.person.id, (await a_colleague(here)).id
    for to in (bob, ann, bob):
        assert (await bodies(here).standing(school.id)).may_hand_on
        await bodies(here).hand_on(school.id, to, by=ANN(ann))

    with pytest.raises(HandedOnOften):
        await bodies(here).hand_on(school.id, ann, by=ANN(bob))

    assert not (await bodies(here).standing(school.id)).may_hand_on
    kept = await invitation_of(here, school)
    assert (kept.person, kept.hand_ons) == (bob, MOST_HAND_ONS)
    await bodies(here).take_back(school.id, by=ANN(ann))
    assert not (await bodies(here).standing(school.id)).may_hand_on
    await answered(here, school)
    await bodies(here).recall(school.id, owner=OTHER, by=ANN(ann))
    assert await given(here) == []


async def test_whoever_gets_it_back_from_a_colleague_has_it_as_their_own(
    here: Running, school: Asked
) -> None:
    ann, bob = school.person.id, (await a_colleague(here)).id
    await bodies(here).hand_on(school.id, bob, by=ANN(ann))

    await bodies(here).hand_on(school.id, ann, by=ANN(bob))

    kept = await invitation_of(here, school)
    assert (kept.person, kept.delegated_by) == (ann, None)


async def test_it_is_handed_to_nobody_of_another_school(here: Running, school: Asked) -> None:
    eve = await a_colleague(here, "eve", "elmwood")

    with pytest.raises(NotFound):
        await bodies(here).hand_on(school.id, eve.id, by=ANN(school.person.id))


async def test_answers_that_are_in_are_not_handed_on(here: Running, school: Asked) -> None:
    bob = await a_colleague(here)
    await answered(here, school)

    with pytest.raises(AlreadyAnswered):
        await bodies(here).hand_on(school.id, bob.id, by=ANN(school.person.id))


async def test_recalled_answers_count_no_more_and_can_be_changed_and_sent_again(
    here: Running, school: Asked
) -> None:
    await answered(here, school, satisfaction=1)

    back = await bodies(here).recall(school.id, owner=OTHER, by=ANN(school.person.id))

    assert isinstance(back.turn, ReviewTurn)
    assert await given(here) == []
    assert await counts(here) == {}
    shown = await here.core.conversations.apply(
        back.conversation, Submit(back.state.revision), owner=OTHER
    )
    assert shown.state.phase is Phase.SENT
    assert await given(here) == [("oakfield", 1)]
    assert await counts(here) == await counted(here)


async def counts(here: Running) -> dict[object, int]:
    async with here.core.database.reading() as connection:
        rows = await connection.execute(select(tables.counts))
        return {tuple(row)[:-1]: row.n for row in rows}


async def counted(here: Running) -> dict[object, int]:
    """What the counts are when they are made anew from the responses."""
    questionnaire = (await here.core.catalogue.get(CHECK)).published.questionnaire
    counting = Counting()
    async with here.core.begin.read(one_state=True) as work:
        async for each in work.responses.all(CHECK):
            counting.add(questionnaire, each)
    return {
        (
            key.questionnaire,
            key.month,
            key.wave,
            key.series,
            key.unit,
            key.service,
            key.dimension,
            key.category,
            key.question,
            key.value,
        ): n
        for key, n in counting.total().items()
    }


async def test_answers_stay_once_the_wave_is_closed(here: Running, school: Asked) -> None:
    await answered(here, school)
    here.clock.advance(timedelta(days=15))

    with pytest.raises(WaveClosed):
        await bodies(here).recall(school.id, owner=OTHER, by=ANN(school.person.id))
    assert await given(here) == [("oakfield", 4)]


async def test_nothing_has_changed_sends_the_answers_of_last_time_in_one_step(
    here: Running, school: Asked
) -> None:
    await answered(here, school, satisfaction=5)
    again = await next_time(here, school)
    last = (await bodies(here).standing(again.id)).last
    assert last is not None
    assert last.number == 1

    sent = await bodies(here).unchanged(again.id, owner=OTHER)

    assert sent.state.phase is Phase.SENT
    assert sent.receipt is not None
    assert await given(here) == [("oakfield", 5), ("oakfield", 5)]
    with pytest.raises(AlreadyAnswered):
        await bodies(here).unchanged(again.id, owner=BROWSER)


async def test_who_never_answered_cannot_say_that_nothing_has_changed(
    here: Running, school: Asked
) -> None:
    again = await next_time(here, school)

    assert (await bodies(here).standing(again.id)).last is None
    with pytest.raises(NotFound):
        await bodies(here).unchanged(again.id, owner=OTHER)


# --- the caps of whoever answers for several ---


async def to_send(here: Running, wave: Wave, body: str, person: Person) -> Invitation:
    """An invitation for a body that waits to be sent."""
    now, ids = here.clock.now(), here.core.ids
    invited = Invitation(ids.uuid(), wave.key, person.id, body, InvitationState.WAITING, body=body)
    message = Delivery(ids.uuid(), wave.key, invited.id, 0, now)
    async with here.core.begin() as work:
        await work.invitations.add([invited], [message], made_on=now.date())
        await work.commit()
    return invited


async def all_sent(here: Running) -> list[UUID]:
    channel = Told()
    sender = a_sender(here.core, channel, clock=here.clock)
    while await sender.send_due():
        pass
    return sorted(each.invitation for each in channel.sent)


async def test_whoever_answers_for_two_schools_is_asked_for_both_at_once(here: Running) -> None:
    """A19 is of surveys of a person: each school is asked, by whomever."""
    wave = await a_wave(here, questionnaire=CHECK, privacy=Privacy.ATTRIBUTED)
    ann = await a_colleague(here, "ann")
    both = [await to_send(here, wave, body, ann) for body in ("oakfield", "riverside")]

    assert await all_sent(here) == sorted(each.id for each in both)


async def test_whoever_was_asked_for_one_school_is_asked_for_the_next_one_later(
    here: Running,
) -> None:
    wave = await a_wave(here, questionnaire=CHECK, privacy=Privacy.ATTRIBUTED)
    ann = await a_colleague(here, "ann")
    first = await to_send(here, wave, "oakfield", ann)
    assert await all_sent(here) == [first.id]
    here.clock.advance(timedelta(days=1))
    second = await to_send(here, wave, "riverside", ann)

    assert await all_sent(here) == [second.id]


async def test_a_colleague_is_asked_whatever_they_were_asked_lately(
    here: Running, school: Asked
) -> None:
    """Else the school could not answer any more: it would be among those not asked."""
    bob = await a_colleague(here)
    async with here.core.begin() as work:
        await work.outbox.may_ask(
            {here.core.ids.uuid(): bob.id}, now=here.clock.now(), apart=timedelta(days=7)
        )
        await work.commit()

    await bodies(here).hand_on(school.id, bob.id, by=ANN(school.person.id))

    assert await all_sent(here) == [school.id]


@contextmanager
def locking(here: Running) -> Iterator[list[str]]:
    """The tables of which rows are locked or changed, in order."""
    engine, found = here.core.database.engine.sync_engine, list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        words = statement.split()
        if words[0] in ("UPDATE", "DELETE"):
            found.append(words[1] if words[0] == "UPDATE" else words[2])
        elif statement.endswith("FOR UPDATE"):
            found.append(words[words.index("FROM") + 1])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_messages_are_locked_before_invitations_as_by_whoever_settles_them(
    here: Running, school: Asked
) -> None:
    """In another order each would wait for the other on PostgreSQL. On SQLite they take turns."""
    if here.core.database.dialect == "sqlite":
        return
    bob = await a_colleague(here)
    later = here.clock.now() + timedelta(hours=1)

    with locking(here) as put_off:
        await here.core.invited.snooze(school.id, until=later)
    with locking(here) as handed_on:
        await bodies(here).hand_on(school.id, bob.id, by=ANN(school.person.id))

    for tables_locked in (put_off, handed_on):
        assert tables_locked.index("deliveries") < tables_locked.index("invitations")
