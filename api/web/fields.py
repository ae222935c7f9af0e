"""A question as the parameters of one GOV.UK Frontend component."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from gettext import NullTranslations
from typing import Any, Final

from babel import Locale
from markupsafe import Markup

from survey.domain.expressions import Value
from survey.domain.file_kinds import FileKind
from survey.domain.questionnaire import MOST_FILES, PREFER_NOT_TO_SAY, QuestionType
from survey.domain.turns import Option, QuestionTurn

ANSWER: Final = "answer"
"""The name of the answer's field; a date's are `answer-day`, `answer-month`, `answer-year`."""

DATE_PARTS: Final = ("day", "month", "year")

_EVERY_FORM: Final = 200
"""Counts below this show every plural form of the languages that have a catalogue."""

ACCEPTED_FILES: Final = ",".join(f".{ending}" for kind in FileKind for ending in kind.endings)
"""What a field of files offers, as HTML's `accept`: with it a telephone turns its photos into what
is kept."""

GROUPED: Final = frozenset(
    {
        QuestionType.SELECT_ONE,
        QuestionType.SCALE,
        QuestionType.SELECT_MULTIPLE,
        QuestionType.DATE,
    }
)
"""Types of several inputs, which a fieldset holds together."""


Typed = Mapping[str, tuple[str, ...]]
"""What was posted, by field name: it goes back on the page as it was typed."""

Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """Which component shows the question, with what; `focus` is the id that an error leads to."""

    component: str
    params: Params
    focus: str = ANSWER


def question_field(
    turn: QuestionTurn,
    *,
    translations: NullTranslations,
    language: str,
    error: str | None = None,
    typed: Typed | None = None,
) -> Field:
    """The form field of a question whose label is the page's heading.

    `typed` is None where the page does not answer a post. A note has no field: it is not asked.
    """
    _ = translations.gettext
    head = {"html": heading(turn, translations), "isPageHeading": True}
    common: Params = {"errorMessage": _error(error, _)}
    if turn.hint:
        common["hint"] = {"text": turn.hint}
    if turn.type in GROUPED:
        common["fieldset"] = {"legend": {**head, "classes": "govuk-fieldset__legend--l"}}
    else:
        common["label"] = {**head, "classes": "govuk-label--l"}
    match turn.type:
        case QuestionType.SELECT_ONE | QuestionType.SCALE:
            return _radios(turn, common, _, typed)
        case QuestionType.SELECT_MULTIPLE:
            return _checkboxes(turn, common, _, typed)
        case QuestionType.DATE:
            return _date(turn, common, _, typed)
        case QuestionType.FILE:
            return _upload(turn, common, _)
        case QuestionType.TEXT if turn.long:
            return _long_text(turn, common, translations, language, typed)
        case _:
            return _input(turn, common, typed)


def heading(turn: QuestionTurn, translations: NullTranslations) -> Markup:
    """The question's words, and whether it may be left out."""
    _ = translations.gettext
    if turn.required or turn.type is QuestionType.NOTE:
        return Markup("{}").format(turn.label)
    return Markup('{} <span class="tb-optional">{}</span>').format(turn.label, _("(optional)"))


def _error(error: str | None, _: Callable[[str], str]) -> Params | None:
    return {"text": error, "visuallyHiddenText": _("Error")} if error else None


def _radios(
    turn: QuestionTurn, common: Params, _: Callable[[str], str], typed: Typed | None
) -> Field:
    params = {**common, "name": ANSWER, "idPrefix": ANSWER, "value": _one(turn, typed)}
    if turn.labelled_ends is None:
        params["items"] = _with_divider(
            turn.options, _, apart=lambda o: o.name == PREFER_NOT_TO_SAY
        )
        return Field("radios", params)
    points = turn.options
    ends = _("%(lowest)s means “%(lowest_label)s” and %(highest)s means “%(highest_label)s”.") % {
        "lowest": points[0].name,
        "lowest_label": turn.labelled_ends[0],
        "highest": points[-1].name,
        "highest_label": turn.labelled_ends[1],
    }
    params["hint"] = {"text": f"{turn.hint} {ends}".strip()}
    params["items"] = [{"value": point.name, "text": point.name} for point in points]
    params["classes"] = "tb-scale"
    return Field("radios", params)


def _checkboxes(
    turn: QuestionTurn, common: Params, _: Callable[[str], str], typed: Typed | None
) -> Field:
    given = turn.given if isinstance(turn.given, tuple) else ()
    params = {
        **common,
        "name": ANSWER,
        "idPrefix": ANSWER,
        "values": list(turn.ticked or given if typed is None else typed.get(ANSWER, ())),
        "items": _with_divider(turn.options, _, apart=lambda option: option.exclusive),
    }
    params.setdefault("hint", {"text": _("Select all that apply.")})
    return Field("checkboxes", params)


