"""The organisation tree."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from survey.domain.organisation import ancestors, first_loop, roll_up
from survey.domain.records import Unit

TREE = [
    Unit("schools", "Schools", "department"),
    Unit("north", "North", "team", "schools"),
    Unit("oak", "Oakfield", "school", "north"),
    Unit("elm", "Elmwood", "school", "north"),
]


def test_the_line_of_a_unit_ends_with_the_whole_body() -> None:
    assert ancestors(TREE)["oak"] == ("oak", "north", "schools", "")


def test_people_of_small_units_settle_together_in_the_smallest_unit_that_has_the_floor() -> None:
    homes = ["oak"] * 6 + ["elm"] * 5 + ["schools"] * 12

    assert Counter(roll_up(homes, TREE, floor=10)) == {"north": 11, "schools": 12}


def test_a_unit_that_is_gone_counts_for_the_whole_body_only() -> None:
    assert roll_up(["closed-school"] * 3, TREE, floor=10) == [""] * 3


@given(st.lists(st.sampled_from(["oak", "elm", "north", "schools", ""]), max_size=60))
def test_no_unit_is_left_with_fewer_people_than_the_floor(homes: list[str]) -> None:
    settled = roll_up(homes, TREE, floor=10)

    crowd = Counter(settled)
    assert len(settled) == len(homes)
    assert all(count >= 10 for unit, count in crowd.items() if unit)
    lines = {**ancestors(TREE), "": ("",)}
    assert all(new in lines[old] for old, new in zip(homes, settled, strict=True))


def test_a_loop_of_parents_is_found_and_a_sound_tree_has_none() -> None:
    assert set(first_loop({"a": "b", "b": "c", "c": "b"})) == {"b", "c"}
    assert first_loop({"a": None, "b": "a", "c": "gone"}) == ()
