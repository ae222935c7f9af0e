"""From a questionnaire as written to one as answered: nothing left to look up.

Lists and scales by name become choices and points, `services` the services of the installation,
`systems` those of the service that its question is asked for;
`or_other` and `for_each` become questions of their own; appended blocks come at the end. Expanding
what is expanded changes nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from survey.domain.blocks import as_part, joined_licence, unreviewed
from survey.domain.findings import Finding, quoted
from survey.domain.questionnaire import (
    BUTTON_LENGTH,
    CHOICE_NAME,
    LONGEST_NAME,
    OTHER,
    PREFER_NOT_TO_SAY,
    SERVICES,
    SYSTEMS,
    Choice,
    Contact,
    Privacy,
    Question,
    Questionnaire,
    QuestionType,
    Text,
)
from survey.domain.records import Service
from survey.domain.suggest import did_you_mean
from survey.errors import Fault, QuestionnaireFaulty

CHOICE_WORD: Final = "${choice}"

_OTHER: Final[Text] = {"en": "Other", "cy": "Arall"}
_PLEASE_SAY: Final[Text] = {"en": "Other: please say what", "cy": "Arall: nodwch beth"}


@dataclass(frozen=True, slots=True)
class Expansion:
    """`origins` leads from each question that expansion made to the one that it was made from, or
    to nothing ("") where a block brought it."""

    questionnaire: Questionnaire
    origins: Mapping[str, str]
    findings: tuple[Finding, ...]


def expand(
    questionnaire: Questionnaire,
    *,
    services: Sequence[Service],
    blocks: Mapping[str, Questionnaire],
) -> Questionnaire:
    """The questionnaire as it is answered.

    Args:
        services: those of this installation, in order; what `choices: services` means.
        blocks: by key, for `append`.

    Raises:
        QuestionnaireFaulty: a list, scale or block that does not exist, a `for_each` that names no
            earlier question with choices, or a block where privacy does not allow it.
    """
    unfolded = unfold(questionnaire, services=services, blocks=blocks)
    if unfolded.findings:
        raise QuestionnaireFaulty(
            [
                Fault(
                    (questionnaire.key, *filter(None, [found.question])), found.code, found.message
                )
                for found in unfolded.findings
            ]
        )
    return unfolded.questionnaire


def unfold(
    questionnaire: Questionnaire,
    *,
    services: Sequence[Service],
    blocks: Mapping[str, Questionnaire],
) -> Expansion:
    """As `expand`, with what is wrong beside what could be expanded."""
    work = _Unfolding(questionnaire, services)
    questions = tuple(work.questions())
    appended = tuple(_appended(questionnaire, services, blocks, work.findings))
    origins = work.origins | {
        question.name: "" for block in appended for question in block.questions
    }
    expanded = questionnaire.model_copy(
        update={
            "questions": questions + tuple(q for block in appended for q in block.questions),
            "contact": _contact(questionnaire.contact, work.origins),
            "lists": {},
            "scales": {},
            "append": (),
            "minutes": min(60, questionnaire.minutes + sum(block.minutes for block in appended)),
            "licence": joined_licence(questionnaire, appended),
            "unreviewed": unreviewed(questionnaire, appended),
        }
    )
    return Expansion(expanded, origins, tuple(work.findings))


def _contact(contact: Contact | None, origins: Mapping[str, str]) -> Contact | None:
    """With the questions that repeated ones have become."""
    if contact is None:
        return None

    def unfolded(names: Sequence[str]) -> tuple[str, ...]:
        made = {name: [new for new, of in origins.items() if of == name] for name in names}
        return tuple(new for name in names for new in made[name] or [name])

    return contact.model_copy(
        update={"low": unfolded(contact.low), "passes_on": unfolded(contact.passes_on)}
    )


class _Unfolding:
    """One questionnaire's own questions, in order; `origins` and `findings` fill on the way."""

    def __init__(self, questionnaire: Questionnaire, services: Sequence[Service]) -> None:
        self._form = questionnaire
        self._services = services
        self._from_services: set[str] = set()
        self._done: dict[str, Question] = {}
        self.origins: dict[str, str] = {}
        self.findings: list[Finding] = []

    def questions(self) -> Iterator[Question]:
        for written in self._form.questions:
            complete = self._with_scale(self._with_choices(written))
            for repeated in self._repeated(complete):
                for question in self._with_other(repeated):
                    if question.name != written.name:
                        self.origins[question.name] = written.name
                    if len(question.name) > LONGEST_NAME:
                        message = (
                            f"its question {question.name} would have a name of more than "
                            f"{LONGEST_NAME} characters: shorten the name"
                        )
                        self._find(written, "name", "long_name", message)
                    self._done.setdefault(question.name, question)
                    yield question

    def _find(self, question: Question, part: str, code: str, message: str) -> None:
        self.findings.append(Finding(question.name, (part,), code, message))

    def _with_choices(self, question: Question) -> Question:
        name = question.choices
        if not isinstance(name, str):
            return question
        if name == SERVICES:
            self._from_services.add(question.name)
            return question.model_copy(update={"choices": self._service_choices(question)})
        if name == SYSTEMS:
            if question.for_each not in self._from_services:
                message = "choices: systems needs for_each with a question of choices: services"
                self._find(question, "choices", "no_services", message)
            return question
        if name not in self._form.lists:
            near = did_you_mean(name, [*self._form.lists, SERVICES])
            message = f"{quoted(name)} is not a list{near}: add it under lists"
            self._find(question, "choices", "unknown_list", message)
        return question.model_copy(update={"choices": self._form.lists.get(name, ())})

    def _service_choices(self, question: Question) -> tuple[Choice, ...]:
        fit = [service for service in self._services if re.fullmatch(CHOICE_NAME, service.key)]
        if not fit:
            message = "no services are known: import them with 'tellback import services'"
            self._find(question, "choices", "no_services", message)
        for service in self._services:
            if service not in fit:
                message = (
                    f"the key of the service {quoted(service.key)} cannot be a choice's name: "
                    "use small letters, digits, _ and -, at most 40"
                )
                self._find(question, "choices", "service_key", message)
        return tuple(_service_choice(service, self._form.languages) for service in fit)

    def _with_scale(self, question: Question) -> Question:
        if question.scale is None:
            return question
        scale = self._form.scales.get(question.scale)
        if scale is None:
            near = did_you_mean(question.scale, self._form.scales)
            message = f"{quoted(question.scale)} is not a scale{near}: add it under scales"
            self._find(question, "scale", "unknown_scale", message)
            return question
        own = question.required_message
        return question.model_copy(
            update={
                "scale": None,
                "start": scale.start,
                "end": scale.end,
                "points": scale.points,
                "required_message": scale.required_message if own is None else own,
            }
        )

    def _with_other(self, question: Question) -> Iterator[Question]:
        if not question.or_other or not question.asks or question.choices is None:
            yield question
            return
        languages = self._form.languages
        for language in languages:
            if language not in _OTHER:
                message = (
                    f"or_other has no words in {quoted(language)}: write the choice other and "
                    "its text question yourself"
                )
                self._find(question, "or_other", "missing_translation", message)
        if any(choice.name == OTHER for choice in question.closed_choices):
            message = "or_other adds the choice other, which is there already: remove one of them"
            self._find(question, "or_other", "repeated_choice", message)
        other = Choice(name=OTHER, label=_spoken(_OTHER, languages))
        choices = _before_the_exclusive(question.closed_choices, other)
        yield question.model_copy(update={"choices": choices, "or_other": False})
        text = Question(name=OTHER, type=QuestionType.TEXT, label=_spoken(_PLEASE_SAY, languages))
        yield text.model_copy(
            update={
                "name": f"{question.name}_{OTHER}",
                "relevant": f"selected(${{{question.name}}}, '{OTHER}')",
                "part": question.part,
            }
        )

    def _repeated(self, question: Question) -> Iterator[Question]:
        if question.for_each is None:
            yield question
            return
        source = self._done.get(question.for_each)
        if source is None or not source.closed_choices:
            near = did_you_mean(question.for_each, (q.name for q in self._with_listed_choices()))
            message = f"for_each needs an earlier question with choices{near}"
            self._find(question, "for_each", "bad_for_each", message)
            return
        for choice in source.closed_choices:
            if not choice.exclusive and choice.name != PREFER_NOT_TO_SAY:
                about = self._about(question, choice, source)
                if about.choices != ():
                    yield about

    def _with_listed_choices(self) -> Iterable[Question]:
        return (question for question in self._done.values() if question.closed_choices)

    def _about(self, question: Question, choice: Choice, source: Question) -> Question:
        """The question asked about one choice of another."""
        condition = f"selected(${{{source.name}}}, '{choice.name}')"
        if question.relevant is not None:
            condition = f"{condition} and ({question.relevant})"
        texts: dict[str, Any] = {
            field: _about_choice(text, choice, self._form)
            for field in ("label", "hint", "short_label", "required_message", "constraint_message")
            if (text := getattr(question, field)) is not None
        }
        service = choice.name if source.name in self._from_services else question.service
        if question.choices == SYSTEMS:
            texts["choices"] = self._system_choices(choice.name)
            service = None
        return question.model_copy(
            update={
                **texts,
                "name": f"{question.name}_{choice.name.replace('-', '_')}",
                "relevant": condition,
                "for_each": None,
                "service": service,
            }
        )

    def _system_choices(self, service: str) -> tuple[Choice, ...]:
        """Each system of a service under a name of its number: what it is called may change."""
        names = next((each.systems for each in self._services if each.key == service), ())
        return tuple(
            Choice(
                name=f"system-{number}",
                label=dict.fromkeys(self._form.languages, name),
                short_label=dict.fromkeys(self._form.languages, _shortened(name))
                if len(name) > BUTTON_LENGTH
                else None,
            )
            for number, name in enumerate(names, start=1)
        )


