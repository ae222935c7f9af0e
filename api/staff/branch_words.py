"""After which answers a question is asked, in the questionnaire's own words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from survey.domain.answers import every_point_labelled, shown
from survey.domain.branches import Branch, Kind, Part, branch, repeated_for
from survey.domain.form import Form
from survey.domain.language import N_
from survey.domain.questionnaire import QuestionType
from survey.locales import translations

Say = Callable[[str], str]

_SAID: Final[Mapping[tuple[Kind, bool], str]] = {
    (Kind.ONE_OF, False): N_("%(question)s is %(answers)s"),
    (Kind.ONE_OF, True): N_("%(question)s is not %(answers)s"),
    (Kind.AT_MOST, False): N_("%(question)s is %(answers)s or less"),
    (Kind.AT_MOST, True): N_("%(question)s is not %(answers)s or less"),
    (Kind.AT_LEAST, False): N_("%(question)s is %(answers)s or more"),
    (Kind.AT_LEAST, True): N_("%(question)s is not %(answers)s or more"),
    (Kind.BETWEEN, False): N_("%(question)s is from %(lowest)s to %(highest)s"),
    (Kind.BETWEEN, True): N_("%(question)s is not from %(lowest)s to %(highest)s"),
    (Kind.TICKED, False): N_("%(answers)s is ticked in %(question)s"),
    (Kind.TICKED, True): N_("%(answers)s is not ticked in %(question)s"),
    (Kind.ANSWERED, False): N_("%(question)s is answered"),
    (Kind.ANSWERED, True): N_("%(question)s is not answered"),
}
_OR: Final = N_("%(first)s or %(last)s")
_AND: Final = N_("%(first)s and %(last)s")
_ELSE: Final = N_("%(first)s, or if %(last)s")


def branch_in_words(form: Form, name: str, *, language: str, organisation: str) -> str:
    """ "Asked only if ‘Satisfaction’ is Dissatisfied or Very dissatisfied"; '' where always.

    Args:
        language: of the sentence; the questionnaire's words are in it too, where it has them.
    """
    words = _Words(form, language, organisation)
    found = branch(form, name)
    if found is None:
        return ""
    source = repeated_for(form, name)
    if source and form.items[source[0]].question.type is QuestionType.SELECT_MULTIPLE:
        repeated = words.repeated(*source)
        ticked = Part(source[0], Kind.TICKED, (source[1],))
        more = "" if found.alternatives == ((ticked,),) else words.sentence(found)
        return ". ".join(filter(None, (repeated, more)))
    return words.sentence(found)


def line_of(form: Form, name: str, *, language: str, organisation: str) -> str:
    """What stands for a question in a list: its short label, else its text."""
    item = form.items[name]
    return item.line[language].render({"organisation": organisation}) or name


class _Words:
    """The words of one sentence."""

    def __init__(self, form: Form, language: str, organisation: str) -> None:
        self._form = form
        self._organisation = organisation
        self._say: Say = translations(language).gettext
        survey = form.questionnaire
        self._language = language if language in survey.languages else survey.default_language

    def sentence(self, found: Branch) -> str:
        say = self._say
        match found.alternatives:
            case ():
                return self._undecided(found.decided_by)
            case ((Part(kind=kind, negated=True) as part,),) if kind is not Kind.ANSWERED:
                positive = say(_SAID[kind, False]) % self._values(part)
                return say(N_("Asked unless %(condition)s")) % {"condition": positive}
        each = [
            self._joined([self._part(part) for part in parts], _AND) for parts in found.alternatives
        ]
        return say(N_("Asked only if %(condition)s")) % {"condition": self._each(each)}

    def repeated(self, question: str, choice: str) -> str:
        said = self._say(N_("Asked for each answer ticked in %(question)s: here %(answer)s"))
        return said % {
            "question": self._question(question),
            "answer": self._answer(question, choice),
        }

    def _undecided(self, questions: Sequence[str]) -> str:
        if not questions:
            return self._say(N_("Asked on some days only"))
        said = self._say(N_("Asked only after some answers to %(questions)s"))
        return said % {
            "questions": self._joined([self._question(each) for each in questions], _AND)
        }

    def _part(self, part: Part) -> str:
        return self._say(_SAID[part.kind, part.negated]) % self._values(part)

    def _values(self, part: Part) -> dict[str, str]:
        question = self._form.items[part.question].question
        in_numbers = part.kind in {Kind.AT_MOST, Kind.AT_LEAST, Kind.BETWEEN}
        answers = reversed(part.answers) if every_point_labelled(question) else part.answers
        told = [str(each) if in_numbers else self._answer(part.question, each) for each in answers]
        return {
            "question": self._question(part.question),
            "answers": self._joined(told, _OR),
            "lowest": told[0] if told else "",
            "highest": told[-1] if told else "",
        }

    def _question(self, name: str) -> str:
        line = line_of(self._form, name, language=self._language, organisation=self._organisation)
        return f"\N{LEFT SINGLE QUOTATION MARK}{line}\N{RIGHT SINGLE QUOTATION MARK}"

    def _answer(self, name: str, answer: str | int) -> str:
        form = self._form
        told = shown(form.items[name].question, answer, self._language, form.questionnaire)
        return told or str(answer)

    def _joined(self, words: Sequence[str], joint: str) -> str:
        """ "A, B or C"."""
        *others, last = words or [""]
        if not others:
            return last
        return self._say(joint) % {"first": ", ".join(others), "last": last}

    def _each(self, alternatives: Sequence[str]) -> str:
        """Whole conditions, each of which may have an "and" of its own."""
        told = alternatives[0]
        for another in alternatives[1:]:
            told = self._say(_ELSE) % {"first": told, "last": another}
        return told
