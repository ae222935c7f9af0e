from textwrap import dedent

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from survey.domain.document import LARGEST, Place, parse
from survey.domain.loading import MOST_FAULTS, read, read_what_can_be
from survey.errors import Fault, QuestionnaireFaulty
from survey.questionnaires import library

HEAD = """\
key: pulse
title: Staff pulse
purpose: To learn.
privacy: confidential
questions:
"""
QUESTION = """\
  - name: pride
    type: scale
    start: 1
    end: 5
    label: I am proud
"""


def refused(text: str | bytes) -> list[Fault]:
    with pytest.raises(QuestionnaireFaulty) as caught:
        read(text, name="pulse.yaml")
    return list(caught.value.faults)


def only(text: str | bytes) -> tuple[tuple[str, ...], str, str]:
    (fault,) = refused(text)
    return fault.path, fault.code, fault.message


def test_a_file_becomes_a_questionnaire_that_remembers_its_lines() -> None:
    loaded = read(HEAD + QUESTION, name="pulse.yaml")

    assert loaded.questionnaire.question("pride").end == 5
    assert loaded.places["questions", 0, "label"] == Place(10, 5)


def test_a_bare_text_is_in_the_first_of_the_languages() -> None:
    text = "languages: [cy, en]\n" + HEAD + QUESTION

    assert read(text, name="x").questionnaire.title == {"cy": "Staff pulse"}


def test_yes_no_and_dates_stay_text() -> None:
    question = """\
      - name: when
        type: select_one
        label: {en: 2026-11-22}
        choices:
          - {name: yes, label: Yes}
          - {name: no, label: off}
    """
    choices = read(HEAD + question, name="x").questionnaire.question("when").closed_choices

    assert [(choice.name, choice.label["en"]) for choice in choices] == [
        ("yes", "Yes"),
        ("no", "off"),
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("010", "010"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("1e3", "1e3"),
        ("12:30", "12:30"),
        ("on", "on"),
        ("True", "True"),
        ("'true'", "true"),
        ("true", True),
        ("-7", -7),
        ("~", None),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_only_whole_numbers_true_false_and_null_are_not_text(written: str, meant: object) -> None:
    assert parse(f"key: {written}", name="x").data == {"key": meant}


def test_a_misspelt_type_is_told_with_line_question_and_the_word_meant() -> None:
    text = HEAD + QUESTION.replace("scale", "scal")

    assert only(text) == (
        ("pulse.yaml", "7", "question pride"),
        "unknown_value",
        "'scal' is not a type (did you mean 'scale'?)",
    )


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("labl: x", "unknown_word", "'labl' is not a word of the format (did you mean 'label'?)"),
        ("required: yes", "wrong_shape", "required must be true or false"),
        ("hint: 2024", "wrong_shape", "hint must be text: put it in quotes"),
        ("hint: [a]", "wrong_shape", "hint must be text, or one per language"),
        ("relevant: 1", "wrong_shape", "relevant must be text: put it in quotes"),
        ("max_length: 9999", "out_of_range", "max_length must be 4000 or less"),
        ("max_length: many", "wrong_shape", "max_length must be a whole number"),
        ("measures: nps", "wrong_shape", "measures must be a list: one '- ' line for each"),
        ("points: {low: x}", "wrong_shape", "points low must be a whole number"),
        ("points: {1: 2}", "wrong_shape", "points 1 must be text: put it in quotes"),
        ("appearance: tall", "unknown_value", "'tall' is not an appearance: use short or long"),
        ("choices: 5", "wrong_shape", "choices must be text: put it in quotes"),
        (
            "service: Payroll",
            "bad_name",
            "'Payroll' cannot be a name: start with a small letter and use small letters, "
            "digits and _, at most 64",
        ),
        (
            "hint: {english: x}",
            "bad_name",
            "'english' cannot be a language: use its code of two or three letters, "
            "such as en or cy",
        ),
    ],
)
def test_what_is_wrong_with_a_field_is_said_in_plain_words(
    line: str, code: str, message: str
) -> None:
    assert only(f"{HEAD}{QUESTION}    {line}\n") == (
        ("pulse.yaml", "11", "question pride"),
        code,
        message,
    )


def test_a_fault_in_a_choice_names_the_choice() -> None:
    text = HEAD + QUESTION + "    choices:\n      - {name: yes}\n"

    assert only(text) == (
        ("pulse.yaml", "12", "question pride, choice yes"),
        "missing",
        "label is missing: add it",
    )


def test_a_fault_in_a_named_list_names_the_list() -> None:
    text = HEAD + QUESTION + "lists:\n  yn:\n    - {name: yes, label: Yes, exclusive: 1}\n"

    assert only(text)[0] == ("pulse.yaml", "13", "list yn")


def test_everything_wrong_with_the_form_is_said_at_once() -> None:
    text = dedent("""\
        key: Pulse
        title: Staff pulse
        privacy: secret
        questions:
          - name: a
            type: txt
          - name: b
            type: text
            typ: text
        """)

    assert [(fault.path[1], fault.code) for fault in refused(text)] == [
        ("1", "bad_name"),
        ("1", "missing"),
        ("3", "unknown_value"),
        ("6", "unknown_value"),
        ("9", "unknown_word"),
    ]


