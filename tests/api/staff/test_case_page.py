"""The page of one report: what happened, who may read what, writing to the reporter, and acts."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.cookies import Cookie, name_of
from survey.domain import case_acts as acts
from survey.domain.accounts import Account, Grant, Role
from survey.domain.audit import OPERATOR, REPORTER, SERVICE, Actor, Wanted
from survey.domain.case_records import Problem
from survey.domain.cases import (
    Audience,
    Case,
    CaseKind,
    CaseState,
    Entry,
    EntryKind,
    Priority,
    Verdict,
    Weight,
)
from survey.domain.people import Person
from survey.domain.reporter_acts import message, unkept
from survey.domain.waves import Outcome
from survey.services.offered import Description
from tests.support.application import NOON, Running, running
from tests.support.cases import a_case, an_entry
from tests.support.pictures import picture, saved
from tests.support.staff import ADMINISTRATOR, an_account, signed_in, staff_secret_of
from tests.support.telling import settled
from tests.support.web import WebPerson, browsing

WORKER = Grant(Role.CASE_WORKER)


@pytest.fixture
async def worker(here: Running) -> AsyncIterator[WebPerson]:
    async with signed_in(here, WORKER, name="Wyn Evans") as person:
        yield person


def path(case: Case, rest: str = "") -> str:
    return f"/staff/cases/{case.reference}{rest}"


async def now(here: Running, case: Case) -> tuple[Case, Entry]:
    """The case as it stands, with its last entry."""
    async with here.core.begin.read() as work:
        found = await work.cases.get(case.id)
        timeline = await work.cases.timeline(case.id)
    assert found is not None
    return found, timeline[-1]


async def ann(here: Running, **said: Any) -> Person:
    person = Person(
        here.core.ids.uuid(), "p-1", "Ann Bell", ("oakfield",), NOON, **{"email": None, **said}
    )
    async with here.core.begin() as work:
        await work.people.put([person])
        await work.commit()
    return person


def shown(person: WebPerson) -> dict[str, str]:
    rows = person.page.one("dl", class_="tb-known").all("div")
    return {row.one("dt").text: row.one("dd").text for row in rows}


def timeline(person: WebPerson) -> list[str]:
    return [each.text for each in person.page.one("ol", class_="tb-timeline").all("li")]


# --- what the page shows ---


async def test_the_page_says_state_clocks_reporter_and_what_is_known(
    here: Running, worker: WebPerson
) -> None:
    person = await ann(here)
    case = await a_case(
        here, text="Wrong again", unit="oakfield", person=person.id, system="Oracle"
    )
    await worker.opens(path(case))

    assert worker.heading == f"{case.reference}: Wrong pay or bill"
    assert "In time Acknowledge tomorrow by 13:00" in worker.text
    assert "In time Reply due on Tuesday by 13:00" in worker.text
    facts = shown(worker)
    assert facts["Reported by"] == "Ann Bell"
    assert facts["School or department"] == "Oakfield Primary School"
    assert (facts["System"], facts["Who looks after it"]) == ("Oracle", "Nobody yet")
    assert facts["What it does to them"] == "It slows them down"
    assert not [a for a in worker.page.all("a") if str(person.id) in a.attributes["href"]]
    async with signed_in(here, ADMINISTRATOR) as administrator:
        await administrator.opens(path(case))
        links = [a.attributes["href"] for a in administrator.page.all("a")]
        assert f"/staff/people/{person.id}" in links


async def test_each_entry_says_whose_it_is_and_who_may_read_it(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here, text="Wrong again", by=REPORTER)
    await an_entry(here, case, acts.acknowledged("Thank you"), acts.note("Look in Oracle"))
    await an_entry(here, case, acts.note("Please look", audience=Audience.PROVIDER))
    await an_entry(here, case, message("It was June"), by=REPORTER)

    await worker.opens(path(case))

    lines = timeline(worker)
    assert len(lines) == 5
    assert "Whoever reported the problem (Reporter) reported it" in lines[0]
    assert "Wrong again" in lines[0]
    assert "The command on the server (Staff) acknowledged it" in lines[1]
    assert ["The reporter sees this" in each for each in lines] == [True, True, False, False, True]
    assert "Staff only" in lines[2]
    assert "Staff and provider" in lines[3]


async def test_every_kind_of_entry_has_words(here: Running, worker: WebPerson) -> None:
    other, case = await a_case(here), await a_case(here)
    sorted_ = acts.sorted_(
        case,
        service="it",
        priority=Priority.HIGH,
        weight=Weight.SUBSTANTIVE,
        cause="Upload",
        impact=4,
        likelihood=3,
        verdict=Verdict.FIXED,
    )
    assert sorted_ is not None
    said = [
        acts.assigned(None, "Payroll team"),
        sorted_,
        acts.started(),
        acts.planned(NOON + timedelta(days=1)),
        acts.split_off(other),
        acts.took_in(other),
        acts.linked(None),
        acts.monitored(NOON + timedelta(days=2)),
        acts.fixed("Done"),
        acts.reopened("Not yet"),
        acts.declined("not_ours", "Not ours"),
    ]
    await an_entry(here, case, *said)
    await worker.opens(path(case))

    lines = timeline(worker)
    assert "gave it to Payroll team" in lines[1]
    assert "Priority High Weight A problem of substance Cause Upload" in lines[2]
    assert "plans the next reply for 15 May 2026, 13:00" in lines[4]
    assert f"split off a part as {other.reference}" in lines[5]
    assert "took it from the known problem" in lines[7]
    assert "watches it until 16 May 2026, 13:00" in lines[8]
    assert "closed it without a fix: It is not ours to fix" in lines[11]
    assert shown(worker)["Impact × likelihood"] == "4 × 3 = 12"
    assert "Closed without a fix" in worker.text


async def test_clocks_that_were_told_have_words(here: Running, worker: WebPerson) -> None:
    case = await a_case(here)
    here.clock.time = NOON + timedelta(hours=22)
    await here.core.case_rounds.look()
    here.clock.time = NOON + timedelta(hours=25)
    await here.core.case_rounds.look()
    async with signed_in(here, WORKER) as person:
        await person.opens(path(case))

        assert "Tellback (By itself) warned: little time is left to acknowledge it" in person.text
        assert "told that time ran out to acknowledge it" in person.text


async def test_elsewhere_and_for_few_it_is_not_there(here: Running, worker: WebPerson) -> None:
    case = await a_case(here, restricted=True)
    for rest in ("", "/do/assign", "/merge", "/split"):
        await worker.opens(path(case, rest))
        assert worker.status == 404
    async with signed_in(here, ADMINISTRATOR) as administrator:
        await administrator.opens(path(case))
        assert "This report is for few" in administrator.text
    async with signed_in(here, Grant(Role.CASE_WORKER, service="it")) as other:
        await other.opens(path(await a_case(here)))
        assert other.status == 404


async def test_the_data_protection_contact_is_led_to_what_is_for_few(
    database_url: str, tmp_path: Path
) -> None:
    contact = "dpo@barnet.example"
    async with running(database_url, tmp_path, data_protection_contact=contact.upper()) as here:
        case = await a_case(here, restricted=True, kind=CaseKind.DATA_ASTRAY)
        account = replace(await an_account(here, WORKER), email=contact)
        async with here.core.begin() as work:
            await work.accounts.put(account)
            await work.commit()
        async with browsing(create_app(here.core, here.figures)) as person:
            secret = await staff_secret_of(here, account)
            person.http.cookies.set(name_of(Cookie.STAFF, here.core.settings), secret)
            await person.opens("/staff/cases")
            assert case.reference in person.text
            await person.opens(path(case))
            assert person.status == 200


# --- writing ---


def hints(person: WebPerson) -> dict[str, str]:
    """What each way of writing says about who is told what, by its name."""
    items = person.page.all("div", class_="govuk-radios__item")
    return {each.one("label").text: each.all("div")[0].text for each in items}


def ways(person: WebPerson) -> list[str]:
    """Which of them is chosen."""
    radios = person.page.all("input", name="what")
    return [each.attributes["value"] for each in radios if "checked" in each.attributes]


async def test_a_reply_goes_to_the_reporter_and_says_before_where_it_goes(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here, email="ann@oakfield.example")
    await worker.opens(path(case))
    assert hints(worker)["Reply"] == "It goes to the reporter by e-mail at once."
    assert hints(worker)["Note for staff"].startswith("Only staff read it.")
    worker.types("Which month?\r\nJune?", into="text")
    await worker.presses("Send")

    assert "Your reply is on its way." in worker.text
    _, entry = await now(here, case)
    assert (entry.kind, entry.audience, entry.text) == (
        EntryKind.MESSAGE,
        Audience.REPORTER,
        "Which month?\nJune?",
    )
    assert "Wyn Evans (Staff) wrote" in timeline(worker)[-1]


async def test_staff_read_what_the_reporter_was_told_of_a_file_that_is_not_kept(
    here: Running, worker: WebPerson
) -> None:
    case = await an_entry(here, await a_case(here), unkept("list.xlsm", "macros"), by=SERVICE)

    await worker.opens(path(case))

    assert timeline(worker)[-1].startswith(
        "Tellback (By itself) told the reporter: We could not keep list.xlsm. The file has macros."
    )


async def test_staff_read_that_no_letter_could_say_that_it_came_in(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here, email="ann@oakfield.example")
    await worker.opens(path(case))
    assert "Told that it came in" not in worker.text

    await settled(here, case, Outcome.FAILED, "too_many")
    await worker.opens(path(case))

    assert "No: too many letters of this kind went to that address that day." in worker.text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, "No message leaves: the reporter gave no address."),
        ({"chat": "telegram:1:2"}, "It goes to the reporter in Telegram at once."),
        ({"email": "a@b.example"}, "It goes to the reporter by e-mail at once."),
    ],
)
async def test_who_is_told_and_how_is_said_before_sending(
    here: Running, worker: WebPerson, said: dict[str, Any], expected: str
) -> None:
    case = await a_case(here, **said)

    await worker.opens(path(case))

    assert hints(worker)["Reply"].startswith(expected)


async def test_somebody_known_is_named_and_reached_where_they_are(
    here: Running, worker: WebPerson
) -> None:
    person = await ann(here, email="ann@oakfield.example")
    case = await a_case(here, person=person.id)

    await worker.opens(path(case))

    assert hints(worker)["Reply"] == "It goes to Ann Bell by e-mail at once."


async def test_nobody_is_said_to_be_told_who_gave_no_address(
    here: Running, worker: WebPerson
) -> None:
    await worker.opens(path(await a_case(here)))
    worker.types("Which month?", into="text")

    await worker.presses("Send")

    assert "No message leaves: the reporter gave no address." in worker.text
    assert "is on its way" not in worker.text


@pytest.mark.parametrize(
    ("what", "kind", "audience", "told"),
    [
        ("ask", EntryKind.ASKED, Audience.REPORTER, "Your question is on its way."),
        ("note", EntryKind.NOTE, Audience.STAFF, "Only staff read it."),
        ("provider", EntryKind.NOTE, Audience.PROVIDER, "Staff and the provider read it."),
    ],
)
async def test_a_question_and_notes_are_written_in_the_same_form(
    here: Running,
    worker: WebPerson,
    what: str,
    kind: EntryKind,
    audience: Audience,
    told: str,
) -> None:
    case = await a_case(here, email="ann@school.example")
    await worker.opens(path(case))
    worker.types("Which month?", into="text")
    worker.chooses(what)
    await worker.presses("Send")

    assert told in worker.text
    after, entry = await now(here, case)
    assert (entry.kind, entry.audience) == (kind, audience)
    assert (after.state is CaseState.WAITING) == (what == "ask")


async def test_an_empty_message_is_refused_and_nothing_is_sent(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here)
    await worker.opens(path(case))
    await worker.presses("Send")

    assert worker.error == "Write something"
    assert worker.status == 422
    assert (await now(here, case))[0].revision == 1


async def test_a_report_that_went_on_keeps_what_was_typed_and_shows_what_is_new(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here)
    await worker.opens(path(case))
    worker.types("We look at June", into="text")
    await an_entry(here, case, message("It is July as well"), by=REPORTER)
    await worker.presses("Send")

    assert worker.status == 409
    assert worker.error is not None
    assert worker.error.startswith("This report went on while you wrote. Nothing was sent.")
    assert worker.page.one("textarea", name="text").raw.strip() == "We look at June"
    new = worker.page.one("li", id="new")
    assert "New" in new.text
    assert "It is July as well" in new.text
    await worker.presses("Send")
    assert (await now(here, case))[1].text == "We look at June"


async def test_a_reply_template_is_put_in_in_the_reporters_language(
    here: Running, worker: WebPerson
) -> None:
    text = {"en": "Thank you.", "cy": "Diolch."}
    await here.core.case_desk.put_template(
        None, name="Thanks", service="payroll", text=text, by=OPERATOR
    )
    case = await a_case(here, language="cy")
    await worker.opens(path(case))
    assert "The reporter reads Cymraeg." in worker.text
    worker.types("Helo", into="text")
    worker.chooses("note")
    worker.picks("Thanks", of="template")
    await worker.presses("Put it in")

    assert worker.page.one("textarea", name="text").raw.strip() == "Helo\n\nDiolch."
    assert ways(worker) == ["note"]
    assert (await now(here, case))[0].revision == 1


# --- acts ---


def offered(person: WebPerson) -> list[str]:
    return [each.text for each in person.page.one("ul", class_="tb-acts").all("a")]


async def test_only_what_fits_is_offered(here: Running, worker: WebPerson) -> None:
    case = await a_case(here)
    await worker.opens(path(case))
    assert offered(worker) == [
        "Acknowledge it",
        "Say who looks after it",
        "Sort it",
        "Start work on it",
        "Plan the next reply",
        "Watch it for a while",
        "Say that it is fixed",
        "Close it without a fix",
        "Link it to a known problem",
        "Merge it into another report",
        "Split off a part",
    ]
    await an_entry(here, case, acts.declined("other", "No"))
    await worker.reloads()
    assert offered(worker) == ["Sort it", "Open it again"]


@pytest.mark.parametrize(
    ("act", "fields", "button", "kind", "state"),
    [
        ("acknowledge", {"text": ""}, "Acknowledge", EntryKind.ACKNOWLEDGED, "acknowledged"),
        ("start", {}, "Start", EntryKind.STARTED, "in_progress"),
        ("fix", {"text": "Reissued"}, "Say it is fixed", EntryKind.FIXED, "fixed"),
        ("decline", {"text": "Not ours"}, "Close it", EntryKind.DECLINED, "declined"),
    ],
)
async def test_an_act_is_done_on_a_page_of_its_own(
    here: Running,
    worker: WebPerson,
    act: str,
    fields: dict[str, str],
    button: str,
    kind: EntryKind,
    state: str,
) -> None:
    case = await a_case(here, email="ann@oakfield.example")
    await worker.opens(path(case, f"/do/{act}"))
    assert "It goes to the reporter by e-mail at once." in worker.text
    for name, value in fields.items():
        worker.types(value, into=name)
    await worker.presses(button)

    assert "It is done and stands in the timeline." in worker.text
    after, entry = await now(here, case)
    assert (entry.kind, after.state) == (kind, state)


async def test_the_service_tree_proposes_who_looks_after_it(
    here: Running, worker: WebPerson
) -> None:
    """The owner that stands with the service, or the nearest above it."""
    rae = await an_account(here, WORKER, name="Rae Lund")
    await an_account(here, Grant(Role.CASE_WORKER, service="it"), name="Ian Tait")
    await _owned(here, "payroll", "rae lund")
    case = await a_case(here)
    await worker.opens(path(case, "/do/assign"))

    options = {each.text for each in worker.page.one("select", name="owner").all("option")}
    assert options == {"Nobody", "Rae Lund", "Wyn Evans"}
    assert "The service names rae lund." in worker.text
    await worker.presses("Give it to them")
    assert (await now(here, case))[0].owner == rae.id
    assert shown(worker)["Who looks after it"] == "Rae Lund"


async def test_a_service_that_names_no_account_names_a_team(
    here: Running, worker: WebPerson
) -> None:
    await _owned(here, "payroll", "Payroll team")
    case = await a_case(here)
    await worker.opens(path(case, "/do/assign"))
    await worker.presses("Give it to them")

    after, _ = await now(here, case)
    assert (after.owner, after.team) == (None, "Payroll team")


async def _owned(here: Running, service: str, owner: str) -> None:
    known = {each.key: each for each in await here.core.organisation.services()}
    before = known[service]
    said = Description.of(before)
    from dataclasses import replace

    await here.core.offered.change(
        service, replace(said, owner=owner), expected_revision=before.revision, by=OPERATOR
    )


async def test_nobody_is_given_what_they_may_not_work(here: Running, worker: WebPerson) -> None:
    other: Account = await an_account(here, Grant(Role.CASE_WORKER, service="it"))
    case = await a_case(here)
    await worker.opens(path(case, "/do/assign"))

    await worker.sends(worker.sending("Give it to them").with_(owner=str(other.id)))

    assert worker.error == "Choose somebody who may work on it"
    assert (await now(here, case))[0].revision == 1


async def test_sorting_says_what_is_known_by_now(here: Running, worker: WebPerson) -> None:
    """Snag or substantive, cause, impact and likelihood, the provider's verdict."""
    case = await a_case(here)
    await worker.opens(path(case, "/do/sort"))
    chosen = {
        "service": "it",
        "priority": "high",
        "weight": "substantive",
        "impact": "4",
        "likelihood": "3",
        "verdict": "partly",
    }
    for name, value in chosen.items():
        worker.picks(value, of=name)
    worker.types("The upload ran twice", into="cause")
    await worker.presses("Save")

    after, _ = await now(here, case)
    assert (after.service, after.priority, after.weight) == ("it", "high", "substantive")
    assert (after.is_risk, after.cause, after.provider_verdict) == (
        True,
        "The upload ran twice",
        "partly",
    )
    await worker.opens(path(case, "/do/sort"))
    await worker.presses("Save")
    assert "Nothing was changed" in worker.text
    assert (await now(here, case))[0].revision == 2