def _with_divider(
    options: tuple[Option, ...], _: Callable[[str], str], *, apart: Callable[[Option], bool]
) -> list[Params]:
    """The items of a list, with "or" before the first that stands apart from the rest."""
    items: list[Params] = []
    divided = False
    for option in options:
        if items and not divided and apart(option):
            items.append({"divider": _("or")})
            divided = True
        item: Params = {"value": option.name, "text": option.label}
        if option.exclusive:
            item["behaviour"] = "exclusive"
        items.append(item)
    return items


def _upload(turn: QuestionTurn, common: Params, _: Callable[[str], str]) -> Field:
    """Several files of the kinds that are kept."""
    kinds = _("Photos, PDF, Word, Excel or text. Up to %(most)s files, 20 MB each.")
    hint = f"{turn.hint} {kinds % {'most': MOST_FILES}}".strip()
    params = {**common, "id": ANSWER, "name": ANSWER, "multiple": True, "hint": {"text": hint}}
    return Field("upload", params | {"attributes": {"accept": ACCEPTED_FILES}})


def _input(turn: QuestionTurn, common: Params, typed: Typed | None) -> Field:
    params = {**common, "id": ANSWER, "name": ANSWER, "value": _one(turn, typed)}
    if turn.type is QuestionType.TEXT:
        params["attributes"] = {"dir": "auto"}
    else:
        whole = turn.type is QuestionType.INTEGER
        params |= {"inputmode": "numeric" if whole else "decimal", "spellcheck": False}
        params["classes"] = "govuk-input--width-10"
    return Field("input", params)


def _long_text(
    turn: QuestionTurn,
    common: Params,
    translations: NullTranslations,
    language: str,
    typed: Typed | None,
) -> Field:
    _, ngettext = translations.gettext, translations.ngettext
    text = _one(turn, typed)
    params = {
        **common,
        "id": ANSWER,
        "name": ANSWER,
        # A browser drops one line break at the beginning of a text area.
        "value": f"\n{text}" if text.startswith("\n") else text,
        "rows": 6,
        "attributes": {"dir": "auto"},
    }
    if turn.max_length is None:
        return Field("textarea", params)
    params |= {
        "maxlength": turn.max_length,
        "textareaDescriptionText": _("You can enter up to %(count)s characters.").replace(
            "%(count)s", "%{count}"
        ),
        "charactersAtLimitText": _("You have 0 characters left."),
        "charactersUnderLimitText": _counting(
            lambda n: ngettext(
                "You have %(count)s character left.", "You have %(count)s characters left.", n
            ),
            language,
        ),
        "charactersOverLimitText": _counting(
            lambda n: ngettext(
                "You have %(count)s character too many.",
                "You have %(count)s characters too many.",
                n,
            ),
            language,
        ),
    }
    return Field("characters", params)


def _counting(sentence: Callable[[int], str], language: str) -> dict[str, str]:
    """The plural forms as the component's script wants them: by CLDR name, with its own mark."""
    form_of = Locale.parse(language).plural_form
    examples = {form_of(number): number for number in reversed(range(_EVERY_FORM))}
    return {
        form: sentence(number).replace("%(count)s", "%{count}") for form, number in examples.items()
    }


def _date(
    turn: QuestionTurn, common: Params, _: Callable[[str], str], typed: Typed | None
) -> Field:
    labels = {"day": _("Day"), "month": _("Month"), "year": _("Year")}
    values = _date_parts(turn, typed)
    wrong = " govuk-input--error" if common["errorMessage"] else ""
    params = {
        **common,
        "id": ANSWER,
        "namePrefix": ANSWER,
        "items": [
            {
                "name": part,
                "label": labels[part],
                "value": values[part],
                "classes": f"govuk-input--width-{4 if part == 'year' else 2}{wrong}",
            }
            for part in DATE_PARTS
        ],
    }
    params.setdefault("hint", {"text": _("For example, 31 3 2026.")})
    return Field("date", params, focus=f"{ANSWER}-day")


def _date_parts(turn: QuestionTurn, typed: Typed | None) -> dict[str, str]:
    names = {part: f"{ANSWER}-{part}" for part in DATE_PARTS}
    if typed is not None:
        return {part: _first(typed, name) for part, name in names.items()}
    if isinstance(turn.given, date):
        return {part: str(getattr(turn.given, part)) for part in DATE_PARTS}
    return dict.fromkeys(DATE_PARTS, "")


def _first(typed: Typed, name: str) -> str:
    return next(iter(typed.get(name, ())), "")


def _one(turn: QuestionTurn, typed: Typed | None) -> str:
    """The single text of the field: as posted, as the engine gives it back, or as answered."""
    if typed is not None:
        return _first(typed, ANSWER)
    if turn.problem is not None and turn.problem.typed is not None:
        return turn.problem.typed
    return as_text(turn.given)


def as_text(value: Value) -> str:
    """An answer as its field holds it."""
    if value is None or isinstance(value, tuple):
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
