"""The ways into a survey: to its beginning, to where the person left it, or to why neither."""

from bot.pages import already_answered, needs_its_own_link, went_to_web
from bot.rendering import coming_back
from bot.talk import Talk
from survey.errors import AlreadyAnswered, AnswerRejected
from survey.services.handovers import Moving
from survey.services.shown import Shown


async def enter(talk: Talk, questionnaire: str, *, at: int | None, again: bool = False) -> None:
    """Begin it, or go on; `at` is as in `Talk.show`. Raises: NotFound, QuestionnaireClosed."""
    if away := await talk.away(questionnaire):
        await tell_where(talk, away, at=at)
        return
    try:
        shown = await talk.begin(questionnaire, again=again)
    except AlreadyAnswered as refused:
        await talk.tell(already_answered(talk.say, refused), instead_of=at)
    except AnswerRejected:
        await talk.tell(needs_its_own_link(talk.say), instead_of=at)
    else:
        await come_back(talk, shown, at=at)


async def tell_where(talk: Talk, away: Moving, *, at: int | None) -> None:
    """Say that the answers are on the web, and offer to take them back."""
    organisation = talk.core.settings.organisation
    await talk.tell(went_to_web(talk.say, away, organisation=organisation), instead_of=at)


async def come_back(talk: Talk, shown: Shown, *, at: int | None) -> None:
    """Show where they are; who was away for a while and has answers is first told how far."""
    if not talk.was_away(shown):
        await talk.show(shown, at=at)
        return
    zone = talk.core.settings.zone
    view = coming_back(
        shown,
        day=shown.touched_at.astimezone(zone).date(),
        today=talk.core.clock.now().astimezone(zone).date(),
        organisation=talk.core.settings.organisation,
    )
    await talk.show(shown, at=at, view=view)
