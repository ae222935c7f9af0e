"""What a migration makes of problem reports and keys that were there before it."""

import asyncio

import pytest

from survey.db.migrate import downgrade, upgrade
from survey.domain import case_acts as acts
from survey.domain.cases import Audience, Case
from survey.domain.records import KeySide, Part
from survey.errors import Unknown
from survey.services.api_keys import Scope
from tests.support.application import Running
from tests.support.cases import a_case, an_entry

TO_PROVIDER = acts.note("Please look.", audience=Audience.PROVIDER)


async def back_and_forth(database_url: str) -> None:
    """To the tables of before, and to those of now."""
    await asyncio.to_thread(downgrade, database_url, "0007")
    await asyncio.to_thread(upgrade, database_url)


async def moved(here: Running, case: Case, service: str) -> Case:
    said = acts.sorted_(case, service=service, cause='"service" was chosen wrongly')
    assert said is not None
    return await an_entry(here, case, said)


async def test_who_had_a_report_before_has_it_from_the_same_word_on(
    here: Running, database_url: str
) -> None:
    given = await an_entry(here, await a_case(here), TO_PROVIDER)
    quoted = acts.sorted_(given, cause='"service" was chosen wrongly')
    assert quoted is not None
    cases = [
        await a_case(here),
        given,
        await moved(here, await an_entry(here, await a_case(here), TO_PROVIDER), "it"),
        await an_entry(
            here,
            await moved(here, await an_entry(here, await a_case(here), TO_PROVIDER), "it"),
            TO_PROVIDER,
        ),
        await an_entry(here, await an_entry(here, await a_case(here), TO_PROVIDER), quoted),
    ]

    await back_and_forth(database_url)

    async with here.core.begin.read() as work:
        after = [await work.cases.get(case.id) for case in cases]
    assert after == cases
    assert [case.handed_over for case in cases] == [None, 2, None, 4, 2]


async def test_a_key_that_reached_a_part_reaches_nothing_where_parts_are_unknown(
    here: Running, database_url: str
) -> None:
    """And not everything, as it would where nothing is known of what it was bound to."""
    scopes, part = frozenset({Scope.READ_CASES}), Part(service="payroll")
    keys = here.core.api_keys
    whole = await keys.add("old bot", scopes)
    bound = await keys.add("payroll bot", scopes, parts=[part])
    provider = await keys.add("tickets", scopes, side=KeySide.PROVIDER, parts=[part])

    await back_and_forth(database_url)

    assert (await keys.known(whole.secret)).name == "old bot"
    for each in (bound, provider):
        with pytest.raises(Unknown):
            await keys.known(each.secret)
