"""Response rates: AAPOR's RR1, and no unit from which a smaller group can be worked out."""

from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.rates import Rate, Rates, UnitRate, bodies, rates
from survey.domain.organisation import ancestors
from survey.domain.questionnaire import Privacy
from survey.domain.records import Unit
from survey.domain.waves import InvitationState
from tests.support import waves
from tests.support.application import Running

FLOOR = 10
UNITS = (
    Unit("schools", "Schools", "department"),
    Unit("oakfield", "Oakfield Primary School", "school", "schools"),
    Unit("elmwood", "Elmwood School", "school", "schools"),
    Unit("social", "Adult Social Care", "department"),
)


def states(*, answered: int = 0, **others: int) -> dict[InvitationState, int]:
    named = {InvitationState(name): n for name, n in others.items()}
    return {InvitationState.ANSWERED: answered, **named}


def shown(found: Rates) -> dict[str, Rate | None]:
    return {each.unit: each.rate for each in found.units}


def test_refused_blocked_failed_and_held_stay_in_the_denominator_and_the_skipped_do_not() -> None:
    everything = dict.fromkeys(InvitationState, 1)

    rate = rates({"oakfield": everything}, UNITS, floor=FLOOR).overall

    assert (rate.answered, rate.invited) == (1, len(InvitationState) - 1)


def test_two_of_three_are_67_percent_and_half_a_percent_goes_up() -> None:
    assert Rate(3, 2).percent == Decimal(67)
    assert Rate(200, 25).percent == Decimal(13)


def test_where_nobody_was_invited_there_is_no_rate() -> None:
    found = rates({"oakfield": states(skipped=12)}, UNITS, floor=FLOOR)

    assert (found.overall.percent, found.units, found.silent) == (None, (), ())


def test_a_unit_counts_with_all_below_it() -> None:
    asked = {
        "oakfield": states(answered=6, delivered=6),
        "elmwood": states(answered=3, delivered=9),
        "schools": states(answered=5, delivered=5),
    }

    found = shown(rates(asked, UNITS, floor=FLOOR))

    assert found["schools"] == Rate(34, 14)
    assert found["oakfield"] == Rate(12, 6)


def test_nine_people_of_a_unit_are_not_shown_and_neither_is_what_would_tell_of_them() -> None:
    asked = {"oakfield": states(answered=6, delivered=6), "elmwood": states(answered=9)}

    found = rates(asked, UNITS, floor=FLOOR)

    assert shown(found) == {"schools": Rate(21, 15), "oakfield": None, "elmwood": None}
    assert found.hidden == 2


def test_what_is_left_of_the_whole_body_is_no_small_group_either() -> None:
    asked = {"oakfield": states(answered=20), "social": states(delivered=3)}

    found = rates(asked, UNITS, floor=FLOOR)

    assert found.units == (
        UnitRate("schools", None),
        UnitRate("oakfield", None),
        UnitRate("social", None),
    )


def test_of_units_in_which_nobody_answered_the_upper_is_named_once_and_small_ones_not() -> None:
    asked = {
        "oakfield": states(delivered=12),
        "elmwood": states(delivered=15),
        "social": states(answered=1, delivered=12),
    }
    assert rates(asked, UNITS, floor=FLOOR).silent == ("schools",)

    asked["schools"] = states(answered=10)
    assert rates(asked, UNITS, floor=FLOOR).silent == ("oakfield", "elmwood")

    assert rates({"oakfield": states(delivered=9)}, UNITS, floor=FLOOR).silent == ()


def test_people_of_a_unit_that_is_gone_count_for_the_whole_body() -> None:
    found = rates({"gone": states(answered=4, delivered=16)}, UNITS, floor=FLOOR)

    assert (found.overall, found.units) == (Rate(20, 4), ())


def test_a_floor_below_ten_is_refused() -> None:
    with pytest.raises(ValueError, match="floor"):
        rates({}, UNITS, floor=9)


@st.composite
def bodies_of_people(draw: st.DrawFn) -> tuple[tuple[Unit, ...], dict[str, int]]:
    """A tree of up to twelve units and how many people of each were invited."""
    units: list[Unit] = []
    for number in range(draw(st.integers(1, 12))):
        above = draw(st.sampled_from([None, *(unit.key for unit in units)]))
        units.append(Unit(f"u{number}", f"Unit {number}", "team", above))
    sizes = {unit.key: draw(st.integers(0, 40)) for unit in units}
    return tuple(units), sizes


@given(bodies_of_people())
def test_a35_no_two_shown_rates_and_no_sum_of_them_differ_by_one_to_nine_people(
    body: tuple[tuple[Unit, ...], dict[str, int]],
) -> None:
    """A35: of every shown unit, any shown units inside it that do not overlap are taken away."""
    units, sizes = body
    asked = {key: states(delivered=n) for key, n in sizes.items()}
    found = rates(asked, units, floor=FLOOR)
    lines = ancestors(units)
    people = {"": found.overall.invited} | {
        key: rate.invited for key, rate in shown(found).items() if rate
    }

    assert all(n >= FLOOR for key, n in people.items() if key)
    for whole, n in people.items():
        inside = [key for key in people if key not in ("", whole) and whole in lines[key]]
        for several in (1, 2, 3):
            for chosen in combinations(inside, several):
                if any(a in lines[b] or b in lines[a] for a, b in combinations(chosen, 2)):
                    continue
                assert not 0 < n - sum(people[key] for key in chosen) < FLOOR


def test_a_body_has_answered_once_one_of_those_asked_for_it_has() -> None:
    asked = [
        ("oakfield", InvitationState.DELIVERED),
        ("oakfield", InvitationState.ANSWERED),
        ("elmwood", InvitationState.REFUSED),
        ("ashmole", InvitationState.SKIPPED),
    ]

    found = bodies(asked)

    assert (found.answered, found.asked, found.outstanding) == (1, 2, ("elmwood",))


async def test_the_rates_of_a_wave_are_read_from_its_invitations(here: Running) -> None:
    await here.publish("people-pulse")
    pulse = await waves.campaign(here, "pulse", "people-pulse")
    first = await waves.wave(here, pulse, 1, privacy=Privacy.CONFIDENTIAL)
    other = await waves.wave(here, pulse, 2, privacy=Privacy.CONFIDENTIAL)
    await waves.invite(here, first, "oakfield", states(answered=6, refused=6))
    await waves.invite(here, first, "adult-social-care", states(failed=11, skipped=5))
    await waves.invite(here, other, "oakfield", states(answered=20))

    found = await here.figures.rates.of(first)

    assert found.rates.overall == Rate(23, 6)
    assert shown(found.rates)["schools"] == Rate(12, 6)
    assert found.rates.silent == ("adult-social-care",)
    assert found.bodies is None


async def test_of_an_attributed_wave_the_schools_that_answered_are_counted(here: Running) -> None:
    await here.publish("school-service-check")
    check = await waves.campaign(here, "check", "school-service-check")
    opened = await waves.wave(here, check, 1, privacy=Privacy.ATTRIBUTED)
    for school, state in (("oakfield", "answered"), ("elmwood", "delivered")):
        await waves.invite(here, opened, school, {InvitationState(state): 1}, body=school)

    found = (await here.figures.rates.of(opened)).bodies

    assert found is not None
    assert (found.answered, found.asked, found.outstanding) == (1, 2, ("elmwood",))
