"""Turns and messages as whole HTML pages: text in, text out, no storage and no request."""

from collections.abc import Mapping
from gettext import NullTranslations
from typing import Any

from babel import Locale
from jinja2 import Environment

from api.web.context import Site, Survey, Visit
from api.web.environment import create_environment, static_version
from api.web.fields import Typed, heading, question_field
from api.web.troubles import Trouble, trouble_words
from api.web.words import Asking, Words
from survey.domain.questionnaire import Privacy, QuestionType
from survey.domain.turns import (
    CHECK,
    UNIT,
    NoticeTurn,
    OverTurn,
    Phase,
    Problem,
    QuestionTurn,
    ReviewTurn,
    Turn,
    UnitTurn,
)


class Pages:
    """Renders pages; `translations` has one catalogue per language, English where there is none."""

    def __init__(
        self, site: Site, *, translations: Mapping[str, NullTranslations] | None = None
    ) -> None:
        self._site = site
        self._translations = {"en": NullTranslations(), **(translations or {})}
        version = static_version()
        self._environments: dict[str, Environment] = {
            language: create_environment(
                language=language, translations=catalogue, version=version, zone=site.zone
            )
            for language, catalogue in self._translations.items()
        }

    def turn(
        self,
        turn: Turn,
        *,
        survey: Survey,
        visit: Visit,
        typed: Typed | None = None,
        problem: Problem | None = None,
    ) -> str:
        """The page of a turn.

        Args:
            typed: what was posted, where this page answers a post that was not taken.
            problem: a fault found before the engine was asked (`words.FORM_TOKEN`).
        """
        match turn:
            case NoticeTurn():
                return self._notice(turn, survey, visit, problem)
            case UnitTurn():
                return self._unit(turn, survey, visit, problem)
            case QuestionTurn():
                return self._question(turn, survey, visit, typed, problem)
            case ReviewTurn():
                return self._review(turn, survey, visit, problem)
            case OverTurn(phase=phase):
                return self.over(phase, survey=survey, visit=visit)

    def invited(self, turn: NoticeTurn, *, survey: Survey, visit: Visit, **values: Any) -> str:
        """The first page of somebody's own link.

        Args:
            values: what `invited.html` names: spoken, about, body, until, covered_by, begun, leave.
        """
        words = self._words(visit)
        return self._render(
            "invited.html",
            visit,
            survey=survey,
            title=turn.title,
            turn=turn,
            privacy=words.privacy(survey),
            kept=words.kept(survey),
            named=survey.privacy is Privacy.ATTRIBUTED,
            **values,
        )

    def done(self, *, reference: str, survey: Survey, visit: Visit, once: bool = False) -> str:
        """The confirmation: the receipt's reference, what happens next and when.

        Args:
            once: whether they were asked by name: no other answer is offered then.
        """
        words = self._words(visit)
        return self._render(
            "done.html",
            visit,
            survey=survey,
            title=words.thanks(survey),
            reference=reference,
            once=once,
            receipt=words.receipt(survey),
            next_steps=words.what_next(survey),
        )

    def closed(self, *, survey: Survey, visit: Visit, kept: tuple[str, ...] = ()) -> str:
        """The page of a questionnaire that takes no more answers; `kept` as in `trouble`."""
        words = self._words(visit)
        title = words.translations.gettext("This survey is closed")
        return self.message(title, (words.closed(survey),), visit=visit, survey=survey, kept=kept)

    def trouble(
        self,
        trouble: Trouble,
        *,
        visit: Visit,
        kept: tuple[str, ...] = (),
        again: str | None = None,
        home: str | None = None,
    ) -> str:
        """A plain page for what went wrong.

        Args:
            kept: typed text that the person can copy.
            again: the address of the survey, where opening it again helps.
            home: the start page of staff, where it happened on one of their pages.
        """
        title, paragraphs = trouble_words(
            trouble, self._words(visit).translations, of_staff=home is not None
        )
        return self.message(title, paragraphs, visit=visit, kept=kept, again=again, home=home)

    def message(
        self,
        title: str,
        paragraphs: tuple[str, ...],
        *,
        visit: Visit,
        survey: Survey | None = None,
        kept: tuple[str, ...] = (),
        again: str | None = None,
        home: str | None = None,
    ) -> str:
        """A page of a heading and sentences; `again` and `home` as in `trouble`."""
        return self._render(
            "message.html",
            visit,
            survey=survey,
            title=title,
            paragraphs=paragraphs,
            kept=tuple(text for text in kept if text.strip()),
            again=again,
            home=home,
        )

    def render(self, template: str, *, visit: Visit, title: str, **values: Any) -> str:
        """A page of another template that extends `base.html`, such as the start page."""
        return self._render(template, visit, title=title, **values)

    def _notice(
        self, turn: NoticeTurn, survey: Survey, visit: Visit, problem: Problem | None
    ) -> str:
        words = self._words(visit)
        return self._render(
            "notice.html",
            visit,
            survey=survey,
            title=turn.title,
            turn=turn,
            privacy=words.privacy(survey),
            kept=words.kept(survey),
            error=self._error(turn, problem, words),
        )

    def _unit(self, turn: UnitTurn, survey: Survey, visit: Visit, problem: Problem | None) -> str:
        words = self._words(visit)
        _ = words.translations.gettext
        picking = bool(turn.candidates)
        title = (
            _("Choose your school, department or team")
            if picking
            else _("Which school, department or team do you belong to?")
        )
        return self._render(
            "unit.html",
            visit,
            survey=survey,
            title=title,
            turn=turn,
            error=self._error(turn, problem, words),
            stuck=_stuck(turn),
            focus="unit" if picking else "find",
            place=UNIT,
        )

    def _question(
        self,
        turn: QuestionTurn,
        survey: Survey,
        visit: Visit,
        typed: Typed | None,
        problem: Problem | None,
    ) -> str:
        words = self._words(visit)
        error = self._error(turn, problem, words)
        head = heading(turn, words.translations)
        field = None
        if turn.type is not QuestionType.NOTE:
            field = question_field(
                turn,
                translations=words.translations,
                language=words.language,
                error=error,
                typed=typed,
            )
        return self._render(
            "question.html",
            visit,
            survey=survey,
            title=head.striptags(),
            heading=head,
            turn=turn,
            caption=self._caption(turn, survey, words),
            field=field,
            error=error,
            stuck=_stuck(turn),
            focus=field.focus if field else None,
        )

    def _caption(self, turn: QuestionTurn, survey: Survey, words: Words) -> str:
        _ = words.translations.gettext
        part = _("About you") if turn.part == "equality" else survey.title
        if turn.total is None or turn.type is QuestionType.NOTE:
            return part
        return _("%(part)s · question %(number)s of %(total)s") % {
            "part": part,
            "number": turn.number,
            "total": turn.total,
        }

    def _review(
        self, turn: ReviewTurn, survey: Survey, visit: Visit, problem: Problem | None
    ) -> str:
        words = self._words(visit)
        return self._render(
            "review.html",
            visit,
            survey=survey,
            title=words.translations.gettext("Check your answers before sending them"),
            turn=turn,
            place=CHECK,
            unit_name=UNIT,
            privacy=words.privacy(survey),
            error=self._error(turn, problem, words),
        )

    def over(
        self,
        phase: Phase,
        *,
        survey: Survey,
        visit: Visit,
        kept: tuple[str, ...] = (),
        again: str | None = None,
    ) -> str:
        """The page of a conversation that ended; `kept` and `again` as in `trouble`."""
        _ = self._words(visit).translations.gettext
        match phase:
            case Phase.SENT:
                title = self._words(visit).thanks(survey)
                paragraphs: tuple[str, ...] = (_("You have sent your answers to this survey."),)
            case Phase.CANCELLED:
                title = _("Your answers are thrown away")
                paragraphs = (_("Nothing that you entered was kept."),)
            case _:
                title = _("You can answer later")
                paragraphs = (
                    _("Nothing was kept."),
                    _("You can open the survey again whenever you like, while it is open."),
                )
        return self.message(title, paragraphs, visit=visit, survey=survey, kept=kept, again=again)

    def _error(self, turn: Asking, problem: Problem | None, words: Words) -> str | None:
        found = problem or turn.problem
        return words.problem(found, turn) if found else None

    def _words(self, visit: Visit) -> Words:
        language = visit.language if visit.language in self._translations else "en"
        return Words(self._translations[language], language)

    def _render(self, template: str, visit: Visit, **values: Any) -> str:
        environment = self._environments.get(visit.language, self._environments["en"])
        return environment.get_template(template).render(
            site=self._site,
            visit=visit,
            direction=Locale.parse(visit.language).text_direction,
            **values,
        )


def _stuck(turn: QuestionTurn | UnitTurn) -> bool:
    """Whether the person took so many steps that the answers can only be thrown away."""
    return turn.problem is not None and turn.problem.code == "too_many_steps"