async def test_the_next_reply_is_planned_for_a_day_to_come(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here)
    await worker.opens(path(case, "/do/plan"))
    sending = worker.sending("Plan it")
    for day, error in (
        ("", "Give a day"),
        ("2026-02-31", "Give a real day and time"),
        ("2026-05-13", "Give a day and time that are still to come"),
    ):
        await worker.sends(sending.with_(day=day))
        assert worker.error == error
    await worker.sends(sending.with_(day="2026-05-18", time="10:00"))

    assert "Reply due on Monday by 10:00" in worker.text
    await worker.opens(path(case, "/do/monitor"))
    await worker.sends(worker.sending("Watch it").with_(day="2026-05-19"))
    assert (await now(here, case))[0].state is CaseState.MONITORED


async def test_it_is_linked_to_a_known_problem(here: Running, worker: WebPerson) -> None:
    problem = Problem(here.core.ids.uuid(), "Payslips twice", "payroll", NOON)
    async with here.core.begin() as work:
        await work.problems.add(problem)
        await work.commit()
    case = await a_case(here)
    await worker.opens(path(case, "/do/link"))
    worker.picks("Payslips twice", of="problem")
    await worker.presses("Save")

    assert (await now(here, case))[0].problem == problem.id
    assert shown(worker)["Known problem"] == "Payslips twice"


