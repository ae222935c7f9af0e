"""The chat's own sentences in one language; texts of the questionnaire come with the turn.

Promises are those of `survey.promises`; other sentences that the pages say too are worded alike.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from survey import promises
from survey.domain.expressions import Value
from survey.domain.language import (
    counted,
    date_in_words,
    day_in_words,
    month_name,
    number_in_words,
    weekday_in_words,
)
from survey.domain.questionnaire import Privacy, QuestionType
from survey.domain.turns import (
    NoticeTurn,
    OverTurn,
    Phase,
    Problem,
    QuestionTurn,
    ReviewTurn,
    Stale,
    Turn,
)
from survey.locales import SPOKEN, translations

_SELECTS: Final = (QuestionType.SELECT_ONE, QuestionType.SELECT_MULTIPLE, QuestionType.SCALE)


def speech(*wanted: str | None) -> "Sentences":
    """The sentences in the first of these languages that we speak ("en-GB" is "en")."""
    for code in wanted:
        language = (code or "").partition("-")[0].lower()
        if language in SPOKEN:
            return Sentences(language)
    return Sentences("en")


@dataclass(frozen=True, slots=True)
class Sentences:
    """One language's sentences."""

    language: str

    def _(self, message: str) -> str:  # the name that message extraction looks for
        return translations(self.language).gettext(message)

    def ngettext(self, one: str, many: str, number: int) -> str:
        return translations(self.language).ngettext(one, many, number) % {"number": number}

    # --- the notice ---

    def headline(self, turn: NoticeTurn) -> str:
        """The title with how many questions and how long."""
        if not turn.branching:
            return self.size(turn.title, turn.questions, turn.minutes)
        questions = self.ngettext(
            "%(number)d question or more", "%(number)d questions or more", turn.questions
        )
        return f"{turn.title}: {questions}, {self._minutes(turn.minutes)}"

    def size(self, title: str, questions: int, minutes: int) -> str:
        """A title, with what it takes to answer."""
        asked = self.ngettext("%(number)d question", "%(number)d questions", questions)
        return f"{title}: {asked}, {self._minutes(minutes)}"

    def _minutes(self, minutes: int) -> str:
        return self.ngettext("about %(number)d minute", "about %(number)d minutes", minutes)

    def appended(self, turn: NoticeTurn) -> str:
        return self.ngettext(
            "Then %(number)d question about you, which you can skip.",
            "Then %(number)d questions about you, which you can skip.",
            turn.appended,
        )

    def asked_by(self, turn: NoticeTurn) -> str:
        """Who asks and why, with the full stops that the questionnaire's texts may lack."""
        told = self._("From: %(asked_by)s. Why: %(purpose)s")
        who = turn.asked_by.rstrip(".")
        return told % {"asked_by": who, "purpose": turn.purpose}

    def privacy(self, privacy: Privacy, floor: int) -> str:
        """The promise that the notice makes."""
        return promises.privacy(self._, privacy, floor=floor)

    def kept(self, privacy: Privacy) -> str:
        """How long answers are kept: the other half of the notice."""
        return promises.kept(self._, privacy)

    # --- questions ---

    def place(self, turn: QuestionTurn) -> str:
        """Where a question stands; empty where a total would lie."""
        if turn.total is None or not turn.number:
            return ""
        numbers = {"number": turn.number, "total": turn.total}
        if turn.type is QuestionType.TEXT and not turn.required:
            return self._("%(number)d of %(total)d, optional") % numbers
        return self._("%(number)d of %(total)d") % numbers

    def how(self, turn: QuestionTurn) -> str:
        """What to do where no button gives the answer; else empty."""
        match turn.type:
            case QuestionType.TEXT:
                ways = (self._("Type your answer, or Skip."), self._("Type your answer."))
            case QuestionType.INTEGER | QuestionType.DECIMAL:
                ways = (self._("Type a number, or Skip."), self._("Type a number."))
            case QuestionType.DATE:
                ways = (
                    self._("Type a date like 31/3/2026, or Skip."),
                    self._("Type a date like 31/3/2026."),
                )
            case QuestionType.FILE:
                ways = (
                    self._("Send photos, voice messages or documents here, or Skip."),
                    self._("Send photos, voice messages or documents here."),
                )
            case QuestionType.SELECT_MULTIPLE:
                return self._("Tick all that apply, then Done.")
            case _:
                return ""
        return ways[turn.required]

    def given(self, value: Value) -> str:
        """A date or a number that was answered, as people write it; how many files."""
        if isinstance(value, tuple):
            return self.files(len(value))
        if isinstance(value, date):
            return date_in_words(value, self.language)
        return format(value, "f") if isinstance(value, Decimal) else str(value)

    def files(self, number: int) -> str:
        return self.ngettext("%(number)d file", "%(number)d files", number)

    def problem(self, problem: Problem, turn: Turn) -> str:
        """Why an answer was not taken and what to do."""
        if problem.code == "too_many_steps":
            if isinstance(turn, ReviewTurn):
                return self._(
                    "You have changed your answers very often. Send them, or throw them away"
                )
            return self._(
                "You have changed your answers very often. You can only throw them away now"
            )
        if problem.message:
            return problem.message
        if isinstance(turn, QuestionTurn):
            if problem.code == "required":
                return turn.required_message or self._(
                    "This question needs an answer, so it cannot be skipped."
                )
            if problem.code == "not_a_choice" and turn.type in _SELECTS:
                return self._choose(turn)
        sentences = {
            "not_a_choice": self._("Please choose one of the buttons."),
            "not_a_list": self._("Please choose from the buttons."),
            "too_many": self._("Please name each choice once."),
            "exclusive": self._("One of these choices can only be chosen alone."),
            "too_long": self._("Your answer must be %(limit)s characters or fewer"),
            "too_low": self._("Your answer must be %(limit)s or more"),
            "too_high": self._("Your answer must be %(limit)s or less"),
            "too_precise": self._("Enter at most %(limit)s digits after the decimal point"),
            "not_a_number": self._("Your answer must be a number, like 12"),
            "not_whole": self._("Your answer must be a whole number, like 12"),
            "not_a_date": self._("Enter a real date, like 31 3 2026"),
            "not_a_file": self._("Send a photo, a voice message or a document"),
            "too_many_files": self._(
                "A report takes %(limit)s files. You can add more once you have sent it"
            ),
            "control_character": self._(
                "Your answer has a character that we cannot keep. Type your answer again without it"
            ),
            "constraint": self._("This answer cannot be right. Check it and try again"),
            "no_unit": self._(
                "We found no school, department or team by that name. Try a part of it."
            ),
            "too_much": self._("Your answers together are too long. Please shorten this one."),
            "required": self._("One of your answers has to be changed before you can send them"),
        }
        sentence = sentences.get(
            problem.code, self._("We cannot use this answer. Check it and try again")
        )
        return sentence % {"limit": number_in_words(problem.limit or "", self.language)}

    def _choose(self, turn: QuestionTurn) -> str:
        """What to do where a text was none of the choices."""
        count = len(turn.options)
        number = {"number": counted(count, self.language)}
        if turn.type is QuestionType.SELECT_MULTIPLE:
            if turn.required:
                return self._("Please choose from the buttons, then Done.")
            return self._("Please choose from the buttons, then Done; or Skip.")
        catalogue = translations(self.language)
        if turn.required:
            told = catalogue.ngettext(
                "Please choose the button.", "Please choose one of the %(number)s buttons.", count
            )
        else:
            told = catalogue.ngettext(
                "Please choose the button, or Skip.",
                "Please choose one of the %(number)s buttons, or Skip.",
                count,
            )
        return told % number

    def passed(self, stale: Stale, turn: Turn, *, below: bool) -> str:
        """What is said to a tap on a button whose time is over."""
        match stale.reason:
            case "over":
                return self._over(turn)
            case "revision":
                return self._("Your answers have changed since. Please check them again.")
            case "answered":
                told = self._("You have already answered that one.")
            case "elsewhere":
                told = self._("That question is not open now.")
        if below and isinstance(turn, QuestionTurn) and turn.number:
            next_one = self._("Question %(number)d is below.") % {"number": turn.number}
            return f"{told} {next_one}"
        return told

    def _over(self, turn: Turn) -> str:
        if isinstance(turn, OverTurn) and turn.phase is Phase.SENT:
            return self._("You have already sent these answers.")
        return self._("This survey is finished. Send /survey to begin again.")

    # --- coming back ---

    def so_far(self, answered: int, total: int | None, *, day: date, today: date) -> str:
        """How much was answered and on which day, to somebody who comes back."""
        if total is None:
            count = self.ngettext("%(number)d question", "%(number)d questions", answered)
        else:
            count = self._("%(number)d of %(total)d") % {"number": answered, "total": total}
        if day >= today:
            return self._("You answered %(count)s today.") % {"count": count}
        known_by_its_name = today - day < timedelta(days=7)
        name = weekday_in_words if known_by_its_name else day_in_words
        told = self._("You answered %(count)s on %(day)s.")
        return told % {"count": count, "day": name(day, self.language)}

    def already_answered(self, month: date) -> str:
        told = self._("You have already answered this in %(month)s. Thank you.")
        return told % {"month": month_name(month, self.language)}

    # --- the end ---

    def ended(self, phase: Phase) -> str:
        """What is said where nothing was sent."""
        if phase is Phase.DECLINED:
            return self._("All right. If you change your mind, send /survey.")
        return self._(
            "Your answers are thrown away. Nothing was sent or kept. To begin again, send /survey."
        )

    def thanks(self, privacy: Privacy) -> str:
        return promises.thanks(self._, privacy)

    def receipt(self, privacy: Privacy, reference: str) -> str:
        if privacy is Privacy.ATTRIBUTED:
            told = self._("Receipt %(reference)s (it proves that you answered).")
        else:
            told = self._(
                "Receipt %(reference)s (it proves that you answered, and leads to no answer)."
            )
        return told % {"reference": reference}

    def results_after(self, day: date) -> str:
        """When there are results of a wave."""
        return self._("Results: after %(day)s.") % {"day": day_in_words(day, self.language)}

    def open_until(self, day: date) -> str:
        return self._("Open until %(day)s.") % {"day": day_in_words(day, self.language)}

    def what_next(self, privacy: Privacy, floor: int) -> str:
        if privacy is Privacy.ATTRIBUTED:
            return self._("We add your answers to the results straight away.")
        return promises.waiting(self._, floor=floor)

    def closed(self, day: date | None) -> str:
        return promises.closed(self._, day, self.language)
