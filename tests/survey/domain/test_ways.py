"""What is told of how answers came, and that nobody can work out the rest."""

from collections import defaultdict
from itertools import product

from survey.domain.ways import Ways, ways_shown

FLOOR = 3


def told(**counted: int) -> Ways | None:
    return ways_shown(counted, floor=10, attributed=False)


def test_every_way_with_the_floor_of_answers_is_told_the_most_first() -> None:
    assert told(web=12, chat=30, paper=10, telephone=0) == Ways(
        (("chat", 30), ("web", 12), ("paper", 10))
    )


def test_a_small_way_is_told_together_with_the_next_smallest() -> None:
    """Else the number of all answers less what is shown would be the small one."""
    assert told(chat=60, web=40, paper=3) == Ways((("chat", 60),), others=43)


def test_two_small_ways_are_not_told_by_their_sum() -> None:
    assert told(chat=60, web=40, paper=9, telephone=9) == Ways((("chat", 60),), others=58)


def test_one_way_is_not_enough_to_hide_in_where_the_sum_would_tell() -> None:
    """Of 11, one that has ten at least leaves one: the next is put to them too."""
    assert told(chat=60, web=40, telephone=10, paper=1) == Ways((("chat", 60),), others=51)


def test_what_is_put_together_is_never_more_than_the_least_that_is_shown() -> None:
    """Of 62, one that has no more than 60 leaves two at least."""
    assert told(chat=60, web=60, paper=2) is None


def test_nothing_is_told_where_nothing_is_left_to_tell() -> None:
    assert told(chat=60, paper=2) is None
    assert told(chat=9) is None
    assert told() is None


def test_of_bodies_that_answer_by_name_all_is_told() -> None:
    assert ways_shown({"web": 1, "paper": 2}, floor=10, attributed=True) == Ways(
        (("paper", 2), ("web", 1))
    )


def test_nobody_who_knows_the_rule_and_the_sum_can_tell_how_many_came_in_a_small_way() -> None:
    """All that could be counted, by what is told of it: each small number could be another."""
    ways = ("chat", "paper", "telephone", "web")
    possible = defaultdict[tuple[Ways, int], list[tuple[int, ...]]](list)
    for counts in product(range(20), repeat=len(ways)):
        shown = ways_shown(dict(zip(ways, counts, strict=True)), floor=FLOOR, attributed=False)
        if shown is not None:
            possible[shown, sum(counts)].append(counts)

    checked = 0
    for (shown, _), those in possible.items():
        assert all(n >= FLOOR for _, n in shown.shown)
        if not shown.others:
            continue
        for way in range(len(ways)):
            found = {counts[way] for counts in those}
            if any(0 < n < FLOOR for n in found):
                checked += 1
                assert len(found) > 1, (shown, ways[way], found)
    assert checked > 100