async def test_an_act_that_does_not_fit_any_more_says_so_and_keeps_the_text(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here)
    await worker.opens(path(case, "/do/fix"))
    worker.types("Reissued", into="text")
    await an_entry(here, case, acts.declined("other", "No"))
    await worker.presses("Say it is fixed")
    assert worker.status == 409
    assert worker.page.one("textarea").raw.strip() == "Reissued"

    await worker.presses("Say it is fixed")

    assert worker.error is not None
    assert worker.error.startswith("That does not fit any more")
    await worker.opens(path(case, "/do/nonsense"))
    assert worker.status == 404


async def test_what_a_report_has_stays_as_it_is_though_it_would_not_be_offered_any_more(
    here: Running, worker: WebPerson
) -> None:
    """Its service was archived, and its owner works no reports any more."""
    owner = await an_account(here, Grant(Role.VIEWER), name="Rae Lund")
    case = await an_entry(here, await a_case(here), acts.assigned(owner.id, ""))
    async with here.core.begin() as work:
        services = {each.key: each for each in await work.organisation.services()}
        await work.organisation.put_services([replace(services["payroll"], ended_at=NOON)])
        await work.commit()

    await worker.opens(path(case, "/do/sort"))
    worker.picks("high", of="priority")
    await worker.presses("Save")
    await worker.opens(path(case, "/do/assign"))
    await worker.presses("Give it to them")

    after, _ = await now(here, case)
    assert (after.service, after.priority, after.owner) == ("payroll", "high", owner.id)


