"""Actions: what is done, and telling it once to those who asked or were affected."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from survey.domain import case_acts as acts
from survey.domain.accounts import Grant, Role
from survey.domain.audit import Actor
from survey.domain.case_access import Looker
from survey.domain.case_records import Action, LinkKind, TellingKind
from survey.domain.cases import Audience, Case, EntryKind
from survey.domain.letters import Letter, LetterKind
from survey.domain.people import Person
from survey.domain.problems import ActionSaid, ProblemSaid
from survey.domain.waves import InvitationState
from survey.errors import ActionRefused, ChangedMeanwhile, FieldsRejected, NotFound
from survey.services import result_letters
from survey.services.actions import WillBeTold, meetings
from survey.services.result_letters import APART
from tests.support.application import Running, running
from tests.support.campaigns import fire, keep
from tests.support.cases import a_case
from tests.support.stored import audited

WORKER = Actor.account(uuid4())
SOMEBODY_ELSE = Actor.account(uuid4())
FORUM = "schools forum"
FORUM_LINK = (LinkKind.GROUP, FORUM)
SAID = ActionSaid(
    title="Pay earlier",
    service="payroll",
    owner="Head of HR",
    due_on=date(2026, 9, 1),
    said={"en": "Payslips are late.", "cy": "Mae slipiau cyflog yn hwyr."},
    did={"en": "The pay run starts two days earlier."},
)


async def looking(here: Running, *grants: Grant) -> Looker:
    trees = await here.core.organisation.trees()
    return Looker(uuid4(), frozenset(grants or [Grant(Role.CASE_WORKER)]), trees)


async def an_action(here: Running, *links: tuple[LinkKind, str], **more: Any) -> Action:
    said = replace(SAID, links=links, **more)
    return await here.core.actions.add(said, looker=await looking(here), by=WORKER)


async def publish(here: Running, action: Action) -> Action:
    return await here.core.actions.publish(
        action.id, expected_revision=action.revision, looker=await looking(here), by=WORKER
    )


async def will_be_told(here: Running, action: Action) -> WillBeTold:
    return await here.core.actions.will_be_told(action.id, await looking(here))


async def a_person(here: Running, key: str, **more: Any) -> Person:
    person = Person(
        id=uuid4(),
        key=key,
        name=key.title(),
        units=("oakfield",),
        created_at=here.clock.now(),
        email=f"{key}@school.example",
    )
    async with here.core.begin() as work:
        await work.people.put([person := replace(person, **more)])
        await work.commit()
    return person


async def digests(here: Running, case: Case) -> list[str]:
    async with here.core.begin.read() as work:
        return [
            each.receiver
            for each in await work.tellings.of_case(case.id)
            if each.kind is TellingKind.DIGEST
        ]


async def letters_due(here: Running) -> list[Letter]:
    async with here.core.begin() as work:
        claimed = await work.letters.claim(
            now=here.clock.now(), limit=100, lease=timedelta(minutes=1)
        )
    return [each for each in claimed if each.kind is LetterKind.RESULTS]


async def test_an_action_is_planned_and_changed_by_one_at_a_time(here: Running) -> None:
    action = await an_action(here)
    looker = await looking(here)
    actions = here.core.actions
    later = replace(SAID, due_on=date(2026, 12, 1))

    after = await actions.change(action.id, later, expected_revision=1, looker=looker, by=WORKER)

    assert (after.due_on, after.revision) == (date(2026, 12, 1), 2)
    assert await actions.get(action.id, looker) == after
    with pytest.raises(ChangedMeanwhile):
        await actions.change(action.id, SAID, expected_revision=1, looker=looker, by=WORKER)
    noted = [each for each in await audited(here) if each.subject == f"action:{action.id}"]
    assert [each.action for each in noted] == ["action.added", "action.changed"]
    assert noted[1].details == {"fields": ["due_on"], "state": "planned"}


async def test_actions_of_a_service_that_is_not_theirs_are_not_there(here: Running) -> None:
    action = await an_action(here)
    it = await looking(here, Grant(Role.CASE_WORKER, "", "it"))
    actions = here.core.actions

    assert await actions.listed(it) == []
    for attempt in (
        actions.get(action.id, it),
        actions.will_be_told(action.id, it),
        actions.publish(action.id, expected_revision=1, looker=it, by=WORKER),
    ):
        with pytest.raises(NotFound):
            await attempt
    with pytest.raises(FieldsRejected):
        await actions.add(SAID, looker=it, by=WORKER)


async def test_the_one_that_is_due_first_comes_first(here: Running) -> None:
    late = await an_action(here, due_on=date(2027, 1, 1))
    soon = await an_action(here, due_on=date(2026, 6, 1))

    assert [each.id for each in await here.core.actions.listed(await looking(here))] == [
        soon.id,
        late.id,
    ]


async def test_what_an_action_is_about_has_to_be_there(here: Running) -> None:
    await here.publish("people-pulse")
    hidden = await a_case(here, restricted=True)
    case = await a_case(here)
    wrong = [
        (LinkKind.CASE, "P-0000"),
        (LinkKind.CASE, hidden.reference),
        (LinkKind.PROBLEM, str(uuid4())),
        (LinkKind.PROBLEM, "no problem"),
        (LinkKind.QUESTION, "people-pulse"),
        (LinkKind.MEASURE, "nothing/satisfaction"),
        (LinkKind.GROUP, ""),
    ]
    for link in wrong:
        with pytest.raises(FieldsRejected):
            await an_action(here, link)

    action = await an_action(
        here,
        (LinkKind.CASE, case.reference.lower()),
        (LinkKind.MEASURE, "people-pulse/engagement_index"),
        (LinkKind.GROUP, FORUM),
    )
    assert (LinkKind.CASE, case.reference) in action.links
    about = await here.core.actions.about(LinkKind.CASE, case.reference, await looking(here))
    assert [each.id for each in about] == [action.id]


async def test_publishing_tells_each_reporter_once_and_stands_on_each_report(
    here: Running,
) -> None:
    chat = "telegram:1:2"
    first = await a_case(here, chat=chat)
    here.clock.advance(timedelta(hours=1))
    second = await a_case(here, chat=chat, language="cy")
    third = await a_case(here)
    problem = await here.core.problems.add(
        ProblemSaid(title="Late", service="payroll"),
        [second.reference, third.reference],
        looker=await looking(here),
        by=WORKER,
    )
    links = ((LinkKind.CASE, first.reference), (LinkKind.PROBLEM, str(problem.id)))
    action = await an_action(here, *links)

    assert await will_be_told(here, action) == WillBeTold(1, 0, 0, 1)
    published = await publish(here, action)

    assert published.told_at == here.clock.now()
    assert (await digests(here, first), await digests(here, second)) == ([], [chat])
    for case in (first, second, third):
        async with here.core.begin.read() as work:
            last = (await work.cases.timeline(case.id))[-1]
        assert (last.kind, last.audience) == (EntryKind.NOTE, Audience.REPORTER)
        assert last.text == SAID.did["en"]
    assert [each.id for each in await here.core.actions.published()] == [action.id]
    assert await here.core.actions.published(service="it") == []


async def test_nothing_is_published_twice_or_without_words(here: Running) -> None:
    empty = await an_action(here, did={})
    with pytest.raises(ActionRefused) as refused:
        await publish(here, empty)
    assert refused.value.reason == "nothing_to_tell"
    action = await publish(here, await an_action(here))
    with pytest.raises(ActionRefused) as refused:
        await publish(here, action)
    assert refused.value.reason == "published"
    assert await here.core.actions.published() == [action]


async def test_a_group_and_those_who_were_asked_get_one_letter(here: Running) -> None:
    await here.publish("people-pulse")
    await keep(here)
    wave = await fire(
        here,
        {
            InvitationState.ANSWERED: 1,
            InvitationState.DELIVERED: 1,
            (InvitationState.SKIPPED, "opted_out"): 1,
        },
    )
    async with here.core.begin.read() as work:
        asked = await work.actions.asked(
            ["people-pulse"], since=here.clock.now() - timedelta(days=60), limit=9
        )
    assert wave.questionnaire == "people-pulse"
    await a_person(here, "gwen", roles=(FORUM,), language="cy")
    await a_person(here, "left", roles=(FORUM,), ended_at=here.clock.now())
    await a_person(here, "silent", roles=(FORUM,), opted_out_at=here.clock.now())
    await a_person(here, "nobody", roles=("head",))
    action = await an_action(
        here, (LinkKind.GROUP, FORUM), (LinkKind.QUESTION, "people-pulse/pride")
    )
    told = await will_be_told(here, action)

    await publish(here, action)

    letters = await letters_due(here)
    assert told.people == len(letters)
    assert told.unreached == 1 + len(asked) - (len(letters) - 1)
    assert [each.language for each in letters].count("cy") == 1


async def test_no_one_of_many_is_left_out_in_silence(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_letters, "MOST", 2)
    action = await an_action(here, (LinkKind.GROUP, FORUM))
    for number in range(2):
        await a_person(here, f"p{number}", roles=(FORUM,))
    assert (await will_be_told(here, action)).people == 2

    await a_person(here, "p2", roles=(FORUM,))

    for asking in (will_be_told, publish):
        with pytest.raises(ActionRefused) as refused:
            await asking(here, action)
        assert refused.value.reason == "too_many"
    assert await letters_due(here) == []


async def test_a_second_letter_waits_four_weeks_and_tells_of_all_since(here: Running) -> None:
    person = await a_person(here, "gwen", roles=(FORUM,))
    for title in ("first", "second", "third"):
        action = await an_action(here, (LinkKind.GROUP, FORUM), did={"en": f"The {title}."})
        await publish(here, action)
        here.clock.advance(timedelta(days=1))

    (first,) = await letters_due(here)
    here.clock.advance(APART - timedelta(days=4))
    assert await letters_due(here) == [first]
    here.clock.advance(timedelta(days=2))
    (second,) = [each for each in await letters_due(here) if each != first]

    async with here.core.begin() as work:
        compose = here.core.letters._composers[LetterKind.RESULTS]
        composed = await compose(work, second, here.clock.now())
    assert composed is not None
    assert composed.to == person.email
    assert "The second." in composed.words.text
    assert "The third." in composed.words.text
    assert "/results" in composed.words.text
    token = composed.leave.partition("/u/")[2]
    assert composed.leave in composed.words.text
    assert composed.leave in composed.words.html
    assert (await here.core.leaving.look(token)).person == person.id


async def test_whoever_is_told_in_their_report_gets_no_letter(here: Running) -> None:
    person = await a_person(here, "gwen", roles=(FORUM,))
    case = await a_case(here, person=person.id)
    action = await an_action(here, (LinkKind.GROUP, FORUM), (LinkKind.CASE, case.reference))

    assert await will_be_told(here, action) == WillBeTold(1, 0, 0, 0)
    await publish(here, action)

    assert await digests(here, case) == [f"person:{person.id}"]
    assert await letters_due(here) == []


async def test_a_letter_to_somebody_whom_nothing_concerns_any_more_is_not_sent(
    here: Running,
) -> None:
    person = await a_person(here, "gwen", roles=(FORUM,))
    await publish(here, await an_action(here, (LinkKind.GROUP, FORUM)))
    (letter,) = await letters_due(here)
    async with here.core.begin() as work:
        await work.people.put([replace(person, roles=())])
        await work.commit()

    async with here.core.begin() as work:
        compose = here.core.letters._composers[LetterKind.RESULTS]
        assert await compose(work, letter, here.clock.now()) is None


async def test_results_are_read_by_the_meeting_that_asked_the_latest_first(here: Running) -> None:
    july, march = date(2026, 7, 1), date(2026, 3, 1)
    for meeting, day in (("", None), ("Board", march), ("Board", july), ("Board", july)):
        await publish(here, await an_action(here, meeting=meeting, meeting_on=day))

    found = meetings(await here.core.actions.published())

    assert list(found) == [("Board", july), ("Board", march), ("", None)]
    assert len(found["Board", july]) == 2


async def test_nobody_tells_reporters_of_a_service_that_is_not_theirs_to_work(
    here: Running,
) -> None:
    case = await a_case(here, service="payroll")
    problem = await here.core.problems.add(
        ProblemSaid(title="Payslips", service="payroll"),
        [],
        looker=await looking(here),
        by=WORKER,
    )
    of_hr = await looking(here, Grant(Role.CASE_WORKER, service="hr"))
    links = (LinkKind.CASE, case.reference), (LinkKind.PROBLEM, str(problem.id))

    for link in links:
        said = replace(SAID, service="hr", links=(link,))
        with pytest.raises(FieldsRejected):
            await here.core.actions.add(said, looker=of_hr, by=WORKER)


# --- where many are told ---

MANY = 2


@pytest.fixture
async def takes_two(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """Telling more than two people takes a second person."""
    async with running(database_url, tmp_path, approval_above=MANY) as here:
        yield here


async def told_to(here: Running, number: int) -> Action:
    """One that tells so many: whoever is of the forum by a letter, the others in their reports."""
    await a_person(here, "gwen", roles=(FORUM,))
    cases = [await a_case(here, chat=f"telegram:1:{each + 2}") for each in range(number - 1)]
    reports = [(LinkKind.CASE, each.reference) for each in cases]
    return await an_action(here, (LinkKind.GROUP, FORUM), *reports)


async def approve(
    here: Running, action: Action, by: Actor = SOMEBODY_ELSE, number: int = MANY + 1
) -> Action:
    return await here.core.actions.approve(
        action.id,
        expected_revision=action.revision,
        number=number,
        looker=await looking(here),
        by=by,
    )


async def nobody_is_told(here: Running) -> bool:
    announced = await here.core.announcing.tell_due()
    published = await here.core.actions.published()
    return not announced and not published and not await letters_due(here)


async def test_what_many_would_be_told_waits_for_somebody_else(takes_two: Running) -> None:
    here = takes_two
    action = await told_to(here, MANY + 1)
    assert (await will_be_told(here, action)).second_person

    proposed = await publish(here, action)

    assert (proposed.told_at, proposed.proposed_by) == (None, str(WORKER))
    assert await nobody_is_told(here)
    with pytest.raises(ActionRefused) as refused:
        await approve(here, proposed, by=WORKER)
    assert refused.value.reason == "same_person"
    with pytest.raises(ActionRefused) as refused:
        await publish(here, proposed)
    assert refused.value.reason == "proposed"
    with pytest.raises(ActionRefused) as refused:
        await approve(here, proposed, number=MANY)
    assert refused.value.reason == "other_count"
    assert await nobody_is_told(here)

    told = await approve(here, proposed)

    assert (told.told_at, told.approved_by) == (here.clock.now(), str(SOMEBODY_ELSE))
    assert await here.core.actions.published() == [told]
    assert len(await letters_due(here)) == 1
    announced = await here.core.announcing.last(action=action.id)
    assert announced is not None
    assert announced.done == MANY
    noted = [each for each in await audited(here) if each.subject == f"action:{action.id}"]
    assert [each.action for each in noted] == ["action.added", "action.proposed", "action.approved"]
    assert noted[1].actor == str(WORKER)
    assert noted[1].details == noted[2].details == {"reporters": MANY, "people": 1}


async def test_so_many_as_one_may_tell_are_told_at_once(takes_two: Running) -> None:
    action = await told_to(takes_two, MANY)

    assert not (await will_be_told(takes_two, action)).second_person
    assert (await publish(takes_two, action)).told_at is not None


async def test_a_change_takes_back_what_was_proposed(takes_two: Running) -> None:
    here = takes_two
    proposed = await publish(here, await told_to(here, MANY + 1))
    said = replace(ActionSaid.of(proposed), did={"en": "Something else."})

    changed = await here.core.actions.change(
        proposed.id,
        said,
        expected_revision=proposed.revision,
        looker=await looking(here),
        by=WORKER,
    )

    assert changed.proposed_by is None
    with pytest.raises(ChangedMeanwhile):
        await approve(here, proposed)
    with pytest.raises(ActionRefused) as refused:
        await approve(here, changed)
    assert refused.value.reason == "not_proposed"


async def made_for_few(here: Running, case: Case) -> None:
    looker = replace(await looking(here), is_contact=True)
    said = acts.for_few(case, True, "Somebody's pay.")
    assert said is not None
    async with here.core.begin() as work:
        await here.core.timelines.add(work, case.id, said, by=WORKER)
        await work.commit()
    assert (await here.core.cases.get(case.reference, looker)).case.restricted


async def test_a_report_that_came_to_be_for_few_is_neither_told_nor_shown_nor_lost(
    here: Running,
) -> None:
    """Nor does it keep anything else of the action from being changed."""
    case, other = [await a_case(here, chat=f"telegram:7:{each}") for each in (1, 2)]
    named = (LinkKind.CASE, case.reference), (LinkKind.CASE, other.reference)
    action = await an_action(here, *named, FORUM_LINK)
    await made_for_few(here, case)
    actions, looker = here.core.actions, await looking(here)
    links = (named[1], FORUM_LINK)

    seen = await actions.get(action.id, looker)

    assert seen.links == links
    assert (await will_be_told(here, action)).reporters == 1
    again = replace(ActionSaid.of(seen), links=action.links)
    with pytest.raises(FieldsRejected):
        await actions.change(action.id, again, expected_revision=1, looker=looker, by=WORKER)
    with pytest.raises(ChangedMeanwhile) as overtaken:
        await actions.change(action.id, SAID, expected_revision=9, looker=looker, by=WORKER)
    assert overtaken.value.now == seen
    later = replace(ActionSaid.of(seen), title="Pay sooner")
    after = await actions.change(action.id, later, expected_revision=1, looker=looker, by=WORKER)
    assert (after.title, after.links) == ("Pay sooner", links)
    noted = [each for each in await audited(here) if each.action == "action.changed"]
    assert noted[0].details["fields"] == ["title"]
    few = await actions.get(action.id, replace(looker, is_contact=True))
    assert set(few.links) == set(action.links)
    await publish(here, after)
    assert await digests(here, case) == []
    assert len(await digests(here, other)) == 1


async def test_links_that_are_there_are_not_asked_about_again(here: Running) -> None:
    """A report that is not theirs keeps nothing else from being changed."""
    case = await a_case(here, service="it")
    action = await an_action(here, (LinkKind.CASE, case.reference))
    payroll = await looking(here, Grant(Role.CASE_WORKER, "", "payroll"))
    lower = ((LinkKind.CASE, case.reference.lower()),)
    said = replace(ActionSaid.of(action), title="Pay sooner", links=lower)
    actions = here.core.actions

    after = await actions.change(action.id, said, expected_revision=1, looker=payroll, by=WORKER)

    assert (after.title, after.links) == ("Pay sooner", action.links)
    foreign = (LinkKind.CASE, (await a_case(here, service="it")).reference)
    more = replace(said, links=(*action.links, foreign))
    with pytest.raises(FieldsRejected):
        await actions.change(action.id, more, expected_revision=2, looker=payroll, by=WORKER)
