"""What people will read, in the chat and by e-mail side by side, in each language."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.campaign_changes import crumbs_to
from api.staff.campaign_plan import published_for
from api.staff.campaigns import PATH, Reader, address_of, title_of
from api.staff.hint_words import hint_in_words, length_in_words, reading_in_words, review_of
from api.staff.listing import Link
from api.staff.shell import Desk
from bot import inviting
from bot.sentences import speech
from survey.domain.campaign import CampaignPlan, ChannelName
from survey.domain.hints import Hint, Review
from survey.domain.language import N_
from survey.domain.launch import effective_privacy
from survey.domain.questionnaire import Question, Questionnaire, QuestionType
from survey.domain.showing import options
from survey.invitation_letter import Doors, invitation
from survey.locales import SPOKEN, translations
from survey.ports.channels import Asking
from survey.services.catalogue import Published

router = APIRouter(include_in_schema=False)

_TITLE: Final = N_("What people will read")
_TAG: Final = re.compile(r"<[^>]+>")
_NOBODY: Final = UUID(int=0)
_EXAMPLE: Final = "example"
"""In the place of a link's token: it leads nowhere."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it looks: in the chat its buttons, on the web its radios with their labels.

    `note` says what else is to know, such as that it is asked of some only. `ends` says what the
    ends of a scale of numbers mean. `place` is its name within the page.
    """

    label: str
    hint: str
    note: str
    ends: tuple[str, ...]
    buttons: tuple[str, ...]
    choices: tuple[str, ...]
    place: str
    hints: tuple[str, ...]


@router.get(PATH + "/{campaign}/words")
async def words(campaign: str, desk: Reader) -> Response:
    """The invitation and every question, in the language that `words` in the address names."""
    found = await desk.app.campaigns.get(campaign)
    published = await published_for(desk, found)
    if published is None:
        return desk.go(f"{address_of(campaign)}/plan")
    survey = published.questionnaire
    asked = desk.request.query_params.get("words", "")
    language = asked if asked in survey.languages else survey.default_language
    asking = _asking(desk, found.plan, published, language)
    spoken = language if language in SPOKEN else "en"
    organisation = desk.app.settings.organisation
    chat = inviting.invitation(speech(language), asking, organisation=organisation)
    base = desk.app.settings.base_url
    doors = Doors(f"{base}/i/{_EXAMPLE}", f"{base}/u/{_EXAMPLE}")
    letter = invitation(asking, doors, organisation=organisation, language=spoken)
    listed = await desk.app.catalogue.get(survey.key)
    here = f"{address_of(campaign)}/words"
    reviewed = review_of(published, language)
    return desk.page(
        "staff/campaign_words.html",
        desk.say(_TITLE),
        crumbs=crumbs_to(found, desk),
        name=title_of(found),
        languages=[
            (code, SPOKEN.get(code, code), f"{here}?words={code}", code == language)
            for code in survey.languages
        ],
        spoken=language,
        is_unreviewed=language in survey.unreviewed,
        chat=unescape(_TAG.sub("", chat.text)),
        presses=[button.text for row in chat.rows for button in row],
        letter=letter,
        by_chat=ChannelName.CHAT in found.plan.channels,
        by_email=ChannelName.EMAIL in found.plan.channels,
        length=length_in_words(reviewed.length, translations(desk.language)),
        reading=reading_in_words(reviewed.reading, desk.say),
        hints=[_leading(each, survey, language, desk) for each in reviewed.hints],
        questions=[
            _question(each, survey, language, reviewed, desk)
            for each in survey.questions
            if each.type is not QuestionType.CALCULATE
        ],
        attempt=Link(desk.say(N_("Try the survey")), f"/s/{survey.key}")
        if listed.row.open_link and listed.row.closed_at is None
        else None,
        back=f"{address_of(campaign)}/plan",
    )


def _leading(
    hint: Hint, survey: Questionnaire, language: str, desk: Desk
) -> tuple[Link | None, str]:
    """The question that a hint is about, and the hint; None where it is about all of them."""
    words = hint_in_words(hint, desk.say)
    if not hint.question:
        return None, words
    question = survey.question(hint.question)
    named = _named(desk)(survey.speak(question.short_label or question.label, language))
    return Link(named, f"#{_place(hint.question)}"), words


def _place(question: str) -> str:
    return f"question-{question}"


def _asking(desk: Desk, plan: CampaignPlan, published: Published, language: str) -> Asking:
    """The first message to somebody, today."""
    survey = published.questionnaire
    today = desk.app.clock.now().astimezone(desk.app.settings.zone).date()
    named = _named(desk)
    return Asking(
        invitation=_NOBODY,
        token=_EXAMPLE,
        number=0,
        language=language,
        title=plan.title or named(survey.speak(survey.title, language)),
        sender=plan.sender,
        purpose=plan.purpose or named(survey.speak(survey.purpose, language)),
        questions=sum(each.asks for each in survey.questions),
        minutes=survey.minutes,
        privacy=effective_privacy(plan, survey),
        floor=published.version.floor,
        closes_on=today + timedelta(days=plan.open_days),
        notice=plan.notice,
        test=True,
    )


def _question(
    question: Question, survey: Questionnaire, language: str, reviewed: Review, desk: Desk
) -> Asked:
    named, say = _named(desk), desk.say
    notes = []
    if question.relevant:
        notes.append(say(N_("Asked only after some answers")))
    if question.asks and not question.required:
        notes.append(say(N_("Can be skipped")))
    offered = options(question, language, survey)
    ends = sorted(question.points.items()) if offered and offered[0].label.isdecimal() else ()
    return Asked(
        label=named(survey.speak(question.label, language)),
        hint=named(survey.speak(question.hint, language)) if question.hint else "",
        note=". ".join(notes),
        ends=tuple(f"{point}: {survey.speak(text, language)}" for point, text in ends),
        buttons=tuple(option.button for option in offered),
        choices=tuple(option.label for option in offered),
        place=_place(question.name),
        hints=tuple(
            hint_in_words(each, say) for each in reviewed.hints if each.question == question.name
        ),
    )


def _named(desk: Desk) -> Callable[[str], str]:
    """Texts with the body's name where they say it."""
    return lambda text: text.replace("${organisation}", desk.app.settings.organisation)
