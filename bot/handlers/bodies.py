"""What whoever answers for a school or department does beside answering: see `survey.services`."""

from typing import Final
from uuid import UUID

from bot import bodies as pages
from bot.callbacks import Asked, InvitationPress
from bot.talk import Talk
from survey.domain.audit import Actor, ActorKind
from survey.errors import HandedOnOften, NotFound

FOR_A_BODY: Final = frozenset(
    {Asked.SAME, Asked.HAND_ON, Asked.GIVE, Asked.TAKE_BACK, Asked.RECALL}
)


async def press(
    pressed: InvitationPress, invitation: UUID, talk: Talk, message: int | None
) -> None:
    """Raises: NotFound, AlreadyAnswered, WaveClosed; Refused, where it is not theirs."""
    use, say, known_by = talk.core.bodies, talk.say, pressed.invitation
    standing = await use.standing(invitation)
    body, by = standing.body.name, _actor(talk)
    match pressed.action:
        case Asked.SAME:
            shown = await talk.give_again(invitation)
            await talk.show(shown, at=message)
            return
        case Asked.RECALL if not standing.recall:
            view = pages.nothing_to_recall(say)
        case Asked.RECALL:
            shown = await use.recall(invitation, owner=talk.owner, by=by)
            await talk.show(shown, at=message)
            return
        case Asked.GIVE:
            chosen = [
                each for each in standing.colleagues if pages.begins(each.id) == pressed.choice
            ]
            if len(chosen) != 1:
                raise NotFound("person")
            try:
                await use.hand_on(invitation, chosen[0].id, by=by)
            except HandedOnOften:
                view = pages.handed_on_often(say, known_by)
            else:
                view = pages.handed_on(say, chosen[0].name, body, known_by)
        case Asked.TAKE_BACK:
            await use.take_back(invitation, by=by)
            view = pages.taken_back(say, body)
        case _ if not standing.may_hand_on:
            view = pages.handed_on_often(say, known_by)
        case _:
            view = pages.colleagues(say, body, standing.colleagues, known_by)
    await talk.tell(view, instead_of=message)


def _actor(talk: Talk) -> Actor:
    """Whoever joined in the chat; who came by a link alone is known by nothing else."""
    return Actor.person(talk.chat.person) if talk.chat.person else Actor(ActorKind.PERSON)
