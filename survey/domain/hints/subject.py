"""One question with its texts in the language that is judged."""

import re
from dataclasses import dataclass
from typing import Final

from survey.domain.questionnaire import Question, Questionnaire, QuestionType

_LEGEND: Final = re.compile(r"\b\d+ ?(?:=|is|means|\() ?[^,;.?)]*\)?")
"""What the ends of a scale mean: "1 is poor and 5 is excellent", "1 (poor)"."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A question as it is judged.

    `label` and `hint` are without what the wording could not do without: names that are chosen
    elsewhere, such as the service rated, and what the ends of a scale mean. `shown` is the label
    as it is read. `points` are a scale's labels from the lowest. `english` is its label in English
    whichever language is judged, or nothing. `explained` is all that the questionnaire says.
    """

    question: Question
    label: str
    shown: str
    hint: str
    choices: tuple[str, ...]
    points: tuple[str, ...]
    english: str
    explained: str

    @property
    def rated(self) -> bool:
        """Whether it is answered on a scale."""
        return self.question.type is QuestionType.SCALE

    @property
    def closed(self) -> bool:
        return self.rated or self.question.type in (
            QuestionType.SELECT_ONE,
            QuestionType.SELECT_MULTIPLE,
        )


def subjects(questionnaire: Questionnaire, language: str) -> tuple[Subject, ...]:
    """The questions and notes of an expanded questionnaire, in order."""
    speak = questionnaire.speak
    shown = [each for each in questionnaire.questions if each.type is not QuestionType.CALCULATE]
    chosen = {
        speak(choice.label, language) for question in shown for choice in question.closed_choices
    }
    names = sorted((name for name in chosen if " " in name), key=len, reverse=True)
    explained = "\n".join(
        speak(text, language) for each in shown for text in (each.label, each.hint or {})
    )

    def subject(question: Question) -> Subject:
        label = speak(question.label, language)
        return Subject(
            question=question,
            label=_without(label, names),
            shown=label,
            hint=_without(speak(question.hint or {}, language), names),
            choices=tuple(speak(each.label, language) for each in question.closed_choices),
            points=tuple(speak(text, language) for _, text in sorted(question.points.items())),
            english=question.label.get("en", ""),
            explained=explained,
        )

    return tuple(map(subject, shown))


def _without(text: str, names: list[str]) -> str:
    for name in names:
        text = text.replace(name, "…")
    return _LEGEND.sub("…", text)
