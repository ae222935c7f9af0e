"""What people write: an answer, part of a school's name, or something that cannot be one."""

from aiogram import F, Router
from aiogram.types import Message

from bot.pages import help_page, paragraphs, surveys
from bot.sentences import speech
from bot.talk import Talk
from survey.domain.questionnaire import QuestionType
from survey.domain.turns import FindUnit, QuestionTurn, Say, UnitTurn


async def wrote(message: Message, talk: Talk) -> None:
    """Typed text answers the open question, or searches for a unit."""
    text = message.text or ""
    shown = await talk.open_conversation()
    if shown is None:
        organisation = talk.core.settings.organisation
        await talk.tell(surveys(talk.say, organisation, await talk.open_surveys()))
        return
    hint = None
    if await talk.closed(shown) is None:
        match shown.turn:
            case UnitTurn():
                candidates = await talk.core.conversations.find_units(text)
                shown = await talk.step(shown.conversation, FindUnit(text, candidates))
            case QuestionTurn(name=name, type=kind) if kind is not QuestionType.NOTE:
                shown = await talk.step(shown.conversation, Say(name, text))
            case _:
                hint = speech(shown.state.language)._("Please use the buttons here.")
    await talk.show(shown, at=None, hint=hint)


async def unknown_command(_message: Message, talk: Talk) -> None:
    shown = await talk.open_conversation()
    await talk.tell(help_page(talk.say, open_survey=shown is not None))


async def something_else(_message: Message, talk: Talk) -> None:
    """Photos, stickers, places, polls: nothing of them is kept."""
    say = talk.say
    text = say._("I can take text and taps on buttons only.")
    shown = await talk.open_conversation()
    if shown is None:
        await talk.tell(paragraphs(text))
    else:
        await talk.show(shown, at=None, hint=text)


async def edited(_message: Message, talk: Talk) -> None:
    """A corrected message is not an answer: it does not say which question it was for."""
    say = talk.say
    await talk.tell(
        paragraphs(
            say._("I cannot see which answer you corrected, so nothing has changed."),
            say._("To change an answer, choose Back, or Change an answer before you send."),
        )
    )


def setup() -> Router:
    router = Router(name=__name__)
    router.message.register(unknown_command, F.text.startswith("/"))
    router.message.register(wrote, F.text)
    router.message.register(something_else)
    router.edited_message.register(edited)
    return router
