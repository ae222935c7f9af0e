"""People who may join, and their links."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import text

from survey.domain.audit import OPERATOR
from survey.domain.people import Person
from survey.services.joining import PersonalLink
from tests.support.application import Running

BOT_NAME = "tellback_bot"


async def a_person(
    here: Running, name: str = "Ann Lee", *units: str, email: str | None = None
) -> Person:
    """Somebody in these units; in Oakfield where none is named."""
    made = uuid4()
    person = Person(
        id=made,
        key=f"p{made.hex[:8]}",
        name=name,
        units=units or ("oakfield",),
        created_at=here.clock.now(),
        email=email,
    )
    async with here.core.begin() as work:
        await work.people.put([person])
        await work.commit()
    return person


async def kept_person(here: Running, person: UUID) -> Person:
    """The person as they are now."""
    async with here.core.begin.read() as work:
        found = await work.people.get(person)
    assert found is not None
    return found


async def save_person(here: Running, person: Person) -> None:
    async with here.core.begin() as work:
        await work.people.put([person])
        await work.commit()


async def a_link(here: Running, person: Person) -> PersonalLink:
    """A new personal link of theirs."""
    return await here.core.joining.make_for(person.id, by=OPERATOR)


def payload(link: PersonalLink) -> str:
    """What the bot is started with by the link."""
    return link.address.partition("?start=")[2]


async def actions(here: Running) -> Sequence[str]:
    """What the record says was done, in order."""
    async with here.core.database.reading() as connection:
        rows = await connection.execute(text("SELECT action FROM audit ORDER BY number"))
        return [row.action for row in rows]
