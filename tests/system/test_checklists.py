"""Section C of the guarantees: what a school business manager who reports a problem, and a service
manager who works reports and actions, must be able to do.

A line that is about one part is proved beside that part. Here are those that are about several at
once; each test names its line.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import case_buttons as data
from survey.domain import case_acts as acts
from survey.domain.accounts import Grant, Role
from survey.domain.cases import EntryKind
from survey.domain.records import Unit
from tests.bot.rig import presses, until
from tests.support.application import Running, TestClock
from tests.support.cases import a_case
from tests.support.in_chat import Chatting, InChat, linked
from tests.support.joining import a_person, save_person
from tests.support.pictures import photo
from tests.support.staff import signed_in
from tests.support.web import on_the_web

WORKER = Grant(Role.CASE_WORKER)
SUNDAY_NIGHT = datetime(2026, 5, 17, 2, 30, tzinfo=UTC)


def taps(chat: Chatting) -> int:
    return sum("callback" in each.kind for each in chat.telegram.ledger.acts(chat.sian.id))


# --- school business manager reporting a service problem ---


async def test_a_report_by_command_is_six_taps_and_one_text(
    database_url: str, tmp_path: Path
) -> None:
    """Report in 90 s: service, what happened, effect on school, send; school and contact known."""
    async with InChat(database_url, tmp_path) as chat:
        await chat.says("/report")
        await chat.presses("Start")
        await chat.presses("Payroll")
        await chat.presses("Wrong pay or a wrong bill")
        await chat.says("Three payslips are wrong again")
        await chat.presses("We are stuck")
        await chat.presses("Skip")
        told = await chat.presses("Send")
        [case] = await chat.here.core.own_cases.of(chat.who)

        assert taps(chat) == 6
        assert told.text.startswith(f"Reported: {case.reference}.\nPayroll answers by ")
        assert (case.unit, case.person) == ("oakfield", chat.known.id)


async def test_help_for_what_is_urgent_does_not_wait_for_office_hours(
    database_url: str, tmp_path: Path
) -> None:
    """Urgent or safeguarding route shown before typing; it never depends on office hours."""
    clock = TestClock(SUNDAY_NIGHT)
    async with InChat(database_url, tmp_path, clock=clock) as chat:
        notice = await chat.says("/report")
        for label in ("Start", "HR", "Something else"):
            asked = await chat.presses(label)
        await chat.says("A pupil told me that he is being hit at home")
        told = [each.text for each in chat.sian.screen if each.by_bot]

    for shown in (notice, asked):
        assert "If somebody is in danger now, call 999." in shown.text
    assert any("NSPCC helpline, 0808 800 5000." in each for each in told)


async def test_somebody_of_three_schools_says_first_which_it_is_about(
    database_url: str, tmp_path: Path
) -> None:
    """One person covering three schools chooses the school first; also where a photo began it."""
    async with InChat(database_url, tmp_path) as chat:
        async with chat.here.core.begin() as work:
            await work.organisation.put_units([Unit("holt", "Holt School", "school", "schools")])
            await work.commit()
        known = await a_person(chat.here, "Tom Reed", "oakfield", "elmwood", "holt")
        tom = chat.telegram.person(name="Tom", known=True)
        await linked(chat.here, chat.telegram, tom, known)

        await tom.sends_photo("The boiler leaks")
        first = await tom.sees("Which school, department or team")
        chosen = await presses(tom, "Holt School")
        for label in ("Estates", "Something is broken", "We can work", "Send"):
            await presses(tom, label)
        async with chat.here.core.begin.read() as work:
            [case] = await work.cases.of_person(known.id)

    offered = [button for row in first.buttons for button in row]
    assert [each for each in offered if each.endswith("School")] == [
        "Oakfield Primary School",
        "Elmwood School",
        "Holt School",
    ]
    assert chosen.text.endswith("Which service is it about?")
    assert case.unit == "holt"


async def test_my_reports_tell_age_and_promise_and_a_photo_joins_any_of_them_by_one_tap(
    database_url: str, tmp_path: Path
) -> None:
    """ "My reports" lists open items with age against the promised time; one tap adds a photo."""
    clock = TestClock()
    async with InChat(database_url, tmp_path, clock=clock) as chat:
        old = await chat.reported()
        clock.advance(timedelta(days=5))
        chat.telegram.clock.advance(timedelta(days=5))
        new = await chat.reported(service="it")
        listed = await chat.says("/mycases")
        before = taps(chat)

        await chat.sian.sends_photo("Here is one", content=photo())
        await chat.sian.sees("Is this for one of your reports?")
        await chat.presses(f"{old.reference} Payroll")

        [added] = await chat.written(old)
        assert taps(chat) == before + 1
        assert await chat.written(new) == []

    lines = listed.text.split("\n")
    [of_old] = [each for each in lines if each.startswith(old.reference)]
    [of_new] = [each for each in lines if each.startswith(new.reference)]
    assert "reported 5 days ago" in of_old
    assert "so it is late" in of_old
    assert "reported today" in of_new
    assert "answers by" in of_new
    assert (added.text, len(added.files)) == ("Here is one", 1)


async def test_whoever_leaves_the_school_has_no_report_of_it_any_more_by_any_way(
    database_url: str, tmp_path: Path
) -> None:
    """Leaving staff lose access the same day: in chat, by a button, by their link."""
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.staff(await chat.reported("Secret words"), acts.asked("Which month?"))
        token = chat.here.core.case_links.token(case.link)
        opened = await chat.says("/mycases")
        gone = replace(chat.known, ended_at=chat.here.clock.now())
        await save_person(chat.here, gone)

        assert (await chat.says("/mycases")).text == "You have not reported a problem here."
        query = await chat.sian.forge_callback(data.open_case(case.id), opened)
        await chat.sian.until(lambda: query not in chat.sian.spinning)
        assert chat.sian.toasts[-1].text.startswith("This button does not work any more.")
        await chat.says("May")
        async with on_the_web(chat.here) as person:
            await person.opens(f"/case/{token}")
            assert person.status == 404
        async with chat.here.core.begin.read() as work:
            kinds = [each.kind for each in await work.cases.timeline(case.id)]

    assert kinds == [EntryKind.REPORTED, EntryKind.ASKED]


async def test_b15_of_a_photo_sent_as_a_file_nothing_but_the_picture_is_kept_anywhere(
    database_url: str, tmp_path: Path
) -> None:
    """B15: photo sent as a file with GPS: metadata removed before storage; original not kept."""
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.staff(await chat.reported(), acts.asked("Please send a photo"))
        came = photo()
        assert b"Ann Byrne" in came
        await chat.sian.sends_document("IMG_0001.jpg", content=came, kind="image/jpeg")
        await chat.sian.sees(f"Added to {case.reference}")

        async def fetched() -> bool:
            async with chat.here.core.begin.read() as work:
                return all(each.digest for each in await work.attachments.of_case(case.id))

        await until(fetched)
        kept = [each for each in (tmp_path / "files").rglob("*") if each.is_file()]

    assert len(kept) == 1
    for each in kept:
        assert b"Ann Byrne" not in each.read_bytes()
        assert b"Exif" not in each.read_bytes()


# --- service manager ---


async def test_an_action_says_whose_it_is_by_when_what_it_is_about_and_what_people_will_read(
    here: Running,
) -> None:
    """Action log: owner, due date, linked results, published line; overdue on the front page."""
    await here.publish("service-satisfaction")
    case = await a_case(here)
    async with signed_in(here, WORKER) as person:
        await person.opens("/staff")
        assert "overdue" not in person.text
        await person.opens(f"/staff/actions/add?service=payroll&case={case.reference}")
        typed = {
            "title": "Pay overtime in the same month",
            "owner": "Head of payroll",
            "due_on": "2026-05-13",
            "measures": "service-satisfaction/satisfaction",
            "said_en": "Overtime comes a month late.",
            "did_en": "It is paid in the same month.",
        }
        await person.sends(person.sending("Save").with_(**typed))
        page = person.path
        assert person.lines["Who answers for it"] == "Head of payroll"
        assert person.lines["Due on"] == "13 May 2026"
        assert case.reference in person.lines["It is about"]
        assert "service-satisfaction/satisfaction" in person.lines["It is about"]
        assert "It is paid in the same month." in person.text
        assert "It is overdue." in person.text

        await person.opens("/staff")
        [link] = [each for each in person.page.one("main").all("a") if "overdue" in each.text]
        assert link.text == "1 is overdue"
        await person.opens(link.attributes["href"])
        assert person.heading == "Actions"

        await person.opens(f"{page}/edit")
        await person.sends(person.sending("Save").with_(state="done"))
        await person.opens("/staff")
        assert "overdue" not in person.text


async def test_the_front_page_counts_overdue_actions_of_ones_own_services_alone(
    here: Running,
) -> None:
    """Overdue count on the front page: of what somebody's roles reach."""
    async with signed_in(here, WORKER) as person:
        await person.opens("/staff/actions/add?service=payroll")
        typed = {"title": "Pay", "owner": "HR", "due_on": "2026-05-13"}
        await person.sends(person.sending("Save").with_(**typed))
    for grant in (Grant(Role.CASE_WORKER, service="it"), Grant(Role.VIEWER)):
        async with signed_in(here, grant) as person:
            await person.opens("/staff")
            assert "overdue" not in person.text