def _service_choice(service: Service, languages: Iterable[str]) -> Choice:
    """A service as a choice; one without a translation keeps its name, which people know it by."""
    label = {language: service.called(language) for language in languages}
    long = any(len(text) > BUTTON_LENGTH for text in label.values())
    short = {language: _shortened(text) for language, text in label.items()}
    return Choice(name=service.key, label=label, short_label=short if long else None)


def _shortened(text: str) -> str:
    return text if len(text) <= BUTTON_LENGTH else text[: BUTTON_LENGTH - 1].rstrip() + "…"


def _spoken(text: Text, languages: Iterable[str]) -> Text:
    return {language: text[language] for language in languages if language in text}


def _before_the_exclusive(choices: tuple[Choice, ...], other: Choice) -> tuple[Choice, ...]:
    """ "Other" comes after the choices and before "none of these" and "prefer not to say"."""
    last = len(choices)
    while last and (choices[last - 1].exclusive or choices[last - 1].name == PREFER_NOT_TO_SAY):
        last -= 1
    return (*choices[:last], other, *choices[last:])


def _about_choice(text: Text, choice: Choice, form: Questionnaire) -> Text:
    return {
        language: words.replace(CHOICE_WORD, form.speak(choice.label, language))
        for language, words in text.items()
    }


def _appended(
    form: Questionnaire,
    services: Sequence[Service],
    blocks: Mapping[str, Questionnaire],
    findings: list[Finding],
) -> Iterator[Questionnaire]:
    for index, key in enumerate(form.append):
        part: tuple[str | int, ...] = ("append", index)
        block = blocks.get(key)
        if block is None:
            message = f"{quoted(key)} is not a block{did_you_mean(key, blocks)}"
            findings.append(Finding("", part, "unknown_block", message))
        elif form.privacy is Privacy.ATTRIBUTED:
            message = (
                f"{quoted(key)} can be appended to confidential or anonymous questionnaires "
                "only: remove it, or change privacy"
            )
            findings.append(Finding("", part, "block_needs_privacy", message))
        else:
            for language in form.languages:
                if language not in block.languages:
                    message = f"{quoted(key)} has no texts in {quoted(language)}: add them to it"
                    findings.append(Finding("", part, "missing_translation", message))
            inner = unfold(block, services=services, blocks={})
            findings.extend(Finding("", part, f.code, f.message) for f in inner.findings)
            yield as_part(inner.questionnaire, form.languages)
