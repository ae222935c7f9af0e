"""Puts the demonstration into an empty database; a second start finds it there.

Each questionnaire's answers go in one transaction that also leaves a mark. A load that was cut
short is thus finished by the next start, from where it stopped.
"""

import sys
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from random import Random
from typing import Final

from analytics.figures import Figures
from api.demonstration import borough, campaigns, story
from api.demonstration.cases import put_cases
from api.demonstration.people import INVENTORS
from api.demonstration.staffing import people
from api.demonstration.under_way import put_under_way
from survey.domain.calendar import add_months, local_month
from survey.domain.campaign import Audience
from survey.domain.counting import Counting
from survey.domain.loading import read
from survey.domain.path import validate
from survey.domain.questionnaire import Privacy
from survey.domain.records import Event, Response
from survey.questionnaires import library
from survey.services.boxes import without_rare_languages
from survey.services.catalogue import Published
from survey.services.intake import Answers, response
from survey.wiring import Application

SEED: Final = "a borough, 2014"

_EQUALITY: Final = "equality"

Tell = Callable[[str], object]


def to_standard_error(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


async def load_demonstration(
    core: Application,
    figures: Figures,
    *,
    months: int = story.MONTHS,
    tell: Tell = to_standard_error,
) -> None:
    """Fill the database with the borough and its invented answers, as far as they are not there.

    The answers are of the last `months` of the story, of which the current month is the end.
    `tell` hears what is being done.
    """
    missing = [key for key in INVENTORS if not await _is_loaded(core, key)]
    if missing:
        tell(f"Inventing a borough: {borough.ORGANISATION}")
        await _put_borough(core)
        await _note_changes(core)
        await _publish_questionnaires(core)
        await _put_campaigns(core, months)
        await put_under_way(core, Random(f"{SEED}, under way"))  # noqa: S311 (nothing is secret)
        await put_cases(core, Random(f"{SEED}, cases"))  # noqa: S311 (nothing is secret)
    for number, key in enumerate(missing, start=1):
        tell(f"Inventing answers: {key} ({number} of {len(missing)})")
        await _put_answers(core, key, months)
    if await _is_due(core):
        tell("Working out the figures ...")
        await figures.publication.publish_due()
        # The worker would, a moment later: the first page is to be whole.
        await figures.toning.score_due()


async def _is_loaded(core: Application, key: str) -> bool:
    async with core.begin.read() as work:
        return await work.responses.was_imported(_mark(key))


async def _is_due(core: Application) -> bool:
    today = core.clock.now().astimezone(core.settings.zone).date()
    async with core.begin.read() as work:
        return bool(await work.cells.due(today=today))


async def _put_borough(core: Application) -> None:
    async with core.begin() as work:
        await work.organisation.put_units(borough.units())
        await work.organisation.put_services(borough.services(await work.organisation.services()))
        if not await work.people.count():
            await work.people.put(people(core.ids, now=core.clock.now()))
        await work.commit()


async def _note_changes(core: Application) -> None:
    """What the story tells of happened on a day, for charts to tell it too."""
    current = local_month(core.clock.now(), core.settings.zone)
    async with core.begin() as work:
        if await work.events.all():
            return
        for month, kind, name, service in story.EVENTS:
            day = add_months(current, month - story.MONTHS + 1)
            await work.events.add(Event(core.ids.uuid(), day, kind, name, service))
        await work.commit()


async def _publish_questionnaires(core: Application) -> None:
    there = {listed.row.key for listed in await core.catalogue.every()}
    for key, text in library.shipped().items():
        if key not in there:
            loaded = read(text, name=f"{key}.yaml")
            attributed = loaded.questionnaire.privacy is Privacy.ATTRIBUTED
            await core.catalogue.publish(
                loaded,
                decide=lambda _: None,
                # How a problem was handled is asked of whoever reported it, by one tap.
                open_link=key != library.HANDLING,
                append=() if attributed or key == library.HANDLING else (_EQUALITY,),
            )


async def _put_campaigns(core: Application, months: int) -> None:
    """All but the answers, which come with those of their month."""
    zone = core.settings.zone
    current = local_month(core.clock.now(), zone)
    version = (await core.catalogue.get(campaigns.PULSE_SURVEY)).published.version
    chance = Random(f"{SEED}, campaigns")  # noqa: S311 (nothing here is secret)
    loaded = range(story.MONTHS - months, story.MONTHS)
    async with core.begin() as work:
        if await work.campaigns.all():
            return
        for each in campaigns.campaigns(current, zone):
            await work.campaigns.add(each)
            await work.campaigns.keep_plan(each, at=each.made_at, by=each.made_by)
        roles = Audience(roles=(campaigns.STAFF_ROLE,))
        staff = await work.audiences.after(roles, after=None, limit=campaigns.STAFF_AT_MOST)
        for wave in campaigns.waves(current, zone, version, loaded):
            await work.waves.add(wave)
            invited = list(campaigns.invitations(chance, core.ids, wave, staff))
            await work.invitations.add(invited, [], made_on=wave.month)
        await work.commit()


async def _put_answers(core: Application, key: str, months: int) -> None:
    published = (await core.catalogue.get(key)).published
    current = local_month(core.clock.now(), core.settings.zone)
    responses = list(invented(published, current, months=months))
    counting = Counting()
    for each in responses:
        counting.add(published.questionnaire, each)
    async with core.begin() as work:
        await work.responses.add(responses, counting.total())
        await work.responses.mark_imported(_mark(key), at=core.clock.now())
        await work.commit()


def invented(
    published: Published, current: date, *, months: int = story.MONTHS
) -> Iterator[Response]:
    """The responses to one questionnaire, month by month up to the current one.

    Each is checked as an answer from outside would be, and put in the order of chance.
    """
    key = published.questionnaire.key
    for number in range(story.MONTHS - months, story.MONTHS):
        chance = Random(f"{SEED}, {key}, {number}")  # noqa: S311 (nothing here is secret)
        month = add_months(current, number - story.MONTHS + 1)
        responses = [
            response(
                published,
                Answers(each.unit, each.language, validate(published.form, each.answers, month)),
                month=month,
                wave=campaigns.wave_of(key, number),
            )
            for each in INVENTORS[key](chance, number)
        ]
        if published.questionnaire.privacy is not Privacy.ATTRIBUTED:
            responses = without_rare_languages(responses, floor=published.version.floor)
        chance.shuffle(responses)
        yield from responses


def _mark(key: str) -> str:
    """What is kept, as of an imported file, once a questionnaire's answers are in."""
    return sha256(f"demonstration: {SEED}: {key}".encode()).hexdigest()
