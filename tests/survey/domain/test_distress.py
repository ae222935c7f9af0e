"""B20: words of somebody in danger are noticed, ordinary complaints are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.distress import Concern, noticed

C = Concern


@pytest.mark.parametrize(
    ("text", "concern"),
    [
        ("I can't do this any more, I want to die", C.SELF_HARM),
        ("Sometimes I think about suicide.", C.SELF_HARM),
        ("I’ve been hurting myself", C.SELF_HARM),
        ("I don't want to live anymore", C.SELF_HARM),
        ("they would be better off dead without me, I'd be BETTER OFF DEAD", C.SELF_HARM),
        ("Rwy'n teimlo fel lladd fy hun", C.SELF_HARM),
        ("a pupil disclosed something to the TA", C.CHILD),
        ("this is a safeguarding matter", C.CHILD),
        ("the child is being neglected", C.CHILD),
        ("diogelu plant", C.CHILD),
        ("my husband hits me", C.VIOLENCE),
        ("I was assaulted in the car park", C.VIOLENCE),
        ("trais domestig", C.VIOLENCE),
        ("she is not breathing", C.EMERGENCY),
        ("He took an overdose", C.EMERGENCY),
    ],
)
def test_words_of_danger_are_noticed(text: str, concern: Concern) -> None:
    assert concern in noticed(text)


@pytest.mark.parametrize(
    "text",
    [
        "Payroll got it wrong again, this is killing me",
        "the printer died and nobody is breathing a word about it",
        "The system is dead slow, I am dying to get rid of it",
        "It hit our budget, and we were beaten to the slot",
        "children's services invoice is wrong",
        "The child care vouchers were not paid",
        "Mae'r system yn araf",
        "we are at risk of missing the payroll deadline",
        "",
    ],
)
def test_ordinary_complaints_are_not(text: str) -> None:
    assert noticed(text) == frozenset()


@given(st.text(max_size=400))
def test_any_text_can_be_looked_at(text: str) -> None:
    assert noticed(text) <= frozenset(Concern)
