"""Who planned, launched or changed a campaign, by name."""

from collections.abc import Collection, Mapping

from api.staff.audit_words import WHO
from api.staff.shell import Desk
from survey.domain.language import N_
from survey.domain.named import account_of, named_account


async def names_of_actors(desk: Desk, actors: Collection[str]) -> Mapping[str, str]:
    """How the page calls these actors, as the record names them ("account:ID", "operator")."""
    wanted = {actor for actor in actors if account_of(actor)}
    names = {actor: desk.say(WHO[actor]) for actor in actors if actor in WHO}
    if not wanted:
        return names
    async with desk.app.begin.read() as work:
        accounts = {named_account(each.id): each.name for each in await work.accounts.all()}
    gone = desk.say(N_("an account that is gone"))
    return names | {actor: accounts.get(actor) or gone for actor in wanted}