def test_a_key_twice_is_told_with_both_lines_and_hides_no_other_fault() -> None:
    faults = refused(HEAD + QUESTION + "    type: scale\n    hnt: x\n")

    assert [(fault.path, fault.code) for fault in faults] == [
        (("pulse.yaml", "11", "question pride"), "repeated_key"),
        (("pulse.yaml", "12", "question pride"), "unknown_word"),
    ]
    assert faults[0].message == "'type' stands here twice, first on line 7: keep one"


def test_a_great_many_faults_are_counted_instead_of_listed() -> None:
    faults = refused(HEAD + QUESTION + "".join(f"    x{n}: 1\n" for n in range(5000)))

    assert len(faults) == MOST_FAULTS + 1
    assert faults[-1].message.startswith("and 4800 more")


def test_the_sound_questions_of_a_malformed_file_can_still_be_judged() -> None:
    text = HEAD + QUESTION + QUESTION.replace("pride", "other_one").replace("scale", "scal")

    loaded, faults = read_what_can_be(text, name="x")

    assert loaded is not None
    assert [question.name for question in loaded.questionnaire.questions] == ["pride"]
    assert loaded.unjudged == {"other_one"}
    assert len(faults) == 1


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "empty", "1"),
        ("# nothing\n", "empty", "1"),
        ("just words", "shape", "1"),
        ("- a\n- b", "shape", "1"),
        ("key: a\n---\nkey: b", "two_documents", "2"),
        ("a: &x 1\nb: *x", "alias", "1"),
        ("a: 1\n&x b: 2", "alias", "2"),
        ("a: *missing", "alias", "1"),
        ("a: !!python/object:os.system x", "tag", "1"),
        ("a: !!binary aGk=", "tag", "1"),
        ("? [a, b]\n: 1", "key", "1"),
        ("key: a\nb: \x00", "not_text", "2"),
        ("key: a\x1b", "not_text", "1"),
        ("key: \ud800", "not_text", "1"),
        (b"key: a\nb: \xff", "not_utf8", "2"),
        ("key: a".encode("utf-16"), "not_utf8", "1"),
        ("key: [1, 2", "not_yaml", "1"),
        ("key: a: b", "not_yaml", "1"),
        ("key: a\n\tb: c", "not_yaml", "2"),
        ('key: "a', "not_yaml", "1"),
        ("[" * 5000, "too_deep", "1"),
        ("{a: " * 5000, "too_deep", "1"),
        ("a" * (LARGEST + 1), "too_large", "1"),
        (b"a" * (LARGEST + 1), "too_large", "1"),
    ],
)
def test_what_cannot_be_read_is_one_clear_fault(text: str | bytes, code: str, line: str) -> None:
    path, found, message = only(text)

    assert (path, found) == (("pulse.yaml", line), code)
    assert "Error" not in message


def test_a_tab_is_named_as_such() -> None:
    assert "not with a tab" in only("key: a\n\tb: c")[2]


def test_a_byte_order_mark_is_no_fault() -> None:
    assert read((HEAD + QUESTION).encode("utf-8-sig"), name="x").questionnaire.key == "pulse"


def test_a_billion_laughs_are_refused_at_once() -> None:
    laughs = "a: &a [x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
    )

    assert only(laughs)[1] == "alias"


SHIPPED = [*library.shipped().values()]
KEYSTROKES = (
    *(b"\n", b"\t", b": ", b"- ", b"[", b"{", b"}", b"'", b'"', b"&a ", b"*a", b"!!x ", b"null"),
    *(b"true", b"1", b"\n  ", b"|\n", b"questions:", b"${", b"#", b"\x00"),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A shipped questionnaire after a few accidents with a keyboard."""
    content = draw(st.sampled_from(SHIPPED)).encode()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 40))
        pasted = draw(st.one_of(st.binary(max_size=6), st.sampled_from(KEYSTROKES)))
        content = content[:at] + pasted + content[at + length :]
    return content


def loads_or_is_refused(content: str | bytes) -> None:
    faults: tuple[Fault, ...] = ()
    try:
        read(content, name="x.yaml")
    except QuestionnaireFaulty as refusal:
        faults = refusal.faults or (Fault((), "", ""),)
    for fault in faults:
        assert fault.path[0] == "x.yaml"
        assert fault.path[1].isdigit()
        assert fault.code
        assert "\n" not in fault.message
        assert "pydantic" not in fault.message


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_a_mutated_questionnaire_loads_or_is_refused_and_nothing_else(content: bytes) -> None:
    loads_or_is_refused(content)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
@example("? ")
@example("? a\n: b")
@example("%YAML 9.9\n---\na: b")
@example("<<: {a: 1}")
@example("a: !")
@example("questions: [[]]\nkey: {}")
def test_arbitrary_input_loads_or_is_refused_and_nothing_else(content: str | bytes) -> None:
    loads_or_is_refused(content)


@pytest.mark.parametrize(
    "unit", ["- a\n", "a: [", "? ", "'", "k: |\n", "{a: 1},", "#x\n", "- - ", "é", "!", "a: b\n"]
)
def test_a_file_of_the_largest_size_is_answered_whatever_is_in_it(unit: str) -> None:
    loads_or_is_refused(unit * (LARGEST // len(unit.encode())))
