"""What people will read, in the chat and by e-mail side by side, in each language."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.staff.branch_words import branch_in_words, line_of
from api.staff.campaign_changes import crumbs_to
from api.staff.campaign_plan import published_for
from api.staff.campaign_ways import Ways, ways_of
from api.staff.campaigns import PATH, Reader, address_of, title_of
from api.staff.hint_words import hint_in_words, length_in_words, reading_in_words, review_of
from api.staff.listing import Link
from api.staff.shell import Desk
from bot import inviting
from bot.sentences import speech
from survey.domain.answers import shown
from survey.domain.campaign import CampaignPlan, ChannelName
from survey.domain.expressions import Template
from survey.domain.form import Form
from survey.domain.hints import Hint, Length, Review
from survey.domain.hints.lengths import way_of
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
_SKIPPED: Final = N_("Can be skipped")
_ABOUT_YOU: Final = N_("About you")
_PLACE: Final = N_("%(part)s · question %(number)s of %(total)s")
_TAG: Final = re.compile(r"<[^>]+>")
_NOBODY: Final = UUID(int=0)
_EXAMPLE: Final = "example"
"""In the place of a link's token: it leads nowhere."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it looks: in the chat its buttons, on the web its radios with their labels.

    `note` says what else is to know, such as after which answers it is asked. `ends` says what the
    ends of a scale of numbers mean. `place` is its name within the page. `caption` stands above it
    on the web, where one way is shown: which part, and which number of how many.
    """

    caption: str
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
    """The invitation and the questions, in the language that `words` in the address names.

    All of them, or those of the way that the address chooses by its answers.
    """
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
    ways = ways_of(
        published.form,
        desk.request.query_params,
        words=language,
        language=desk.language,
        organisation=organisation,
        today=_today(desk),
    )
    preview = _Preview(published.form, language, ways, reviewed, desk)
    return desk.page(
        "staff/campaign_words.html",
        desk.say(_TITLE),
        crumbs=crumbs_to(found, desk),
        faults=ways.faults,
        wrong={fault.field: fault.text for fault in ways.faults},
        name=title_of(found),
        languages=[
            (
                code,
                SPOKEN.get(code, code),
                f"{here}?{urlencode([('words', code), *ways.kept])}",
                code == language,
            )
            for code in survey.languages
        ],
        here=here,
        words=language,
        ways=ways,
        typed={each.name: each.given for each in ways.fields},
        this_way=_length_of(ways, desk) if ways.chosen else "",
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
            preview.of(each)
            for each in (ways.questions if ways.chosen else survey.questions)
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


def _today(desk: Desk) -> date:
    return desk.app.clock.now().astimezone(desk.app.settings.zone).date()


def _length_of(ways: Ways, desk: Desk) -> str:
    way = way_of(ways.questions)
    return length_in_words(Length(least=way, most=way), translations(desk.language))


def _asking(desk: Desk, plan: CampaignPlan, published: Published, language: str) -> Asking:
    """The first message to somebody, today."""
    survey = published.questionnaire
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
        closes_on=_today(desk) + timedelta(days=plan.open_days),
        notice=plan.notice,
        test=True,
    )


class _Preview:
    """The questions of one version as somebody reads them, in one language."""

    def __init__(self, form: Form, language: str, ways: Ways, reviewed: Review, desk: Desk) -> None:
        self._form, self._ways, self._reviewed = form, ways, reviewed
        self._survey, self._language = form.questionnaire, language
        self._desk, self._organisation = desk, desk.app.settings.organisation

    def of(self, question: Question) -> Asked:
        survey, language = self._survey, self._language
        item = self._form.items[question.name]
        offered = options(question, language, survey)
        ends = sorted(question.points.items()) if offered and offered[0].label.isdecimal() else ()
        return Asked(
            caption=self._caption(question),
            label=self._written(item.label[language]),
            hint=self._written(item.hint[language]),
            note=". ".join(self._notes(question)),
            ends=tuple(f"{point}: {survey.speak(text, language)}" for point, text in ends),
            buttons=tuple(option.button for option in offered),
            choices=tuple(option.label for option in offered),
            place=_place(question.name),
            hints=tuple(
                hint_in_words(each, self._desk.say)
                for each in self._reviewed.hints
                if each.question == question.name
            ),
        )

    def _notes(self, question: Question) -> list[str]:
        branch = branch_in_words(
            self._form,
            question.name,
            language=self._desk.language,
            organisation=self._organisation,
        )
        skipped = question.asks and not question.required
        return [*([branch] if branch else []), *([self._desk.say(_SKIPPED)] if skipped else [])]

    def _caption(self, question: Question) -> str:
        """Which number of how many, as the web form says it; the part alone where it cannot."""
        if self._ways.chosen is None:
            return ""
        say = translations(self._language).gettext
        title = self._written(self._form.title[self._language])
        part = say(_ABOUT_YOU) if question.part == "equality" else title
        number, total = self._ways.numbers[question.name]
        if total is None or not number:
            return part
        return say(_PLACE) % {"part": part, "number": number, "total": total}

    def _written(self, template: Template) -> str:
        """With the answers of the way that is shown; for others stands which they are."""
        told = {"organisation": self._organisation}
        known = self._ways.chosen.values if self._ways.chosen else {}
        for name in template.names - told.keys():
            answer = shown(
                self._form.items[name].question, known.get(name), self._language, self._survey
            )
            line = line_of(
                self._form, name, language=self._language, organisation=self._organisation
            )
            told[name] = answer or f"[{line}]"
        return template.render(told)


def _named(desk: Desk) -> Callable[[str], str]:
    """Texts with the body's name where they say it."""
    return lambda text: text.replace("${organisation}", desk.app.settings.organisation)
