"""Problem reports in chat: what their reporters read, press, write and send."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot import case_buttons as data
from bot.callbacks import Page, PagePress, encode
from survey.domain import case_acts as acts
from survey.domain.cases import Case, CaseState, EntryKind, Verdict
from survey.services.school_links import PATH, Opens
from tests.bot.rig import newest, presses, says, until
from tests.support.application import Running
from tests.support.cases import a_case
from tests.support.in_chat import Chatting, InChat, linked
from tests.support.joining import a_person, save_person
from tests.support.pictures import photo
from tests.telegram.people import PHOTO, Person, Shown


async def tapped(person: Person, button: str, message: Shown | int) -> str:
    """Forge a tap; what it was answered with."""
    before = len(person.toasts)
    query = await person.forge_callback(button, message)
    await person.until(lambda: query not in person.spinning)
    return person.toasts[-1].text if len(person.toasts) > before else ""


async def fetched(here: Running, case: Case) -> bool:
    """Whether all its files are here, as the next run of the job has them."""
    async with here.core.begin.read() as work:
        return all(each.digest for each in await work.attachments.of_case(case.id))


async def has(number: int, chat: Chatting, case: Case) -> bool:
    """Whether so many messages of hers have come to it."""
    return len(await chat.written(case)) == number


async def test_my_reports_say_how_old_they_are_what_was_promised_and_which_wait(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        first = await chat.reported()
        second = await chat.staff(await chat.reported(service="hr"), acts.asked("Which month?"))
        third = await chat.staff(await chat.reported(service="it"), acts.fixed("Done"))
        await chat.here.core.own_cases.judge(third.id, Verdict.FIXED, who=chat.who)

        shown = await chat.says("/mycases")
        opened = await chat.presses(f"{first.reference} Payroll")

    title, waiting, running, over = shown.text.split("\n")
    assert title == "My reports"
    assert waiting == (
        f"{second.reference} HR, reported today. HR asked you something and waits for your answer."
    )
    assert running.startswith(
        f"{first.reference} Payroll, reported today. Payroll has received it. It answers by "
    )
    assert over.endswith("Fixed, as you said.")
    assert [row[0].partition(" ")[0] for row in shown.buttons[:3]] == [
        second.reference,
        first.reference,
        third.reference,
    ]
    assert opened.message_id == shown.message_id
    assert opened.text.startswith(f"{first.reference}: Payroll\n")
    assert "You, 14 May, 13:00: \N{FIRST STRONG ISOLATE}Wrong payslip" in opened.text
    assert ("Add a note or photo",) in opened.buttons


async def test_who_reported_nothing_is_told_so(database_url: str, tmp_path: Path) -> None:
    async with InChat(database_url, tmp_path) as chat:
        shown = await chat.says("/mycases")

    assert shown.text == "You have not reported a problem here."


async def test_a_link_to_the_schools_reports_is_offered_to_who_stands_for_one_in_their_own_chat(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        core = chat.here.core
        shown = await chat.says("/mycases")
        told = await chat.presses("My school's reports")
        link = next(line for line in told.text.split("\n") if PATH in line)
        opens = core.school_links.read(link.rpartition("/")[2])
        await save_person(chat.here, replace(chat.known, units=()))
        gone = await tapped(chat.sian, encode(PagePress(Page.SCHOOL, "-")), told)
        without = await chat.says("/mycases")
        stranger = chat.telegram.person(name="Eve")
        strangers = await says(stranger, "/mycases")
        refused = await tapped(stranger, encode(PagePress(Page.SCHOOL, "-")), strangers)

    assert ("My school's reports",) in shown.buttons
    assert opens == Opens(chat.known.id, "oakfield")
    assert "24 hours" in told.text
    assert ("My school's reports",) not in (*without.buttons, *strangers.buttons)
    assert gone.startswith("This button does not work any more.")
    assert refused.startswith("This button does not work any more.")


async def test_a_note_is_one_tap_and_one_text_and_more_may_follow(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.reported()
        await chat.says("/mycases")
        await chat.presses(f"{case.reference} Payroll")
        asked = await chat.presses("Add a note or photo")
        told = await chat.says("It is three people by now")
        await chat.says("Four")

        written = await chat.written(case)

    assert asked.text.startswith(f"What do you want to add to {case.reference}?\n")
    assert told.text == f"Added to {case.reference}. Payroll can see it."
    assert told.buttons == (("Add a note or photo", "Show the report"),)
    assert [each.text for each in written] == ["It is three people by now", "Four"]


async def test_a_text_goes_to_the_case_that_waits_for_it(database_url: str, tmp_path: Path) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.staff(await chat.reported(), acts.asked("Which month?"))
        await chat.reported(service="hr")

        told = await chat.says("May")

        assert told.text.startswith(f"Added to {case.reference}.")
        assert [each.text for each in await chat.written(case)] == ["May"]
        assert await chat.state(case) is CaseState.IN_PROGRESS


async def test_of_several_that_wait_the_person_says_which_and_the_text_comes_along(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        payroll = await chat.staff(await chat.reported(), acts.asked("Which month?"))
        hr = await chat.staff(await chat.reported(service="hr"), acts.asked("Which form?"))

        asked = await chat.says("The one of May")
        query = await chat.sian.taps(f"{payroll.reference} Payroll")
        await chat.sian.until(lambda: query not in chat.sian.spinning)

        told = newest(chat.sian)
        assert asked.text == "Is this for one of your reports?"
        assert told.text.startswith(f"Added to {payroll.reference}.")
        assert asked.message_id not in [each.message_id for each in chat.sian.screen]
        assert [each.text for each in await chat.written(payroll)] == ["The one of May"]
        assert await chat.written(hr) == []


async def test_a_reply_to_our_message_goes_to_the_case_that_it_is_about(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path, "people-pulse") as chat:
        first, second = await chat.reported(), await chat.reported(service="hr")
        await chat.says("/mycases")
        about_first = await chat.presses(f"{first.reference} Payroll")
        await chat.says("/start s_people-pulse")  # whatever else is going on

        sent = await chat.sian.replies(about_first, "No, June")
        await chat.sian.sees(f"Added to {first.reference}")

        assert [each.text for each in await chat.written(first)] == ["No, June"]
        assert await chat.written(second) == []
        assert newest(chat.sian).message_id > sent.message_id


async def test_what_is_written_in_a_survey_after_looking_at_a_report_is_for_the_survey(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path, "service-satisfaction") as chat:
        case = await chat.reported()
        await chat.says("/mycases")
        await chat.presses(f"{case.reference} Payroll")
        await chat.presses("Add a note or photo")
        await chat.says("/start s_service-satisfaction")
        await chat.presses("Start")

        await chat.says("payroll")

        assert await chat.written(case) == []


async def test_fixed_is_one_tap_and_then_how_it_was_handled_another(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path, "problem-handling") as chat:
        case = await chat.staff(await chat.reported(), acts.fixed("Reissued today"))
        await chat.says("/mycases")
        opened = await chat.presses(f"{case.reference} Payroll")
        asked = await chat.presses("Fixed")
        thanked = await chat.presses("5")
        again = await chat.says("/mycases")
        looked = await chat.presses(f"{case.reference} Payroll")

        kinds = [each.kind for each in await chat.written(case)]

    assert "Payroll says this is fixed. Is it?" in opened.text
    assert ("Fixed", "Partly", "Not fixed") in opened.buttons
    assert asked.text.startswith(f"Thank you. {case.reference} is closed as fixed.\n")
    assert asked.buttons == (("1", "2", "3", "4", "5"),)
    assert thanked.text.startswith("Thank you.")
    assert kinds == [EntryKind.JUDGED, EntryKind.RATED]
    assert "Fixed, as you said." in again.text
    assert ("1", "2", "3", "4", "5") not in looked.buttons


@pytest.mark.parametrize("word", ["Partly", "Not fixed"])
async def test_no_reopens_it_and_what_is_still_wrong_is_one_text_if_they_like(
    word: str, database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.staff(await chat.reported(), acts.fixed("Reissued today"))
        await chat.says("/mycases")
        await chat.presses(f"{case.reference} Payroll")
        asked = await chat.presses(word)
        await chat.says("Two of three")

        written = await chat.written(case)
        assert await chat.state(case) is CaseState.REOPENED

    assert asked.text == (
        f"{case.reference} is open again, and Payroll is told.\n"
        "What is still wrong? Write it here in one message, or leave it."
    )
    assert [each.text for each in written] == ["", "Two of three"]


async def test_b4_a_tap_on_a_verdict_that_was_given_changes_nothing_and_says_how_it_stands(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.staff(await chat.reported(), acts.fixed("Done"))
        old = await chat.says("/mycases")
        for _ in range(3):
            await tapped(chat.sian, data.judge(case.id, Verdict.FIXED), old)

        assert [each.kind for each in await chat.written(case)] == [EntryKind.JUDGED]
        assert await chat.state(case) is CaseState.CONFIRMED
        assert newest(chat.sian).text.startswith(f"Thank you. {case.reference} is closed")

        never = await chat.reported(service="hr")
        toast = await tapped(chat.sian, data.judge(never.id, Verdict.FIXED), old)
        assert toast == "Nobody says now that this is fixed."
        assert await chat.written(never) == []


@pytest.mark.parametrize(
    ("taps", "ends"),
    [
        ((Verdict.FIXED, Verdict.NOT_FIXED), CaseState.REOPENED),
        ((Verdict.NOT_FIXED, Verdict.FIXED), CaseState.CONFIRMED),
        ((Verdict.PARTLY, Verdict.NOT_FIXED), CaseState.REOPENED),
    ],
)
async def test_b5_of_two_verdicts_in_a_moment_the_last_counts_and_both_are_kept(
    taps: tuple[Verdict, Verdict], ends: CaseState, database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.staff(await chat.reported(), acts.fixed("Done"))
        message = await chat.says("/mycases")
        async with chat.telegram.updates.held():
            for verdict in taps:
                await chat.sian.forge_callback(data.judge(case.id, verdict), message)
        await chat.sian.until(lambda: not chat.sian.spinning)

        own = await chat.own(case)
        assert own.case.state is ends
        assert own.case.reporter_verdict is taps[-1]
        assert own.case.reopenings == 1
        said = [each.data["verdict"] for each in await chat.written(case)]
        assert said == [each.value for each in taps]


async def test_a_verdict_below_a_message_of_several_cases_leaves_the_buttons_of_the_others(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        first = await chat.staff(await chat.reported(), acts.fixed("Done"))
        await chat.staff(await chat.reported(service="hr"), acts.fixed("Done"))
        both = await chat.says("/mycases")
        await tapped(chat.sian, data.judge(first.id, Verdict.FIXED), both)

        thanks = newest(chat.sian)
        assert thanks.message_id > both.message_id
        assert thanks.text.startswith(f"Thank you. {first.reference} is closed")
        assert both in chat.sian.screen


async def test_b6_buttons_of_somebody_elses_report_are_refused_and_reveal_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.staff(await chat.reported("Secret words"), acts.fixed("Done"))
        tom = chat.telegram.person(name="Tom")
        message = await says(tom, "/mycases")
        for made in (
            data.open_case(case.id),
            data.judge(case.id, Verdict.FIXED),
            data.rate(case.id, 5),
            data.add_to(case.id),
            data.put_into(case.id),
            data.take_over(case.id),
            data.hand_on(case.id),
            data.give(case.id, chat.known.id),
        ):
            toast = await tapped(tom, made, message)
            assert toast == "This button does not work any more. Send /mycases to go on."
        # A message of hers that he forwarded to himself keeps its buttons.
        assert await chat.written(case) == []
        told = "\n".join(entry.text for entry in chat.telegram.ledger.shown(tom.id))
        assert case.reference not in told
        assert "Secret" not in told


async def test_b6_a_tap_in_a_group_says_to_write_in_private(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.staff(await chat.reported(), acts.fixed("Done"))
        group = chat.telegram.group()
        await group.adds_bot(chat.sian)
        forwarded = await group.forwards(chat.sian, await chat.says("/mycases"))
        pressed = data.judge(case.id, Verdict.FIXED)

        query = await group.forge_callback(chat.sian, pressed, forwarded)

        async def answered() -> bool:
            return query not in group.spinning

        await until(answered)
        assert await chat.state(case) is CaseState.FIXED


async def test_a_photo_for_a_case_is_kept_and_got_from_telegram(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.staff(await chat.reported(), acts.asked("Please send a photo"))
        await chat.sian.sends_photo("Here it is", content=photo())
        await chat.sian.sees(f"Added to {case.reference}")
        await until(lambda: fetched(chat.here, case))

        [entry] = await chat.written(case)
        [file] = (await chat.own(case)).files
        served = await chat.here.core.attachments.read(file)

    assert (entry.text, len(entry.files)) == ("Here it is", 1)
    assert served.media_type == "image/jpeg"
    assert served.inline


async def test_a_file_that_is_not_kept_is_told_of_in_the_thread_and_in_the_report(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.staff(await chat.reported(), acts.asked("Please send the list"))
        await chat.sian.sends_document("list.txt", content=b"MZ of a virus", kind="text/plain")
        await chat.sian.sees(f"Added to {case.reference}")
        await until(lambda: has_refused(chat, case))

        assert await chat.state(case) is CaseState.IN_PROGRESS
        await chat.says("/mycases")
        shown = await chat.presses(f"{case.reference} Payroll")

    told = "We could not keep a file. \N{FIRST STRONG ISOLATE}list.txt\N{POP DIRECTIONAL ISOLATE}: "
    assert shown.text.count("We could not keep") == 1
    assert f"{told}We cannot take programs." in shown.text


async def has_refused(chat: Chatting, case: Case) -> bool:
    return (await chat.own(case)).timeline[-1].kind is EntryKind.UNKEPT


async def test_b14_an_album_of_ten_is_one_message_of_the_case_and_one_answer_of_ours(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.staff(await chat.reported(), acts.asked("Please send photos"))
        await chat.sian.sends_album(*[PHOTO] * 10, caption="Ten pages")
        await chat.sian.sees(f"Added to {case.reference}")
        await chat.settled()

        [entry] = await chat.written(case)
        told = [each for each in chat.sian.screen if each.by_bot]

    assert (entry.text, len(entry.files)) == ("Ten pages", 10)
    assert len(told) == 1


async def test_b14_an_album_for_one_of_several_cases_is_asked_for_once_more(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.reported()
        await chat.reported(service="hr")
        await chat.sian.sends_album(PHOTO, PHOTO)
        asked = await chat.sian.sees("Is this for one of your reports?")
        await chat.presses(f"{case.reference} Payroll")
        await chat.sian.sends_album(PHOTO, PHOTO)
        await chat.sian.sees(f"Added to {case.reference}")

        [entry] = await chat.written(case)

    assert "send your pictures and files once more" in asked.text
    assert len(entry.files) == 2


async def test_b14_what_is_too_big_is_refused_in_words_before_anything_is_fetched(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.staff(await chat.reported(), acts.asked("Please send the list"))
        await chat.sian.sends_document("list.pdf", size=50_000_000)
        told = await chat.sian.sees(f"Nothing was added to {case.reference}")

        assert await chat.written(case) == []
        assert chat.telegram.ledger.calls("getFile") == ()
        assert await chat.state(case) is CaseState.WAITING

    assert "list.pdf: The file is larger than 20 MB." in told.text


async def test_an_update_that_comes_twice_adds_its_message_and_verdict_once(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.staff(await chat.reported(), acts.asked("Which month?"))
        await chat.says("May")
        await chat.sian.sends_album(PHOTO, PHOTO, caption="Both pages")
        await until(lambda: has(2, chat, case))
        await chat.settled()
        before = await chat.written(case)

        await chat.telegram.updates.redeliver()
        await chat.says("/help")
        await chat.settled()

        assert [each.text for each in before] == ["May", "Both pages"]
        assert await chat.written(case) == before


async def test_a_colleague_reads_it_by_its_link_and_takes_it_over_in_one_tap(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.reported()
        ben, known = chat.telegram.person(name="Ben", known=True), await a_person(chat.here, "Ben")
        await linked(chat.here, chat.telegram, ben, known)
        message = await says(ben, "/help")
        await tapped(ben, data.open_case(case.id), message)
        opened = newest(ben)
        taken = await presses(ben, "Take it over")
        listed = await says(ben, "/mycases")

        assert "A colleague reported this." in opened.text
        assert taken.text == f"{case.reference} is yours now. We answer you here."
        assert case.reference in listed.text
        assert (await chat.says("/mycases")).text == "You have not reported a problem here."


async def test_it_is_handed_to_a_colleague_who_is_chosen_by_name(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        case = await chat.reported()
        await a_person(chat.here, "Ben Moss")
        await a_person(chat.here, "Eve Stone", "elmwood")
        await chat.says("/mycases")
        await chat.presses(f"{case.reference} Payroll")
        offered = await chat.presses("Hand it to a colleague")
        told = await chat.presses("Ben Moss")

        assert offered.buttons == (("Ben Moss",), ("Show the report",))
        assert told.text == f"{case.reference} is with Ben Moss now."
        assert (await chat.own(case)).is_colleagues


async def test_who_holds_the_link_of_a_case_follows_it_in_a_chat_that_nobody_knows(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path, "problem-handling") as chat:
        case = await a_case(chat.here, email="ann@oakfield.example", text="No login")
        case = await chat.staff(case, acts.asked("Which screen?"))
        tom = chat.telegram.person(name="Tom")
        token = chat.here.core.case_links.token(case.link)

        opened = await says(tom, f"/start c_{token}")
        await presses(tom, "Add a note or photo")
        added = await says(tom, "The first one")
        await chat.staff(case, acts.fixed("Done"))
        await says(tom, f"/start c_{token}")
        judged = await presses(tom, "Not fixed")

        assert opened.text.startswith(f"{case.reference}: Payroll\n")
        assert added.text.startswith(f"Added to {case.reference}.")
        assert "is open again" in judged.text


async def test_a_link_that_is_none_says_no_more_than_that(
    database_url: str, tmp_path: Path
) -> None:
    async with InChat(database_url, tmp_path) as chat:
        told = await chat.says("/start c_" + "A" * 43)

    assert told.text.startswith("This link does not work.")
