"""The questionnaire format: XLSForm's words as validated data.

A file is read by `survey.domain.loading`, checked by `survey.domain.checking`, completed by
`survey.domain.expansion` (lists, scales, services, "other", repeated questions, appended blocks)
and frozen at publication. What people answer is always an expanded questionnaire.

Source of the words: XLSForm, https://xlsform.org/en/ (type, name, label, hint, required, relevant,
constraint, constraint_message, calculation, choices, or_other; type `file`). `scale`, the privacy
words, `measures`, `service`, `for_each` and `becomes` are ours.

`${name}` stands for an earlier answer in a `label`, `hint` or `short_label`, and `${organisation}`
for the body's name there and in `title`, `asked_by` and `purpose`. In a question with `for_each`,
`${choice}` stands for the choice. All other texts are fixed words.
"""

from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
)

PREFER_NOT_TO_SAY: Final = "prefer_not_to_say"
"""A choice of this name answers its question and stands outside the base of every figure."""

OTHER: Final = "other"
"""The choice that `or_other` adds; its text is the generated question `{name}_other`."""

SERVICES: Final = "services"
"""The choice list that publication fills with the services of this installation."""

SYSTEMS: Final = "systems"
"""The choice list of the systems of the service that the question is asked for each of."""

MOST_FILES: Final = 10
"""In one answer."""

RESERVED_NAMES: Final = frozenset(
    {"organisation", "choice", "unit", "language", "submitted_on", "engagement_index"}
)
"""Names that no question may have: piping words, file columns and derived values."""

PIPED_WORDS: Final = frozenset({"organisation"})
"""What `${...}` may name in a text besides an earlier question."""

BUTTON_LENGTH: Final = 40
"""Longest text of a button in chat, in characters."""

MOST_QUESTIONS: Final = 200
"""In one questionnaire, expanded."""

LONGEST_NAME: Final = 64
CHOICE_NAME: Final = r"^[a-z0-9][a-z0-9_-]{0,39}$"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
ChoiceName = Annotated[str, Field(pattern=CHOICE_NAME)]
Source = Annotated[str, Field(max_length=2000)]


Words = Annotated[str, Field(max_length=2000)]


def _in_default_language(value: Any, info: ValidationInfo) -> Any:
    """A bare string is the text of the default language, which `loading` gives as context."""
    if not isinstance(value, str):
        return value
    return {(info.context or {}).get("default_language", "en"): value}


Text = Annotated[
    dict[Language, Words],
    BeforeValidator(_in_default_language, json_schema_input_type=Words | dict[Language, Words]),
]
"""One text in several languages: {"en": "Yes", "cy": "Ydw"}."""


def _list_or_choices(value: Any) -> str:
    return "choices" if isinstance(value, list | tuple) else "list"


class QuestionType(StrEnum):
    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    SCALE = "scale"
    INTEGER = "integer"
    DECIMAL = "decimal"
    TEXT = "text"
    DATE = "date"
    FILE = "file"
    """Photos, documents, a voice message: where the answers become a case."""
    NOTE = "note"
    CALCULATE = "calculate"


class Privacy(StrEnum):
    ATTRIBUTED = "attributed"
    CONFIDENTIAL = "confidential"
    ANONYMOUS = "anonymous"


class Becomes(StrEnum):
    """What is made of the answers once they are sent."""

    RESPONSE = "response"
    """A response, and figures."""
    CASE = "case"
    """A problem report that somebody answers; nothing is counted."""


class UnitRule(StrEnum):
    """How the respondent's unit is known: asked for, fixed by the link, or not at all."""

    ASK = "ask"
    FIXED = "fixed"
    NONE = "none"


