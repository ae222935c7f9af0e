"""What buttons about problem reports carry, and what of it is believed."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.callbacks import MOST_BYTES, PagePress, Press
from bot.callbacks import decode as decode_any
from bot.case_buttons import (
    About,
    CasePress,
    add_to,
    case_row,
    decode,
    encode,
    give,
    hand_on,
    judge,
    open_case,
    put_into,
    rate,
    rating_row,
    take_over,
    verdict_row,
)
from bot.commands import rule_of
from bot.sentences import Sentences
from survey.domain.cases import Verdict
from survey.locales import SPOKEN

CASE = UUID("8f14e45f-ceea-467f-a9d2-0b5c1a6d7e3f")
LAST = UUID(int=2**128 - 1)


tokens = st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True)


choices = st.from_regex(r"[a-z0-9_]{1,12}", fullmatch=True)
CHOOSING = (About.JUDGE, About.RATE, About.GIVE)


@given(
    st.one_of(
        st.tuples(st.sampled_from(About), st.just("")),
        st.tuples(st.sampled_from(CHOOSING), choices),
    ),
    st.one_of(st.uuids(), tokens),
)
def test_a_button_about_a_case_says_what_it_was_made_to_say(
    asked: tuple[About, str], case: UUID | str
) -> None:
    action, choice = asked
    press = CasePress(action, case, choice)

    assert decode(encode(press)) == press
    assert decode_any(encode(press)) == press
    assert len(encode(press).encode()) <= MOST_BYTES


@pytest.mark.parametrize("case", [CASE, LAST, UUID(int=0), "x" * 43])
def test_each_way_to_make_one_names_the_case_and_the_choice(case: UUID | str) -> None:
    made = {
        judge(case, Verdict.NOT_FIXED): CasePress(About.JUDGE, case, "not_fixed"),
        rate(case, 5): CasePress(About.RATE, case, "5"),
        open_case(case): CasePress(About.OPEN, case),
        add_to(case): CasePress(About.ADD, case),
        put_into(case): CasePress(About.PUT, case),
        take_over(case): CasePress(About.TAKE_OVER, case),
        hand_on(case): CasePress(About.HAND_ON, case),
        give(case, LAST): CasePress(About.GIVE, case, "f" * 12),
    }

    assert {data: decode(data) for data in made} == made


@pytest.mark.parametrize(
    "data",
    [
        "case=",
        "case=abc",
        "case=" + "A" * 23,
        "case=" + "A" * 21 + "B",  # the last four bits would say nothing
        "close=" + "A" * 22,
        "judge=" + "A" * 22 + "~",
        "judge=" + "A" * 22 + "~Fixed",
        "judge=" + "A" * 22 + "~fixed\n",
    ],
)
def test_b7_data_that_no_button_about_a_case_has_says_nothing(data: str) -> None:
    assert decode(data) is None
    assert decode_any(data) is None


@given(st.text(max_size=70))
def test_no_data_breaks_the_reading(data: str) -> None:
    press = decode(data)

    assert press is None or encode(press) == data


@pytest.mark.parametrize("language", SPOKEN)
def test_the_rows_of_a_message_ask_for_a_verdict_a_score_or_more(language: str) -> None:
    say = Sentences(language)

    verdicts = [decode(each.data) for each in verdict_row(say, CASE)]
    scores = [each.text for each in rating_row(CASE)]
    actions = [decode_any(each.data) for each in case_row(say, CASE)]

    assert [each and each.choice for each in verdicts] == ["fixed", "partly", "not_fixed"]
    assert scores == ["1", "2", "3", "4", "5"]
    assert actions == [CasePress(About.ADD, CASE), CasePress(About.OPEN, CASE)]
    for row in (verdict_row(say, CASE), case_row(say, CASE)):
        assert all(len(each.text) <= 40 for each in row)


def test_buttons_of_other_kinds_are_not_about_a_case() -> None:
    for other in (PagePress, Press):
        assert not isinstance(decode_any(open_case(CASE)), other)
    assert rule_of(CasePress(About.OPEN, CASE)).value.startswith("whoever reported")