async def test_reports_of_two_who_are_told_of_them_are_not_merged(
    here: Running, worker: WebPerson
) -> None:
    one, other = [await a_case(here, email=f"{name}@school.example") for name in ("ann", "ben")]
    await worker.opens(path(one, "/merge"))
    worker.types(other.reference, into="into")

    await worker.presses("Merge")

    assert worker.error is not None
    assert worker.error.startswith("Somebody else reported that one")


async def test_two_reports_are_merged_and_a_part_is_split_off(
    here: Running, worker: WebPerson
) -> None:
    one, other = await a_case(here), await a_case(here)
    await worker.opens(path(one, "/merge"))
    worker.types("P-0000", into="into")
    await worker.presses("Merge")
    assert worker.error is not None
    assert worker.error.startswith("Give the reference of another report")
    worker.types(other.reference.lower(), into="into")
    await worker.presses("Merge")
    assert worker.path == path(other)
    assert (await now(here, one))[0].state is CaseState.MERGED

    await worker.opens(path(other, "/split"))
    await worker.presses("Split it off")
    assert worker.error == "Write something"
    worker.types("The printer as well", into="text")
    worker.picks("it", of="service")
    await worker.presses("Split it off")
    assert "This is the new report." in worker.text
    assert "The printer as well" in timeline(worker)[0]
    assert shown(worker)["Service"] != "Payroll"