class _Format(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Choice(_Format):
    """One choice of a list. `short_label` is its button where the label is over 40 characters."""

    name: ChoiceName
    label: Text
    short_label: Text | None = None
    exclusive: bool = Field(False, description='Unticks all others: "none of these".')


class Scale(_Format):
    """The points of a scale, named once in `scales` and used by many questions."""

    start: int
    end: int
    points: dict[int, Text] = Field(
        default_factory=dict, description="Labels: both ends or every point."
    )
    required_message: Text | None = Field(
        None, description="That of a question which has none of its own."
    )


class Question(_Format):
    """One question (or note, or calculation), in the order asked."""

    name: Name
    type: Annotated[QuestionType, Field(strict=False)]
    label: Text = Field(default_factory=dict)
    hint: Text | None = None
    short_label: Text | None = Field(
        None, description="The line of this question in summaries and tables."
    )
    required: bool = False
    required_message: Text | None = Field(
        None, description='The error of an empty page: "Select how far you agree".'
    )
    relevant: Source | None = Field(None, description="Asked only when this holds.")
    constraint: Source | None = Field(None, description="Must hold for the answer, written as `.`.")
    constraint_message: Text | None = None
    calculation: Source | None = Field(None, description="What a `calculate` question is worth.")
    choices: (
        Annotated[
            Annotated[Name, Tag("list")] | Annotated[tuple[Choice, ...], Tag("choices")],
            Discriminator(_list_or_choices),
        ]
        | None
    ) = Field(None, description="The name of a list, `services`, `systems`, or the choices.")
    or_other: bool = Field(False, description='Adds the choice "other" and a text question for it.')
    scale: Name | None = Field(
        None, description="The name of a scale, instead of start, end and points."
    )
    start: int | None = Field(
        None, description="Lowest point of a scale, or least integer or decimal."
    )
    end: int | None = Field(
        None, description="Highest point of a scale, or greatest integer or decimal."
    )
    points: dict[int, Text] = Field(
        default_factory=dict, description="Labels of a scale: both ends or every point."
    )
    appearance: Literal["short", "long"] = Field(
        "short", description="Of a text: one line or several."
    )
    max_length: Annotated[int, Field(ge=1, le=4000)] = Field(
        2000, description="Of a text, in characters."
    )
    measures: tuple[Name, ...] = Field((), description="The measures that this question feeds.")
    service: Name | None = Field(None, description="The one service that this question rates.")
    for_each: Name | None = Field(
        None, description="Repeated once per choice ticked in this question."
    )
    characteristic: bool = Field(False, description="Counted as an equality margin.")
    part: Key | None = Field(
        None, description="The block that it came with; progress counts within a part."
    )

    @property
    def asks(self) -> bool:
        """Whether a person answers it (a note is only read, a calculation is never seen)."""
        return self.type not in (QuestionType.NOTE, QuestionType.CALCULATE)

    @property
    def closed_choices(self) -> tuple[Choice, ...]:
        """The choices themselves; an expanded questionnaire has no list names left."""
        return self.choices if isinstance(self.choices, tuple) else ()


class Contact(_Format):
    """When an answer opens a case by itself: somebody is not satisfied, and agrees to be contacted.

    The case holds the answers to `passes_on` and nothing else of the response.
    """

    low: Annotated[tuple[Name, ...], Field(min_length=1)] = Field(
        description="The scales that say how satisfied somebody is."
    )
    at_most: int = Field(2, description="The highest point that is not satisfied.")
    agreed: Name = Field(description='The question that is answered "yes" by who agrees.')
    passes_on: tuple[Name, ...] = Field((), description="The questions whose answers go along.")


class Questionnaire(_Format):
    """What is asked, by whom, why, and under which promise of privacy."""

    key: Key
    title: Text
    asked_by: Text = Field(
        default_factory=dict, description="Who asks, where it is not the body itself."
    )
    purpose: Text
    minutes: Annotated[int, Field(ge=1, le=60)] = 2
    privacy: Annotated[Privacy, Field(strict=False)]
    unit: Annotated[UnitRule, Field(strict=False)] = UnitRule.ASK
    becomes: Annotated[Becomes, Field(strict=False)] = Field(
        Becomes.RESPONSE, description="A response that is counted, or a case that is answered."
    )
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=20)] = ("en",)
    unreviewed: tuple[Language, ...] = Field(
        (), description="Our translation, read by no speaker yet."
    )
    licence: str | None = Field(None, max_length=2000, description="Where the wording comes from.")
    service_question: Name | None = Field(
        None, description="The question whose answer is the service rated."
    )
    contact: Contact | None = Field(
        None, description="When an answer opens a case by itself, with consent."
    )
    append: tuple[Key, ...] = Field((), description="Blocks asked at the end, such as `equality`.")
    lists: dict[Name, tuple[Choice, ...]] = Field(
        default_factory=dict, description="Choice lists by name."
    )
    scales: dict[Name, Scale] = Field(default_factory=dict, description="Scales by name.")
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=MOST_QUESTIONS)]

    @property
    def default_language(self) -> str:
        return self.languages[0]

    @property
    def becomes_case(self) -> bool:
        return self.becomes is Becomes.CASE

    def question(self, name: str) -> Question:
        """The question of this name; KeyError where there is none."""
        for question in self.questions:
            if question.name == name:
                return question
        raise KeyError(name)

    def speak(self, text: Text, language: str) -> str:
        """The text in this language, else in the default language, else empty."""
        return text.get(language) or text.get(self.default_language) or ""
