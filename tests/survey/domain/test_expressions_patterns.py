"""The patterns of `regex()`: as Python's, without its traps."""

import re
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from survey.domain.expressions import ExpressionFault
from survey.domain.expressions.patterns import LONGEST_TEXT, Pattern, compile_pattern


def matches(pattern: str, text: str) -> bool:
    return compile_pattern(pattern, column=1).matches(text)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("abc", ["abc"], ["ab", "abcd", "xabc", ""]),
        ("^abc$", ["abc"], ["abcd"]),
        ("^a|b$", ["a", "b"], ["ab"]),
        ("a^b", [], ["ab", "a^b"]),
        ("", [""], ["a"]),
        ("a*", ["", "aaa"], ["b"]),
        ("a+?", ["a", "aaa"], [""]),
        ("ab?c", ["ac", "abc"], ["abbc"]),
        ("a{2}", ["aa"], ["a", "aaa"]),
        ("a{2,}", ["aa", "aaaaa"], ["a"]),
        ("a{1,3}", ["a", "aaa"], ["", "aaaa"]),
        ("a{0,1}", ["", "a"], ["aa"]),
        ("(ab|c)+", ["abc", "cab"], ["", "a"]),
        ("(?:a|)b", ["ab", "b"], ["a"]),
        ("(a*)*", ["", "aaa"], ["b"]),
        (".", ["a", "ŵ"], ["", "\n"]),
        (r"\d{3}-\w+\s\S", ["123-a_1 x"], ["١٢٣-a x"]),
        (r"\D\W", ["a-"], ["1-"]),
        (r"\.\(\\\t", [".(\\\t"], ["a(\\\t"]),
        ("[a-cx.-]", ["b", "x", ".", "-"], ["d", "a-"]),
        ("[^a-c]", ["d", "\n"], ["b"]),
        (r"[\d\-]+", ["1-2"], ["a"]),
        (r"[^\s]+", ["ab"], ["a b"]),
        (r"[\Sa]", ["x"], [" "]),
        (r"[\W]", ["-", "\U0010ffff"], ["a"]),
        (r"[^\W]", ["a"], ["-"]),
        ("[A-Za-z'’ŵ]+", ["O’Neill", "Tŵ"], ["1"]),
        (r"[^@ ]+@[^@ ]+\.[a-z]{2,}", ["a.b@example.org"], ["a@b", "a b@c.de"]),
    ],
)
def test_a_pattern_matches_whole_texts(pattern: str, yes: list[str], no: list[str]) -> None:
    assert [text for text in yes if not matches(pattern, text)] == []
    assert [text for text in no if matches(pattern, text)] == []


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "(a|a)*b", "(a*)*b", "a*a*a*a*a*a*b", "((a|a?)+){30}b", "(.*,){20}b"]
)
def test_a_pattern_that_explodes_by_backtracking_takes_few_calls(pattern: str) -> None:
    text, calls = "a" * LONGEST_TEXT, 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    compiled = compile_pattern(pattern, column=1)
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        matched = compiled.matches(text)
    finally:
        sys.setprofile(before)

    assert not matched
    assert calls <= 5 * len(compiled.steps) * len(text)


def test_a_text_beyond_the_limit_matches_nothing() -> None:
    assert matches("a*", "a" * LONGEST_TEXT)
    assert not matches("a*", "a" * (LONGEST_TEXT + 1))


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("a" * 201, "201 characters and 200 is the most"),
        ("(" * 21 + "a" + ")" * 21, "more than 20 groups"),
        ("((a{99}){99}){99}", "repeats too much"),
        ("a{101}", "100 repetitions are the most"),
        ("a{99999999999}", "100 repetitions are the most"),
        ("(a", "not closed"),
        ("a)", "closes nothing"),
        ("()", "group is empty"),
        ("[a", "not closed"),
        ("[]", "set is empty"),
        ("[[:alpha:]]", "'[' inside"),
        ("[z-a]", "from a lower character"),
        (r"[a-\d]", "from a lower character"),
        ("*a", "repeats nothing"),
        ("a**", "second repetition"),
        ("a++", "second repetition"),
        ("^*", "cannot be repeated"),
        ("a{", "a repetition is written"),
        ("a{2", "a repetition is written"),
        ("a{3,2}", "not below its beginning"),
        ("a{0}", "ends at 1 or more"),
        ("(?i)a", "only (?: )"),
        ("(?=a)", "only (?: )"),
        (r"(a)\1", "not known"),
        (r"\p{L}", "not known"),
        ("\\", "not known"),
    ],
)
def test_what_cannot_be_matched_without_backtracking_is_refused(pattern: str, words: str) -> None:
    with pytest.raises(ExpressionFault, match=re.escape(words)):
        compile_pattern(pattern, column=1)


ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\w", r"\d", "-", r"\.", "1"])
REPETITIONS = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,2}", "{2,}", "*?"])


def bigger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeated = st.builds(lambda part, sign: f"({part}){sign}", smaller, REPETITIONS)
    return (
        repeated
        | st.builds(lambda part, sign: f"{part}{sign}", ATOMS, REPETITIONS)
        | st.lists(smaller, min_size=2, max_size=3).map("".join)
        | st.lists(smaller, min_size=2, max_size=3).map("|".join)
    )


@given(
    st.recursive(ATOMS, bigger, max_leaves=6).filter(lambda pattern: len(pattern) <= 60),
    st.lists(st.text(alphabet="ab1-.", max_size=6), min_size=1, max_size=8),
)
@example("^$|a", [""])
def test_a_pattern_matches_what_python_matches(pattern: str, texts: list[str]) -> None:
    expected = [re.fullmatch(pattern, text) is not None for text in texts]

    assert [matches(pattern, text) for text in texts] == expected


@given(st.text(max_size=40) | st.text(alphabet="ab()[]{}|*+?^$.\\-,1d", max_size=40), st.text())
def test_any_text_is_a_pattern_or_is_refused(pattern: str, text: str) -> None:
    compiled = compiled_or_fault(pattern)

    if isinstance(compiled, ExpressionFault):
        assert 7 <= compiled.position <= 7 + len(pattern)
    else:
        assert compiled.matches(text) in {True, False}


def compiled_or_fault(pattern: str) -> Pattern | ExpressionFault:
    try:
        return compile_pattern(pattern, column=7)
    except ExpressionFault as fault:
        return fault