async def test_what_somebody_does_stands_with_their_name(here: Running) -> None:
    account = await an_account(here, WORKER, name="Rae Lund")
    case = await a_case(here)
    await an_entry(here, case, acts.started(), by=Actor.account(account.id))
    async with signed_in(here, WORKER) as person:
        await person.opens(path(case))
        assert "Rae Lund (Staff) started work on it" in timeline(person)[-1]


async def test_a_picture_is_shown_small_and_other_files_are_only_saved(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here)
    photo = await here.core.attachments.keep("payslip.jpg", saved(picture()), case=case.id)
    table = await here.core.attachments.keep("wrong.csv", b"name,pay\nA,1\n", case=case.id)
    said = message("Here they are", (photo.id, table.id))
    await an_entry(here, case, said, by=REPORTER)
    await worker.opens(path(case))

    [shown] = worker.page.one("ol", class_="tb-timeline").all("img")
    answer = await worker.http.get(shown.attributes["src"])
    assert answer.headers["content-disposition"].startswith("inline;")
    assert answer.headers["content-type"] == "image/jpeg"
    answer = await worker.http.get(path(case, f"/files/{table.id}?show=1"))
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["content-security-policy"]
    other = await a_case(here)
    assert (await worker.http.get(path(other, f"/files/{table.id}"))).status_code == 404
    async with signed_in(here, Grant(Role.CASE_WORKER, service="it")) as elsewhere:
        answer = await elsewhere.http.get(path(case, f"/files/{photo.id}"))
        assert answer.status_code == 404


