"""Personal links and who is who in chat, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from survey.domain.audit import OPERATOR
from survey.domain.joining import digest, from_link, from_print
from survey.domain.people import Person
from survey.domain.records import Chat, Unit
from survey.domain.turns import ChooseUnit, Skip, Start, Submit, UnitCandidate
from survey.errors import AlreadyAnswered, CannotStart, NotFound, TooManyTries
from survey.services.joining import WRONG, WRONG_OF_ALL
from tests.support.application import Running, running
from tests.support.joining import (
    BOT_NAME,
    a_link,
    a_person,
    actions,
    kept_person,
    payload,
    save_person,
)
from tests.support.signing import Postbox

BOT, ANNS, BENS = 1, 7, 8
NOBODY = bytes(16)


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database_url, tmp_path, bot_username=BOT_NAME) as application:
        yield application


async def joins(here: Running, person: Person, user: int = ANNS) -> None:
    link = await a_link(here, person)
    await here.core.joining.join(link.secret, bot=BOT, user=user)


async def chat(here: Running, user: int = ANNS) -> Chat | None:
    async with here.core.begin.read() as work:
        return await work.chats.get(BOT, user)


async def person_of(here: Running, user: int = ANNS) -> UUID | None:
    found = await chat(here, user)
    return found.person if found else None


# --- making links ---


async def test_a_unit_s_links_are_one_for_each_who_may_be_asked_in_it_or_below(
    here: Running,
) -> None:
    ann = await a_person(here, "Ann Lee", "oakfield")
    ben = await a_person(here, "Ben Ash", "elmwood", "adult-social-care")
    await a_person(here, "Cai Rhys", "adult-social-care")
    gone = await a_person(here, "Dee Gone")
    quiet = await a_person(here, "Eve Quiet")
    await save_person(here, replace(gone, ended_at=here.clock.now()))
    await save_person(here, replace(quiet, opted_out_at=here.clock.now()))

    made = await here.core.joining.make("schools", by=OPERATOR)

    assert [(each.person.id, [unit.key for unit in each.units]) for each in made] == [
        (ann.id, ["oakfield"]),
        (ben.id, ["elmwood"]),
    ]
    assert len({each.secret for each in made}) == 2
    assert await actions(here) == ["joins.made"]


async def test_a_link_carries_128_bits_to_tap_and_to_type_and_only_their_hash_is_kept(
    here: Running,
) -> None:
    link = await a_link(here, await a_person(here))
    assert link.address.startswith("https://t.me/tellback_bot?start=j_")
    assert len(payload(link)) == 24
    assert from_link(payload(link)[2:]) == link.secret == from_print(link.code)
    assert link.expires_at - here.clock.now() == timedelta(days=14)
    async with here.core.database.reading() as connection:
        [kept] = await connection.execute(text("SELECT digest FROM joins"))
    assert kept.digest == digest(link.secret)


async def test_more_people_than_are_read_at_once_each_get_a_link(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("survey.services.joining._AT_ONCE", 2)
    for number in range(5):
        await a_person(here, f"Person {number}")
    made = await here.core.joining.make("oakfield", by=OPERATOR)
    assert [each.person.name for each in made] == [f"Person {number}" for number in range(5)]


async def test_no_link_is_made_for_who_is_not_there_or_wants_none(here: Running) -> None:
    quiet = await a_person(here)
    await here.core.people.opt_out(quiet.id, by=OPERATOR)
    for person in (quiet.id, uuid4()):
        with pytest.raises(NotFound):
            await here.core.joining.make_for(person, by=OPERATOR)
    with pytest.raises(NotFound, match="nowhere"):
        await here.core.joining.make("nowhere", by=OPERATOR)


async def test_without_a_bot_there_is_nothing_to_join(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path) as here:
        ann = await a_person(here)
        assert not here.core.joining.possible
        with pytest.raises(CannotStart, match="TELLBACK_BOT_USERNAME"):
            await here.core.joining.make_for(ann.id, by=OPERATOR)


# --- joining ---


async def test_looking_uses_nothing_up_and_joining_uses_all_links_of_the_person_up(
    here: Running,
) -> None:
    ann = await a_person(here, "Ann Lee", "oakfield", "elmwood")
    link, other = await a_link(here, ann), await a_link(here, ann)
    for _ in range(3):
        offered = await here.core.joining.look(link.secret, bot=BOT, user=ANNS)
    assert (offered.member.person, offered.organisation) == (ann, "Barnet Council")
    assert [unit.name for unit in offered.member.units] == [
        "Oakfield Primary School",
        "Elmwood School",
    ]

    joined = await here.core.joining.join(link.secret, bot=BOT, user=ANNS)

    assert joined.person == ann
    assert await person_of(here) == ann.id
    for used in (link, other):
        with pytest.raises(NotFound):
            await here.core.joining.join(used.secret, bot=BOT, user=BENS)
    assert await actions(here) == ["joins.made", "joins.made", "person.joined"]


async def test_a34_of_fifty_who_use_a_link_at_once_one_is_joined(here: Running) -> None:
    link = await a_link(here, await a_person(here))

    async def use(user: int) -> bool:
        try:
            await here.core.joining.join(link.secret, bot=BOT, user=user)
        except NotFound:
            return False
        return True

    used = await asyncio.gather(*(use(user) for user in range(1, 51)))
    assert sum(used) == 1
    assert [await person_of(here, user) is not None for user in range(1, 51)] == used


async def test_a_link_works_for_fourteen_days(here: Running) -> None:
    link = await a_link(here, await a_person(here))
    here.clock.advance(timedelta(days=14) - timedelta(seconds=1))
    await here.core.joining.look(link.secret, bot=BOT, user=ANNS)
    here.clock.advance(timedelta(seconds=1))
    with pytest.raises(NotFound):
        await here.core.joining.look(link.secret, bot=BOT, user=ANNS)
    with pytest.raises(NotFound):
        await here.core.joining.join(link.secret, bot=BOT, user=ANNS)


async def test_the_link_of_somebody_who_left_leads_nowhere(here: Running) -> None:
    ann = await a_person(here)
    link = await a_link(here, ann)
    await save_person(here, replace(ann, ended_at=here.clock.now()))
    with pytest.raises(NotFound):
        await here.core.joining.look(link.secret, bot=BOT, user=ANNS)
    with pytest.raises(NotFound):
        await here.core.joining.join(link.secret, bot=BOT, user=ANNS)
    assert await person_of(here) is None


async def test_b18_a_new_code_on_another_telephone_ends_the_old_link(here: Running) -> None:
    ann = await a_person(here)
    await joins(here, ann, ANNS)
    await joins(here, ann, BENS)
    assert [await person_of(here, user) for user in (ANNS, BENS)] == [None, ann.id]


async def test_b18_a_telegram_account_is_one_person_at_a_time(here: Running) -> None:
    ann, ben = await a_person(here, "Ann Lee"), await a_person(here, "Ben Ash")
    await joins(here, ann)
    link = await a_link(here, ben)
    offered = await here.core.joining.look(link.secret, bot=BOT, user=ANNS)
    assert offered.instead_of == ann
    await here.core.joining.join(link.secret, bot=BOT, user=ANNS)
    assert await person_of(here) == ben.id
    own = await a_link(here, ben)
    assert (await here.core.joining.look(own.secret, bot=BOT, user=ANNS)).instead_of is None


async def test_who_takes_a_chat_over_finds_nothing_of_who_was_there(here: Running) -> None:
    await here.publish("people-pulse")
    await joins(here, await a_person(here, "Ann Lee"))
    owner = Chat(BOT, ANNS).owner
    begun = await here.core.conversations.begin(owner, "people-pulse")
    await joins(here, await a_person(here, "Ben Ash"))
    with pytest.raises(NotFound):
        await here.core.conversations.resume(begun.conversation, owner=owner)


async def test_to_join_again_as_oneself_keeps_what_was_begun(here: Running) -> None:
    await here.publish("people-pulse")
    owner = Chat(BOT, ANNS).owner
    begun = await here.core.conversations.begin(owner, "people-pulse")
    ann = await a_person(here)
    await joins(here, ann)
    await joins(here, ann)
    assert await here.core.conversations.resume(begun.conversation, owner=owner)


async def test_what_is_chosen_in_a_chat_does_not_bring_an_ended_link_back(here: Running) -> None:
    ann = await a_person(here)
    await joins(here, ann, ANNS)
    seen = await chat(here, ANNS)
    assert seen
    await joins(here, ann, BENS)
    async with here.core.begin() as work:
        await work.chats.put(replace(seen, language="cy"))
        await work.commit()
    assert await chat(here, ANNS) == Chat(BOT, ANNS, language="cy")


# --- answering twice ---


async def test_nobody_can_answer_twice_by_joining_or_leaving(here: Running) -> None:
    await here.publish("people-pulse")
    chat_of_ann = Chat(BOT, ANNS)
    begun = await here.core.conversations.begin(chat_of_ann.owner, "people-pulse")
    questions = begun.published.questionnaire.questions
    sent = await here.core.conversations.apply(
        begun.conversation,
        Start(),
        ChooseUnit(UnitCandidate("oakfield", "Oakfield Primary School")),
        *(Skip(question.name) for question in questions),
        Submit(),
        owner=chat_of_ann.owner,
    )
    assert sent.receipt
    await joins(here, await a_person(here))
    with pytest.raises(AlreadyAnswered):
        await here.core.conversations.begin(chat_of_ann.owner, "people-pulse")
    await joins(here, await a_person(here, "Ben Ash"))
    with pytest.raises(AlreadyAnswered):
        await here.core.conversations.begin(chat_of_ann.owner, "people-pulse")
    await here.core.joining.leave(bot=BOT, user=ANNS)
    with pytest.raises(AlreadyAnswered):
        await here.core.conversations.begin(chat_of_ann.owner, "people-pulse")


async def send(here: Running, owner: str, person: Person | None) -> None:
    talk = here.core.conversations
    begun = await talk.begin(owner, "people-pulse", person=person.id if person else None)
    questions = begun.published.questionnaire.questions
    await talk.apply(
        begun.conversation,
        Start(),
        ChooseUnit(UnitCandidate("oakfield", "Oakfield Primary School")),
        *(Skip(question.name) for question in questions),
        Submit(),
        owner=owner,
    )


async def test_two_chats_of_one_person_are_one_participant_and_two_people_in_one_chat_two(
    here: Running,
) -> None:
    await here.publish("people-pulse")
    ann, ben = await a_person(here), await a_person(here, "Ben Ash")
    anns, bens = Chat(BOT, ANNS).owner, Chat(BOT, BENS).owner
    await joins(here, ann)
    await send(here, anns, ann)

    await joins(here, ann, BENS)  # on another telephone
    with pytest.raises(AlreadyAnswered):
        await send(here, bens, ann)
    with pytest.raises(AlreadyAnswered):  # and the first one is a chat that nobody has joined
        await send(here, anns, None)

    await joins(here, ben, BENS)  # whoever has the telephone now
    await send(here, bens, ben)


async def test_who_leaves_the_chat_has_answered_there_as_well(here: Running) -> None:
    await here.publish("people-pulse")
    ann = await a_person(here)
    await joins(here, ann)
    await send(here, Chat(BOT, ANNS).owner, ann)

    await here.core.joining.leave(bot=BOT, user=ANNS)

    with pytest.raises(AlreadyAnswered):
        await send(here, Chat(BOT, ANNS).owner, None)


async def test_what_was_begun_by_one_participant_twice_is_sent_once(here: Running) -> None:
    """A30: decided in the transaction that takes the answers, not when they are begun."""
    await here.publish("people-pulse")
    ann = await a_person(here)
    owners = [Chat(BOT, user).owner for user in range(50)]
    talk = here.core.conversations
    begun = [await talk.begin(owner, "people-pulse", person=ann.id) for owner in owners]
    questions = begun[0].published.questionnaire.questions

    told = await asyncio.gather(
        *(
            talk.apply(
                each.conversation,
                Start(),
                ChooseUnit(UnitCandidate("oakfield", "Oakfield Primary School")),
                *(Skip(question.name) for question in questions),
                Submit(),
                owner=owner,
            )
            for each, owner in zip(begun, owners, strict=True)
        ),
        return_exceptions=True,
    )

    refused = [each for each in told if isinstance(each, AlreadyAnswered)]
    assert len(refused) == len(told) - 1
    async with here.core.database.reading() as connection:
        for table in ("sealed", "receipts", "participations"):
            counted = await connection.execute(text(f"SELECT count(*) FROM {table}"))
            assert counted.scalar_one() == 1, table


# --- leaving, and wishes ---


async def test_leaving_forgets_who_it_is_and_what_was_begun_but_not_the_wish_to_be_left_alone(
    here: Running,
) -> None:
    await here.publish("people-pulse")
    ann = await a_person(here)
    await joins(here, ann)
    owner = Chat(BOT, ANNS).owner
    begun = await here.core.conversations.begin(owner, "people-pulse")
    async with here.core.begin() as work:
        await work.chats.put(Chat(BOT, ANNS, language="cy", unit="oakfield", stopped=True))
        await work.commit()

    await here.core.joining.leave(bot=BOT, user=ANNS)

    assert await chat(here) == Chat(BOT, ANNS, stopped=True)
    with pytest.raises(NotFound):
        await here.core.conversations.resume(begun.conversation, owner=owner)
    assert await kept_person(here, ann.id) == ann
    assert (await actions(here))[-1] == "person.left"


async def test_who_joins_wants_to_be_asked(here: Running) -> None:
    ann = await a_person(here)
    link = await a_link(here, ann)
    await here.core.people.opt_out(ann.id, by=OPERATOR)
    await here.core.joining.join(link.secret, bot=BOT, user=ANNS)
    assert (await kept_person(here, ann.id)).may_be_asked


async def test_somebody_stands_for_units_that_are_part_of_the_body(here: Running) -> None:
    ann = await a_person(here, "Ann Lee", "elmwood", "oakfield")
    async with here.core.begin() as work:
        await work.organisation.put_units(
            [Unit("elmwood", "Elmwood School", "school", "schools", here.clock.now())]
        )
        await work.commit()
    member = await here.core.joining.who(ann.id)
    assert member
    assert [unit.key for unit in member.units] == ["oakfield"]
    await save_person(here, replace(ann, ended_at=here.clock.now()))
    assert await here.core.joining.who(ann.id) is None
    assert await here.core.joining.who(uuid4()) is None


# --- guesses ---


async def test_a34_after_ten_wrong_codes_a_chat_is_locked_for_a_quarter_of_an_hour(
    here: Running,
) -> None:
    link = await a_link(here, await a_person(here))
    for _ in range(WRONG.most):
        with pytest.raises(NotFound):
            await here.core.joining.look(NOBODY, bot=BOT, user=ANNS)
    for use in (here.core.joining.look, here.core.joining.join):
        with pytest.raises(TooManyTries):
            await use(link.secret, bot=BOT, user=ANNS)
    assert await here.core.joining.look(link.secret, bot=BOT, user=BENS)
    here.clock.advance(timedelta(minutes=15))
    assert await here.core.joining.look(link.secret, bot=BOT, user=ANNS)


async def test_a34_two_thousand_guesses_of_many_telephones_hit_nothing_and_are_locked(
    here: Running,
) -> None:
    link = await a_link(here, await a_person(here))
    locked = 0
    for guess in range(2_000):
        try:
            await here.core.joining.look(token_bytes(16), bot=BOT, user=1_000 + guess // 9)
        except NotFound:
            continue
        except TooManyTries:
            locked += 1
    assert locked == 2_000 - WRONG_OF_ALL.most
    with pytest.raises(TooManyTries):
        await here.core.joining.look(link.secret, bot=BOT, user=ANNS)


# --- by e-mail ---


async def test_a_letter_brings_a_link_that_is_made_when_it_is_sent(
    database_url: str, tmp_path: Path
) -> None:
    postbox = Postbox()
    async with running(database_url, tmp_path, bot_username=BOT_NAME, mailer=postbox) as here:
        ann = await a_person(here, "Ann Lee", email="ann@oakfield.example")
        await here.core.joining.send_link(ann.id, by=OPERATOR)
        async with here.core.database.reading() as connection:
            assert not (await connection.execute(text("SELECT 1 FROM joins"))).all()
        assert await here.core.letters.send_due() == 1
        [letter] = postbox.sent
        assert letter.to == "ann@oakfield.example"
        assert letter.words.subject == "Join the chat of Barnet Council"
        token = letter.words.text.partition("?start=j_")[2].split()[0]
        code = letter.words.text.partition("send this code: ")[2].split()[0]
        secret = from_link(token)
        assert isinstance(secret, bytes)
        assert from_print(code) == secret
        joined = await here.core.joining.join(secret, bot=BOT, user=ANNS)
        assert joined.person == ann
        assert await actions(here) == ["joins.sent", "person.joined"]


async def test_nobody_is_written_to_who_wants_no_messages_by_the_time_it_is_sent(
    database_url: str, tmp_path: Path
) -> None:
    postbox = Postbox()
    async with running(database_url, tmp_path, bot_username=BOT_NAME, mailer=postbox) as here:
        ann = await a_person(here, "Ann Lee", email="ann@oakfield.example")
        await here.core.joining.send_link(ann.id, by=OPERATOR)
        await here.core.people.opt_out(ann.id, by=OPERATOR)
        assert await here.core.letters.send_due() == 0
        assert not postbox.sent
        for nobody in (ann.id, uuid4(), (await a_person(here, "No Address")).id):
            with pytest.raises(NotFound):
                await here.core.joining.send_link(nobody, by=OPERATOR)
