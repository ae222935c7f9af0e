"""Conversations in the database: steps from what was seen, and what is left of one that is over."""

import pytest
from sqlalchemy import select

from survey.db.tables import conversations
from survey.domain.turns import (
    ChooseUnit,
    Input,
    Put,
    ReviewTurn,
    Skip,
    Stale,
    Start,
    Submit,
    UnitTurn,
)
from survey.errors import NotFound
from survey.services.shown import Shown
from tests.support.application import Running


async def answer(here: Running, owner: str, *, satisfaction: int) -> Shown:
    """Rate one service and skip the rest; who is not satisfied is asked why."""
    talk = here.core.conversations
    shown = await talk.begin(owner, "service-satisfaction")
    shown = await talk.apply(shown.conversation, Start(), owner=owner)
    while not isinstance(shown.turn, ReviewTurn):
        name = getattr(shown.turn, "name", "")
        input_: Input
        match name:
            case "service":
                input_ = Put(name, "hr")
            case "satisfaction":
                input_ = Put(name, satisfaction)
            case _ if isinstance(shown.turn, UnitTurn):
                input_ = ChooseUnit(await talk.unit("oakfield"))
            case _:
                input_ = Skip(name)
        shown = await talk.apply(shown.conversation, input_, owner=owner)
    return await talk.apply(shown.conversation, Submit(shown.state.revision), owner=owner)


async def test_how_many_steps_it_took_does_not_tell_what_was_answered(here: Running) -> None:
    await here.publish("service-satisfaction")

    asked = await answer(here, "telegram:1:1", satisfaction=1)
    unasked = await answer(here, "telegram:1:2", satisfaction=5)

    async with here.core.database.reading() as connection:
        kept = set(await connection.scalars(select(conversations.c.revision)))
    assert kept == {asked.state.revision} == {unasked.state.revision}


async def test_of_two_who_saw_the_same_the_second_goes_on_from_where_the_first_led(
    here: Running,
) -> None:
    await here.publish("people-pulse")
    talk, owner = here.core.conversations, "telegram:1:1"
    begun = (await talk.begin(owner, "people-pulse")).conversation
    seen = [await talk.resume(begun, owner=owner) for _ in range(2)]

    first = await talk.apply(begun, Start(), owner=owner, seen=seen[0])
    second = await talk.apply(begun, Start(), owner=owner, seen=seen[1])

    assert first.state.revision == seen[0].state.revision + 1
    assert second.state == first.state
    assert second.events == (Stale("answered"),)


async def test_what_one_person_saw_lets_nobody_else_step(here: Running) -> None:
    await here.publish("people-pulse")
    talk = here.core.conversations
    begun = (await talk.begin("telegram:1:1", "people-pulse")).conversation
    seen = await talk.resume(begun, owner="telegram:1:1")

    with pytest.raises(NotFound):
        await talk.apply(begun, Start(), owner="telegram:1:2", seen=seen)
