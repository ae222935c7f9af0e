import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.drafts import FORMAT, from_bytes, to_bytes
from survey.domain.turns import Offered, Phase, State, UnitCandidate
from survey.errors import DraftUnreadable

TEXT = st.text(max_size=20)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | TEXT
    | st.lists(TEXT, max_size=3).map(tuple)
)
STATES = st.builds(
    State,
    questionnaire=TEXT,
    version=st.integers(0, 9),
    language=st.sampled_from(["en", "cy"]),
    phase=st.sampled_from(Phase),
    revision=st.integers(0, 2000),
    unit=st.none() | st.builds(UnitCandidate, TEXT, TEXT, TEXT),
    unit_fixed=st.booleans(),
    answers=st.dictionaries(TEXT, VALUES, max_size=4),
    looking_at=st.none() | TEXT,
    ticked=st.lists(TEXT, max_size=3).map(tuple),
    changing=st.booleans(),
    missed=st.none() | TEXT,
    offered=st.none() | st.builds(Offered, TEXT, st.integers()),
    written=st.dictionaries(TEXT, st.integers(), max_size=3),
)
PLAIN = State("people-pulse", 2, "en")


@given(STATES)
def test_a_state_comes_back_as_it_was(state: State) -> None:
    back = from_bytes(to_bytes(state))

    assert back == state
    assert {n: type(v) for n, v in back.answers.items()} == {
        n: type(v) for n, v in state.answers.items()
    }


def test_a_draft_is_small_and_says_its_format() -> None:
    state = State(
        "people-pulse",
        2,
        "cy",
        answers={"comment": "tŷ", "d": date(2026, 3, 7), "n": Decimal("1.50")},
    )

    assert to_bytes(state).decode() == (
        '{"format":1,"questionnaire":"people-pulse","version":2,"language":"cy","phase":"notice",'
        '"revision":0,"answers":{"comment":"tŷ","d":{"date":"2026-03-07"},"n":{"decimal":"1.50"}}}'
    )


def test_a_draft_of_another_format_is_refused_by_its_number() -> None:
    later = json.dumps(json.loads(to_bytes(PLAIN)) | {"format": FORMAT + 1}).encode()

    with pytest.raises(DraftUnreadable, match="format 2"):
        from_bytes(later)


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"format":1}',
        to_bytes(PLAIN)[:-1],
        to_bytes(PLAIN).replace(b"notice", b"lost"),
        to_bytes(PLAIN).replace(b'"revision"', b'"steps":1,"revision"'),
        to_bytes(PLAIN).replace(b"}", b',"answers":{"secret":{"decimal":"secret"}}}'),
        to_bytes(PLAIN).replace(b"}", b',"answers":{"secret":1.5}}'),
    ],
)
def test_a_damaged_draft_is_refused_without_telling_what_is_in_it(damage: bytes) -> None:
    with pytest.raises(DraftUnreadable) as caught:
        from_bytes(damage)

    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
