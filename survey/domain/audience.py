"""Who is asked: the units that fit, the sample, the contact of each body, and who is left out.

All pure. What is read from the people to answer it is `survey.ports.campaigns.Audiences`. A wave
goes these steps, and so does the preview of it: who fits; where answers are attributed, one contact
for each body of them; where there is a sample, who of them is drawn; and of each whether they are
asked now, or why not.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Final
from uuid import UUID

from survey.domain.campaign import AfterDate, Audience, Caps, Sample, SampleHow
from survey.domain.organisation import ancestors
from survey.domain.people import Person
from survey.domain.records import Unit
from survey.domain.waves import SkipReason

WAITS: Final = timedelta(hours=24)
"""Whoever may be asked again within so long is not left out: their message waits until then.

Else a pulse each Monday at 09:00 would leave out everybody whose last one left at 09:00:05.
"""


def why_not(
    person: Person,
    *,
    last_sent: datetime | None,
    last_sent_of: datetime | None,
    caps: Caps,
    now: datetime,
    open_problem: bool = False,
) -> SkipReason | None:
    """Why somebody of the audience is not asked now; None where they are.

    Args:
        last_sent: when their last new survey left, of whichever campaign.
        last_sent_of: the same of this questionnaire.
        open_problem: they reported a problem with the service asked about, not closed yet.
    """
    if person.ended_at is not None:
        return SkipReason.LEFT
    if not person.may_be_asked:
        return SkipReason.OPTED_OUT
    if open_problem:
        return SkipReason.OPEN_PROBLEM
    same = timedelta(days=caps.days_before_same_survey)
    if last_sent_of is not None and now < last_sent_of + same:
        return SkipReason.SAME_SURVEY
    apart = timedelta(days=caps.days_between_surveys)
    if last_sent is not None and now + WAITS < last_sent + apart:
        return SkipReason.RECENTLY_ASKED
    return None


def units_of(audience: Audience, units: Sequence[Unit]) -> frozenset[str] | None:
    """The keys of all units in use that fit; None where the audience leaves units and kinds open.

    One named brings what lies below it; `kinds` then keep those of them that are of these kinds.
    """
    if not audience.units and not audience.kinds:
        return None
    lines, named = ancestors(units), frozenset(audience.units)
    return frozenset(
        unit.key
        for unit in units
        if unit.ended_at is None
        and (not named or not named.isdisjoint(lines[unit.key]))
        and (not audience.kinds or unit.kind in audience.kinds)
    )


def counted_for(person: Person, inside: Collection[str] | None) -> str:
    """The unit whose rate they count for: the first of theirs that fits, else their first, else ''.

    Args:
        inside: the units that fit, as `units_of` gives them.
    """
    theirs = (unit for unit in person.units if inside is None or unit in inside)
    return next(theirs, next(iter(person.units), ""))


def day_for(person: Person, after: AfterDate) -> date | None:
    """The day on which they are to be asked; None where the list of people has no date for them."""
    try:
        day = date.fromisoformat(person.attributes.get(after.attribute, ""))
        return day + timedelta(days=after.days)
    except (ValueError, OverflowError):
        return None


def contacts(
    people: Iterable[Person], units: Sequence[Unit], audience: Audience
) -> Mapping[str, Person]:
    """Who answers for each body, by the key of its unit; one without anybody is left out.

    It is the first who stands for the unit and may be asked: by the order of `audience.roles`,
    then by key. Where nobody of a unit may be asked it is still the first, so that the body shows
    among those not asked.

    Args:
        people: those who fit the audience, in any order.
    """
    inside = units_of(audience, units)
    wanted = frozenset(unit.key for unit in units if unit.ended_at is None)
    wanted = wanted if inside is None else inside
    found: dict[str, tuple[tuple[bool, int, str], Person]] = {}
    for person in people:
        place = _place(person, audience)
        for unit in wanted.intersection(person.units):
            if unit not in found or place < found[unit][0]:
                found[unit] = (place, person)
    return {unit: found[unit][1] for unit in sorted(found)}


def _place(person: Person, audience: Audience) -> tuple[bool, int, str]:
    """Who comes first of those who could answer for a body."""
    ranks = [at for at, role in enumerate(audience.roles) if role in person.roles]
    return not person.may_be_asked, min(ranks, default=len(audience.roles)), person.key


def stands_for(person: Person, body: str, audience: Audience) -> bool:
    """Whether they are here and of this unit, and fit the roles and attributes that are wanted."""
    return (
        person.ended_at is None
        and body in person.units
        and (not audience.roles or not frozenset(audience.roles).isdisjoint(person.roles))
        and all(person.attributes.get(name) in fit for name, fit in audience.attributes.items())
    )


def stand_for(people: Iterable[Person], body: str, audience: Audience) -> Sequence[Person]:
    """Who could answer for a body and may be asked, in the order of `contacts`."""
    fitting = [each for each in people if stands_for(each, body, audience) and each.may_be_asked]
    return sorted(fitting, key=lambda each: _place(each, audience))


def drawn(ids: Collection[UUID], sample: Sample, *, campaign: str, number: int) -> frozenset[UUID]:
    """Who of these is in the sample of wave `number` (from 1); of the same people always the same.

    A wave draws when it opens, and keeps who was drawn (`survey.services.expansion`); one whose
    people come by days of their own draws on each of these among those who are due then.

    A random sample takes the lowest by a hash of (campaign, wave, person): as many as `size` says,
    or that share rounded up. A rotating one puts everybody on a ring in the order of a hash of
    (campaign, person), which is the same for all waves; each wave takes the next stretch. So nobody
    is drawn twice before everybody was drawn once. Who comes or goes has no influence on the order
    of the others: the stretch of a wave moves by less than a place for each of them where it is a
    share, and by one place for each round so far where it is a number.
    """
    if not ids:
        return frozenset()
    everybody = len(ids)
    if sample.how is SampleHow.RANDOM:
        ring = _in_order_of_hash(ids, f"{campaign}\n{number}")
        wanted = sample.size or -(-everybody * (sample.percent or 0) // 100)
        return frozenset(ring[:wanted])
    ring = _in_order_of_hash(ids, campaign)
    if sample.size is not None:
        first, last = (number - 1) * sample.size, number * sample.size
    else:
        first, last = (
            everybody * each * (sample.percent or 0) // 100 for each in (number - 1, number)
        )
    return frozenset(ring[at % everybody] for at in range(first, min(last, first + everybody)))


def _in_order_of_hash(ids: Iterable[UUID], key: str) -> list[UUID]:
    keyed = blake2b(key.encode(), digest_size=16)

    def place(each: UUID) -> bytes:
        hashed = keyed.copy()
        hashed.update(b"\0" + each.bytes)
        return hashed.digest()

    return sorted(ids, key=place)
