"""Conversations in the database: what is left of one that is over."""

from sqlalchemy import select

from survey.db.tables import conversations
from survey.domain.turns import ChooseUnit, Input, Put, ReviewTurn, Skip, Start, Submit, UnitTurn
from survey.services.conversations import Shown
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