# --- for few ---


async def test_a_report_is_made_one_for_few_and_open_again_with_reasons(here: Running) -> None:
    case = await a_case(here, kind=CaseKind.DATA_ASTRAY, text="A list was sent to the wrong school")
    async with signed_in(here, ADMINISTRATOR) as administrator, signed_in(here, WORKER) as other:
        await other.opens(path(case))
        assert "Let only few see it" not in offered(other)
        assert (await other.http.get(path(case, "/do/restrict"))).status_code == 404
        await administrator.opens(path(case))
        assert "Let only few see it" in offered(administrator)
        await administrator.opens(path(case, "/do/restrict"))
        await administrator.presses("Let only few see it")
        assert administrator.status == 422
        assert "Tick the box if you are sure" in administrator.text
        assert "Write something" in administrator.text

        administrator.types("It names a child", into="text")
        administrator.chooses("yes")
        await administrator.presses("Let only few see it")
        found, entry = await now(here, case)
        assert (found.restricted, entry.text, entry.audience) == (
            True,
            "It names a child",
            Audience.STAFF,
        )
        assert found.fix_by == case.fix_by == case.opened_at + timedelta(hours=72)
        assert (await other.http.get(path(case))).status_code == 404
        await administrator.reloads()
        assert "lets only few see it from now on" in administrator.text

        await administrator.opens(path(case, "/do/lift"))
        administrator.types("The name is gone", into="text")
        administrator.chooses("yes")
        await administrator.presses("Lift the restriction")
        assert (await now(here, case))[0].restricted is False
        assert (await now(here, case))[0].fix_by == case.fix_by
        await other.opens(path(case))
        assert "lets everybody see it again who works on reports" in other.text
    record = await here.core.audit.find(Wanted(action="case.sorted"))
    assert [each.details["for_few"] for each in record.entries] == ["no", "yes"]


async def test_whoever_looks_after_a_report_may_hide_it_and_nobody_forges_the_form(
    here: Running,
) -> None:
    case = await a_case(here)
    async with signed_in(here, WORKER, name="Wyn Evans") as owner:
        await owner.opens(path(case, "/do/start"))
        forged = replace(owner.sending("Start"), address=path(case, "/do/restrict"))
        answer = await owner.post(forged.with_(text="Why", sure="yes"))
        assert answer.status_code == 404
        assert (await now(here, case))[0].restricted is False

        accounts = {each.name: each.id for each in await here.core.accounts.all()}
        await an_entry(here, case, acts.assigned(accounts["Wyn Evans"]))
        await owner.opens(path(case))
        assert "Let only few see it" in offered(owner)
