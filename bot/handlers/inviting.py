"""Invitations in a chat: opened by a link or from the list, begun, put off, refused.

Every handler asks whose the invitation is before it says anything about it.
"""

from dataclasses import replace
from uuid import UUID

from bot import inviting as pages
from bot.bodies import recalling
from bot.callbacks import Asked, InvitationPress
from bot.handlers import bodies
from bot.handlers.entering import come_back
from bot.joining import too_many_tries
from bot.markup import View
from bot.pages import no_such_link, paragraphs
from bot.sentences import Sentences
from bot.talk import Talk
from survey.domain.audit import Actor
from survey.domain.inviting import until
from survey.errors import AlreadyAnswered, NotFound, Refused, TooManyTries, WaveClosed
from survey.services.links import INVITATION


async def start(payload: str, talk: Talk) -> bool:
    """Answer a link to an invitation; False where it is none."""
    if not payload.startswith(INVITATION):
        return False
    token = payload.removeprefix(INVITATION)
    try:
        await show(token, talk, at=None)
    except NotFound:
        await talk.tell(no_such_link(talk.say))
    except TooManyTries as locked:
        await talk.tell(too_many_tries(talk.say, locked.seconds))
    return True


async def show(known_by: UUID | str, talk: Talk, *, at: int | None) -> None:
    """What is asked, before it is begun; nothing is used up. Raises: NotFound, TooManyTries."""
    core = talk.core
    try:
        invitation = await _theirs(known_by, talk)
        offer = await core.invited.look_by_id(invitation, language=talk.chat.language)
    except (Refused, AlreadyAnswered, WaveClosed) as refusal:
        await talk.tell(paragraphs(*_why_not(refusal, talk.say)), instead_of=at)
        return
    await core.invited.mark_opened(invitation)
    asking = offer.asking(core.invitation_links.token(invitation))
    organisation = core.settings.organisation
    view = pages.invitation(talk.say, asking, organisation=organisation, known_by=known_by)
    await talk.tell(view, instead_of=at)


async def press(pressed: InvitationPress, talk: Talk, message: int | None) -> str:
    """Do what a button below an invitation asks; what is said besides, mostly nothing.

    Raises: NotFound.
    """
    try:
        taking_back = pressed.action is Asked.TAKE_BACK
        invitation = await _theirs(pressed.invitation, talk, handed_on=taking_back)
        if pressed.action is Asked.START:
            shown = await talk.open_invitation(invitation)
            await come_back(talk, shown, at=message)
        elif pressed.action is Asked.SHOW:
            await show(pressed.invitation, talk, at=message)
        elif pressed.action in bodies.FOR_A_BODY:
            await bodies.press(pressed, invitation, talk, message)
        else:
            await _not_now(pressed, invitation, talk, message)
    except TooManyTries as locked:
        await talk.tell(too_many_tries(talk.say, locked.seconds), instead_of=message)
    except Refused as refusal:
        # Whatever stands there is not theirs to change.
        return " ".join(_why_not(refusal, talk.say))
    except (AlreadyAnswered, WaveClosed) as refusal:
        told = _why_not(refusal, talk.say)
        await talk.tell(await _over(refusal, invitation, told, pressed, talk), instead_of=message)
        return " ".join(told)
    return ""


async def _over(
    refusal: AlreadyAnswered | WaveClosed,
    invitation: UUID,
    told: tuple[str, ...],
    pressed: InvitationPress,
    talk: Talk,
) -> View:
    """Why it is not answered now; answers of a body can be taken back."""
    view = paragraphs(*told)
    if isinstance(refusal, AlreadyAnswered) and await talk.core.bodies.may_recall(invitation):
        return replace(view, rows=recalling(talk.say, pressed.invitation))
    return view


async def _theirs(known_by: UUID | str, talk: Talk, *, handed_on: bool = False) -> UUID:
    """The invitation of a button or a link; also one that they have handed on.

    Raises: NotFound; Refused, where it is not theirs; TooManyTries.
    """
    invited = talk.core.invited
    invitation = await talk.read_link(known_by) if isinstance(known_by, str) else known_by
    by_link = isinstance(known_by, str)
    if not (handed_on and await talk.core.bodies.was_asked_first(invitation, talk.chat)):
        await invited.require_theirs(invitation, talk.chat, by_link=by_link)
    return invitation


async def _not_now(
    pressed: InvitationPress, invitation: UUID, talk: Talk, message: int | None
) -> None:
    """Raises: NotFound, AlreadyAnswered, WaveClosed."""
    core, say, known_by = talk.core, talk.say, pressed.invitation
    offer = await core.invited.look_by_id(invitation)
    by = Actor.person(offer.person)
    match pressed.action:
        case Asked.NEVER:
            await core.invited.refuse(invitation, by=by)
            view = pages.refused(say, offer.closes_on)
        case Asked.STOP:
            await talk.stop(invitation, by=by)
            view = pages.stopped(say)
        case Asked.HOUR | Asked.TOMORROW | Asked.WEEK as action:
            zone, later = core.settings.zone, pages.LATER[action]
            at = until(later, now=core.clock.now(), zone=zone)
            if await core.invited.snooze(invitation, until=at):
                view = pages.put_off(say, later, at.astimezone(zone).date())
            else:
                view = pages.too_late(say, offer.closes_on, known_by=known_by)
        case _:
            view = pages.not_now(
                say,
                known_by=known_by,
                now=core.clock.now(),
                closes_at=offer.wave.closes_at,
                zone=core.settings.zone,
            )
    await talk.tell(view, instead_of=message)


def _why_not(refusal: Refused | AlreadyAnswered | WaveClosed, say: Sentences) -> tuple[str, ...]:
    match refusal:
        case Refused():
            return pages.somebody_elses(say)
        case AlreadyAnswered(month=month):
            return (say.already_answered(month),)
        case WaveClosed(on=on):
            return (say.closed(on),)
