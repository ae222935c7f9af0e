"""Campaigns of the demonstration: one that has run, one to come and one that is only an idea.

The staff pulse is sent each quarter; its waves hold the answers to `people-pulse` of the month in
which they opened. Nobody is asked anything: all invitations are of invented people.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from api.demonstration import borough, story
from survey.domain.calendar import add_months
from survey.domain.campaign import (
    Audience,
    CampaignPlan,
    CampaignState,
    ChannelName,
    LawfulBasis,
    Schedule,
)
from survey.domain.people import Person
from survey.domain.questionnaire import Privacy
from survey.domain.records import Version
from survey.domain.waves import Campaign, Invitation, InvitationState, SkipReason, Wave, WaveState
from survey.ports import Ids

STAFF_ROLE: Final = "staff"
STAFF_AT_MOST: Final = 1_000
PULSE: Final = "staff-pulse"
PULSE_SURVEY: Final = "people-pulse"
PULSE_MONTHS: Final = (story.MONTHS - 8, story.MONTHS - 5, story.MONTHS - 2)
"""The months, counted from the first, in which the pulse was sent."""

_OPENS: Final = time(9)
_OPEN_FOR: Final = timedelta(days=14)
_MADE_BEFORE: Final = timedelta(days=6)
_EVERY: Final = 3
_MADE_BY: Final = "operator"
_OFFICE: Final = ("adults", "planning", "public-health", "resources")
"""Departments of which most staff are asked by chat; of others some are."""
_QUIET: Final = {"environment-waste": 0.42, "housing-repairs": 0.48, "planning": 0.75}
_USUAL_RATE: Final = 0.62
_OUTCOMES: Final[Mapping[InvitationState, int]] = MappingProxyType(
    {
        InvitationState.DELIVERED: 70,
        InvitationState.OPENED: 12,
        InvitationState.STARTED: 6,
        InvitationState.REFUSED: 6,
        InvitationState.BLOCKED: 3,
        InvitationState.FAILED: 3,
    }
)
"""What became of those who did not answer, in a hundred."""


def staff_asked() -> Mapping[str, int]:
    """How many staff of each unit are asked, so that as many answer as the pulse has answers."""
    return {
        unit: round(answer / _QUIET.get(unit, _USUAL_RATE))
        for unit, answer in borough.STAFF.items()
    }


def wave_of(questionnaire: str, month: int) -> str:
    """The wave to which this month's answers belong, '' where there was none."""
    sent = questionnaire == PULSE_SURVEY and month in PULSE_MONTHS
    return f"{PULSE}-{PULSE_MONTHS.index(month) + 1}" if sent else ""


def campaigns(current: date, zone: ZoneInfo) -> Sequence[Campaign]:
    """All three, as of this month (its first day)."""
    first = _opening(current, PULSE_MONTHS[0])
    next_one = _opening(current, PULSE_MONTHS[-1] + _EVERY)
    made = _moment(first, zone) - _MADE_BEFORE
    pulse = Campaign(
        plan=CampaignPlan(
            key=PULSE,
            title="Staff pulse",
            questionnaire=PULSE_SURVEY,
            sender="People team",
            purpose="To see how it is to work here, and to act on what is said.",
            basis=LawfulBasis.PUBLIC_TASK,
            notice=f"Staff privacy notice, {first.year}",
            audience=Audience(roles=(STAFF_ROLE,)),
            schedule=Schedule(start=first, rrule=f"FREQ=MONTHLY;INTERVAL={_EVERY}"),
        ),
        state=CampaignState.RUNNING,
        revision=1,
        made_at=made,
        made_by=_MADE_BY,
        version=1,
        next_at=_moment(next_one, zone),
        next_slot=_slot(next_one),
        launched_at=made,
        launched_by=_MADE_BY,
    )
    soon = _opening(current, story.MONTHS)
    schools = replace(
        pulse,
        plan=pulse.plan.model_copy(
            update={
                "key": "schools-yearly-check",
                "title": "Yearly check with schools",
                "questionnaire": "school-service-check",
                "sender": "Schools forum",
                "purpose": "To hear from each school what works and what does not.",
                "audience": Audience(roles=("head",)),
                "schedule": Schedule(start=soon, rrule="FREQ=YEARLY"),
            }
        ),
        next_at=_moment(soon, zone),
        next_slot=_slot(soon),
        made_at=made + timedelta(days=1),
        launched_at=made + timedelta(days=1),
    )
    members = Campaign(
        plan=CampaignPlan(
            key="members-it",
            title="Members’ IT",
            questionnaire="member-it",
            audience=Audience(roles=("member",)),
            schedule=Schedule(start=soon),
        ),
        state=CampaignState.DRAFT,
        revision=1,
        made_at=made + timedelta(days=2),
        made_by=_MADE_BY,
    )
    return pulse, schools, members


def waves(current: date, zone: ZoneInfo, version: Version, months: Iterable[int]) -> Iterator[Wave]:
    """The waves of the pulse in these months, all of them over."""
    for number, month in enumerate(PULSE_MONTHS, start=1):
        if month not in months:
            continue
        opening = _opening(current, month)
        opened = _moment(opening, zone)
        yield Wave(
            key=wave_of(PULSE_SURVEY, month),
            campaign=PULSE,
            number=number,
            slot=_slot(opening),
            questionnaire=PULSE_SURVEY,
            version=version.number,
            privacy=Privacy.CONFIDENTIAL,
            floor=version.floor,
            month=opening.date().replace(day=1),
            state=WaveState.CLOSED,
            opens_at=opened,
            closes_at=opened + _OPEN_FOR,
            opened_at=opened,
            expanded_at=opened,
            closed_at=opened + _OPEN_FOR,
        )


def invitations(
    chance: Random, ids: Ids, wave: Wave, staff: Sequence[Person]
) -> Iterator[Invitation]:
    """Everybody in one wave; in each unit as many have answered as its answers are.

    Who has answered is drawn, and has nothing to do with any answer.
    """
    for unit, answers in borough.STAFF.items():
        people = sorted((each for each in staff if each.units[0] == unit), key=_key)
        chance.shuffle(people)
        for number, person in enumerate(people):
            state = InvitationState.ANSWERED
            if number >= answers:
                state = outcome(chance)
            skipped = number >= answers and chance.random() < 0.04
            by_chat = chance.random() < (0.8 if unit in _OFFICE else 0.4)
            yield Invitation(
                id=ids.uuid(),
                wave=wave.key,
                person=person.id,
                unit=unit,
                state=InvitationState.SKIPPED if skipped else state,
                reason=why(state, skipped=skipped),
                channel=None if skipped else ChannelName.CHAT if by_chat else ChannelName.EMAIL,
                sent_at=None if skipped or state is InvitationState.FAILED else wave.opened_at,
                mode=("chat" if by_chat else "web") if number < answers else None,
            )


def outcome(chance: Random) -> InvitationState:
    """What became of somebody who did not answer."""
    return chance.choices([*_OUTCOMES], [*_OUTCOMES.values()])[0]


def _key(person: Person) -> str:
    return person.key


def why(state: InvitationState, *, skipped: bool) -> str | None:
    """Why somebody was not asked, or was not reached."""
    if skipped:
        return SkipReason.RECENTLY_ASKED
    return "no_address" if state is InvitationState.FAILED else None


def _opening(current: date, month: int) -> datetime:
    """The third of this month, or the Monday after it where that is at a weekend; local time."""
    day = add_months(current, month - story.MONTHS + 1).replace(day=3)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return datetime.combine(day, _OPENS)


def _moment(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone)


def _slot(local: datetime) -> str:
    return local.isoformat(timespec="minutes")
