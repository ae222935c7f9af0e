"""A block as a part of the questionnaire that it is appended to."""

from collections.abc import Iterable, Sequence

from survey.domain.questionnaire import Choice, Question, Questionnaire, Text


def as_part(block: Questionnaire, languages: Sequence[str]) -> Questionnaire:
    """The block with its questions marked and only the languages of its host."""

    def host(text: Text | None) -> Text | None:
        if text is None:
            return None
        return {language: text[language] for language in languages if language in text}

    def choice_in(choice: Choice) -> Choice:
        return choice.model_copy(
            update={"label": host(choice.label), "short_label": host(choice.short_label)}
        )

    def question_in(question: Question) -> Question:
        fields = ("label", "hint", "short_label", "required_message", "constraint_message")
        texts = {field: host(getattr(question, field)) for field in fields}
        choices = question.choices
        if isinstance(choices, tuple):
            choices = tuple(map(choice_in, choices))
        points = {point: host(text) for point, text in question.points.items()}
        return question.model_copy(
            update={**texts, "choices": choices, "points": points, "part": block.key}
        )

    return block.model_copy(update={"questions": tuple(map(question_in, block.questions))})


def joined_licence(form: Questionnaire, blocks: Iterable[Questionnaire]) -> str | None:
    """Where all of the wording comes from, each line once."""
    lines = [text for text in (form.licence, *(block.licence for block in blocks)) if text]
    return " ".join(dict.fromkeys(lines)) or None


def unreviewed(form: Questionnaire, blocks: Iterable[Questionnaire]) -> tuple[str, ...]:
    """The host's languages in which something of it is our own translation."""
    named = {language for one in (form, *blocks) for language in one.unreviewed}
    return tuple(language for language in form.languages if language in named)
