"""The arithmetic of the bench: rounds, ratios, goals and the table that tells them."""

from collections.abc import Callable

from tests.bench.rounds import Goal, Line, Sample, Spread, ratio, short, table, visit


def _counted(seen: list[str], name: str, *units: int) -> Callable[[], Sample]:
    waiting = iter(units)

    def run() -> Sample:
        seen.append(name)
        return Sample(next(waiting), 2.0, 1.0)

    return run


def test_variants_are_visited_in_turn_and_the_first_round_is_not_counted() -> None:
    seen: list[str] = []
    variants = {
        "ours": _counted(seen, "ours", 1, 20, 30),
        "theirs": _counted(seen, "theirs", 1, 10, 10),
    }

    samples = visit(variants, rounds=3, tell=lambda _: None)

    assert seen == ["ours", "theirs"] * 3
    assert [each.units for each in samples["ours"]] == [20, 30]


def test_a_ratio_compares_the_same_round_and_tells_the_median_smallest_and_largest() -> None:
    ours = [Sample(units, 1.0, 1.0) for units in (10, 40, 90)]
    theirs = [Sample(units, 1.0, 1.0) for units in (10, 20, 30)]

    assert ratio(ours, theirs, lambda each: each.rate) == Spread(2.0, 1.0, 3.0)


def test_a_goal_is_judged_by_the_median_in_its_direction() -> None:
    seen = Spread(0.6, 0.2, 3.0)

    assert Goal(0.6).reached(seen)
    assert not Goal(0.61).reached(seen)
    assert Goal(0.6, most=True).reached(seen)
    assert not Goal(0.59, most=True).reached(seen)


def test_the_table_says_of_each_goal_whether_it_was_reached() -> None:
    _, _, reached, missed, without = table(
        [
            Line("one", "other", Spread(45.0, 40.0, 50.0), "seen", Goal(40)),
            Line("two", "other", Spread.of([2.5]), "seen", Goal(2, most=True)),
            Line("three", "-", None, "4 s"),
        ]
    )

    assert reached == "| one | other | 45 (40 to 50) | at least 40: reached | seen |"
    assert missed == "| two | other | 2.5 | at most 2: **not reached** | seen |"
    assert without == "| three | - | - | - | 4 s |"


def test_a_small_ratio_reads_as_a_fraction_of_one() -> None:
    assert [short(number) for number in (0.00014, 0.0456, 12.345, 4567)] == [
        "1/7,143",
        "0.0456",
        "12.3",
        "4,567",
    ]
