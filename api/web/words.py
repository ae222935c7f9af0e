"""The web channel's own sentences, by the stable codes that the engine gives.

Texts of the questionnaire come in with the turn; what stands here goes through gettext.
"""

from dataclasses import dataclass
from gettext import NullTranslations
from typing import Final

from api.web.context import Survey
from survey import promises, report_words
from survey.domain.language import number_in_words
from survey.domain.questionnaire import Privacy, QuestionType
from survey.domain.turns import NoticeTurn, Problem, QuestionTurn, ReviewTurn, UnitTurn

FORM_TOKEN: Final = "form_token"  # noqa: S105  (a code, not a secret)
"""The code of the web's own `Problem`: the form's token was missing, old or foreign."""

CHANGED_MEANWHILE: Final = "changed_meanwhile"
"""The code of the web's own `Problem`: what was to be sent is not what the person saw."""

# What was typed keeps its own direction inside our sentence.
_ISOLATE, _POP = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"

Asking = NoticeTurn | QuestionTurn | UnitTurn | ReviewTurn


@dataclass(frozen=True, slots=True)
class Words:
    """One language's sentences."""

    translations: NullTranslations
    language: str

    def problem(self, problem: Problem, turn: Asking) -> str:
        """What is wrong and what to do, as said in the error summary and beside the field."""
        _ = self.translations.gettext
        if problem.code == FORM_TOKEN:
            return _(
                "We could not check that this came from you. "
                "Nothing is lost: look at it and send it again"
            )
        if problem.code == CHANGED_MEANWHILE:
            return _(
                "Your answers have changed since you opened that page. "
                "Check them and send them again"
            )
        if problem.code == "too_many_steps":
            if isinstance(turn, ReviewTurn):
                return _("You have changed your answers very often. Send them, or throw them away")
            return _("You have changed your answers very often. You can only throw them away now")
        if problem.message:
            return problem.message
        if isinstance(turn, QuestionTurn):
            return self._question_problem(problem, turn)
        if isinstance(turn, UnitTurn):
            return self._unit_problem(problem)
        return _("One of your answers has to be changed before you can send them")

    def _unit_problem(self, problem: Problem) -> str:
        _ = self.translations.gettext
        if problem.code == "not_a_choice":
            return _("Select your school, department or team")
        if not problem.typed:
            return _("Enter part of the name of your school, department or team")
        nothing = _("Nothing found for “%(name)s”. Check the spelling, or type less of the name")
        return nothing % {"name": f"{_ISOLATE}{problem.typed}{_POP}"}

    def _question_problem(self, problem: Problem, turn: QuestionTurn) -> str:
        _ = self.translations.gettext
        if problem.code == "required":
            return turn.required_message or self._required(turn.type)
        choose = _("Select from the answers on this page")
        sentences = {
            "not_a_choice": choose,
            "not_a_list": choose,
            "too_many": choose,
            "exclusive": _("Select either “%(choice)s” alone or any of the others"),
            "too_long": _("Your answer must be %(limit)s characters or fewer"),
            "too_much": _("All your texts together must be %(limit)s characters or fewer"),
            "too_low": _("Your answer must be %(limit)s or more"),
            "too_high": _("Your answer must be %(limit)s or less"),
            "too_precise": _("Enter at most %(limit)s digits after the decimal point"),
            "not_a_number": _("Your answer must be a number, like 12"),
            "not_whole": _("Your answer must be a whole number, like 12"),
            "not_a_date": _("Enter a real date, like 31 3 2026"),
            "not_text": _("Enter your answer as text"),
            "not_a_file": _("Choose a file"),
            "too_many_files": _("Choose at most %(limit)s files"),
            "control_character": _(
                "Your answer has a character that we cannot keep. Type your answer again without it"
            ),
            "constraint": _("This answer cannot be right. Check it and try again"),
        }
        sentence = sentences.get(
            problem.code, _("We cannot use this answer. Check it and try again")
        )
        return sentence % {
            "limit": number_in_words(problem.limit or "", self.language),
            "choice": _label(turn, problem.limit),
        }

    def _required(self, kind: QuestionType) -> str:
        _ = self.translations.gettext
        match kind:
            case QuestionType.SELECT_ONE | QuestionType.SCALE:
                return _("Select an answer")
            case QuestionType.SELECT_MULTIPLE:
                return _("Select at least one answer")
            case QuestionType.INTEGER | QuestionType.DECIMAL:
                return _("Enter a number")
            case QuestionType.DATE:
                return _("Enter a date")
            case _:
                return _("Enter your answer")

    def privacy(self, survey: Survey) -> str:
        """The promise that the notice makes."""
        if survey.report:
            return report_words.privacy(self.translations.gettext)
        return promises.privacy(self.translations.gettext, survey.privacy, floor=survey.floor)

    def kept(self, survey: Survey) -> str:
        """How long answers are kept: the other half of the notice."""
        if survey.report:
            return report_words.kept(self.translations.gettext)
        return promises.kept(self.translations.gettext, survey.privacy)

    def thanks(self, survey: Survey) -> str:
        if survey.report:
            return report_words.thanks(self.translations.gettext)
        return promises.thanks(self.translations.gettext, survey.privacy)

    def receipt(self, survey: Survey) -> str:
        _ = self.translations.gettext
        if survey.report:
            return report_words.reference(_)
        if survey.privacy is Privacy.ATTRIBUTED:
            return _("It proves that you answered.")
        return _("It proves that you answered, and leads to no answer.")

    def what_next(self, survey: Survey) -> tuple[str, ...]:
        """What happens with the answers."""
        _ = self.translations.gettext
        if survey.report:
            return tuple(filter(None, (survey.report.promise, report_words.asked_later(_))))
        if survey.privacy is Privacy.ATTRIBUTED:
            counted = _("Your answers go into the next results.")
        else:
            counted = promises.waiting(_, floor=survey.floor)
        return counted, _("Then we show the results and say what we will do about them.")

    def closed(self, survey: Survey) -> str:
        """The one sentence of the page of a survey that takes no more answers."""
        return promises.closed(self.translations.gettext, survey.closed_on, self.language)


def _label(turn: QuestionTurn, name: str | None) -> str:
    """What the choice of this name is called on the page."""
    return next((option.label for option in turn.options if option.name == name), "")
