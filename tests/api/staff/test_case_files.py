"""Files that staff send with what they write in a report, and who reads them where."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.app import create_app
from api.staff import case_writing
from survey.domain import case_acts as acts
from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.case_access import Looker
from survey.domain.cases import Audience, Case, Entry, EntryKind
from survey.domain.file_kinds import MOST_AT_ONCE
from survey.errors import NotFound
from tests.support.application import Running
from tests.support.cases import a_case, an_entry
from tests.support.pictures import exif, picture, saved
from tests.support.staff import an_account, signed_in
from tests.support.telling import tellings_of
from tests.support.web import WebPerson, browsing

WORKER = Grant(Role.CASE_WORKER)
TEMPLATE = ("template.csv", b"name,pay\n")
PROGRAM = ("run.exe", b"MZ\x90\x00")


@pytest.fixture
async def worker(here: Running) -> AsyncIterator[WebPerson]:
    async with signed_in(here, WORKER, name="Wyn Evans") as person:
        yield person


def path(case: Case) -> str:
    return f"/staff/cases/{case.reference}"


async def last(here: Running, case: Case) -> tuple[Entry, list[str]]:
    """The last entry, and the names of its files."""
    async with here.core.begin.read() as work:
        entry = (await work.cases.timeline(case.id))[-1]
        files = {each.id: each.name for each in await work.attachments.of_case(case.id)}
    return entry, [files[each] for each in entry.files]


async def writes(person: WebPerson, text: str, *files: tuple[str, bytes]) -> None:
    person.types(text, into="text")
    for name, content in files:
        person.attaches(name, content, to="files")


async def test_a_reply_carries_files_drawn_anew_that_its_reporter_reads(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here, email="ann@school.example")
    await worker.opens(path(case))
    photo = ("screen.jpg", saved(picture(), exif=exif()))
    await writes(worker, "Here is the corrected template.", TEMPLATE, photo)
    await worker.presses("Send")

    entry, names = await last(here, case)
    assert (entry.kind, sorted(names)) == (EntryKind.MESSAGE, ["screen.jpg", "template.csv"])
    async with browsing(create_app(here.core, here.figures)) as ann:
        token = here.core.case_links.token(case.link)
        await ann.opens(f"/case/{token}")
        for each in ann.page.one("ol", class_="tb-talk").all("a"):
            answer = await ann.http.get(each.attributes["href"])
            assert answer.status_code == 200
            assert b"Camera of Ann Byrne" not in answer.content
    assert ["template.csv" in ann.text, "screen.jpg" in ann.text] == [True, True]
    # By e-mail nothing is to be sent but the letter.
    assert [each.part for each in await tellings_of(here, case) if each.entry == 2] == [0]


@pytest.mark.parametrize(
    ("way", "kind", "audience"),
    [
        ("ask", EntryKind.ASKED, Audience.REPORTER),
        ("note", EntryKind.NOTE, Audience.STAFF),
        ("provider", EntryKind.NOTE, Audience.PROVIDER),
    ],
)
async def test_a_question_and_notes_carry_files_to_their_own_readers(
    here: Running, worker: WebPerson, way: str, kind: EntryKind, audience: Audience
) -> None:
    case = await a_case(here)
    await worker.opens(path(case))
    worker.chooses(way)
    await writes(worker, "See the file.", TEMPLATE)
    await worker.presses("Send")

    entry, names = await last(here, case)
    assert (entry.kind, entry.audience, names) == (kind, audience, ["template.csv"])
    token = here.core.case_links.token(case.link)
    async with browsing(create_app(here.core, here.figures)) as ann:
        answer = await ann.http.get(f"/case/{token}/files/{entry.files[0]}")
    assert answer.status_code == (200 if audience is Audience.REPORTER else 404)


async def test_files_alone_are_a_reply_and_a_question_needs_words(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here)
    await worker.opens(path(case))
    worker.chooses("ask")
    worker.attaches(*TEMPLATE, to="files")
    await worker.presses("Send")
    assert (worker.status, worker.error) == (422, "Write something")

    worker.chooses("reply")
    worker.attaches(*TEMPLATE, to="files")
    await worker.presses("Send")
    assert (await last(here, case))[1] == ["template.csv"]


async def test_a_file_that_is_refused_is_named_beside_the_field_and_the_rest_is_still_there(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here)
    await worker.opens(path(case))
    worker.chooses("note")
    await writes(worker, "Look at both.", TEMPLATE, PROGRAM)
    await worker.presses("Send")

    assert worker.status == 422
    assert worker.error == "run.exe: We cannot take programs."
    assert (await last(here, case))[0].number == 1
    assert worker.page.one("textarea", name="text").text == "Look at both."
    assert "checked" in worker.page.one("input", id="what-3").attributes
    assert "template.csv" in worker.text

    await worker.presses("Send")
    entry, names = await last(here, case)
    assert (entry.kind, names) == (EntryKind.NOTE, ["template.csv"])


async def test_a_file_that_is_here_already_can_be_left_out(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here)
    await worker.opens(path(case))
    await writes(worker, "Look.", TEMPLATE, PROGRAM)
    await worker.presses("Send")
    worker.chooses("template.csv")
    await worker.presses("Send")

    assert (await last(here, case))[1] == []


async def test_more_files_than_a_message_takes_are_refused_with_the_words_kept(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here)
    await worker.opens(path(case))
    many = [(f"{number}.csv", b"a,b\n") for number in range(MOST_AT_ONCE + 1)]
    await writes(worker, "All of them.", *many)
    await worker.presses("Send")

    assert worker.error == "Choose at most 10 files"
    assert worker.page.one("textarea", name="text").text == "All of them."


async def test_files_that_are_too_long_together_lose_no_word(
    here: Running, worker: WebPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_writing, "_BODY_LIMIT", 1_000)
    case = await a_case(here)
    await worker.opens(path(case))
    worker.chooses("ask")
    await writes(worker, "Is it this one?", ("long.csv", b"a,b\n" * 50_000))
    await worker.presses("Send")

    assert (worker.status, worker.error) == (422, "Choose files of 60 MB or less together")
    assert worker.page.one("textarea", name="text").text == "Is it this one?"
    assert (await last(here, case))[0].number == 1


async def test_a_template_that_is_put_in_loses_no_file(here: Running, worker: WebPerson) -> None:
    case = await a_case(here)
    text = {"en": "Thank you."}
    await here.core.case_desk.put_template(
        None, name="Thanks", service="payroll", text=text, by=OPERATOR
    )
    await worker.opens(path(case))
    worker.picks("Thanks", of="template")
    await writes(worker, "Here it is.", TEMPLATE)
    await worker.presses("Put it in")
    assert worker.page.one("textarea", name="text").raw.strip() == "Here it is.\n\nThank you."

    await worker.presses("Send")
    assert (await last(here, case))[1] == ["template.csv"]


async def test_a_report_that_went_on_meanwhile_keeps_words_and_files(
    here: Running, worker: WebPerson
) -> None:
    case = await a_case(here)
    await worker.opens(path(case))
    await an_entry(here, case, acts.note("Somebody else"))
    await writes(worker, "Here it is.", TEMPLATE)
    await worker.presses("Send")
    assert worker.status == 409

    await worker.presses("Send")
    entry, names = await last(here, case)
    assert (entry.text, names) == ("Here it is.", ["template.csv"])


async def test_a_file_of_another_report_cannot_be_taken_along(
    here: Running, worker: WebPerson
) -> None:
    case, other = await a_case(here), await a_case(here, service="it")
    foreign = await here.core.attachments.keep(*TEMPLATE, case=other.id)
    await worker.opens(path(case))
    await writes(worker, "Mine now.")
    sending = worker.sending("Send")
    sending = sending.with_(kept=str(foreign.id))
    await worker.sends(sending)

    assert (await last(here, case))[1] == []


async def test_a_file_of_an_earlier_entry_is_no_file_that_waits(here: Running) -> None:
    case = await a_case(here)
    file = await here.core.attachments.keep(*TEMPLATE, case=case.id)
    account = await an_account(here, WORKER)
    looker = Looker(account.id, account.grants, await here.core.organisation.trees())
    waiting = here.core.cases.waiting
    assert await waiting(case.reference, [file.id], looker) == (file,)

    await an_entry(here, case, acts.reply("Here", (file.id,)))
    assert await waiting(case.reference, [file.id], looker) == ()


async def test_nobody_makes_a_report_one_for_few_that_they_could_not_open_then(
    here: Running,
) -> None:
    case = await a_case(here)
    account = await an_account(here, WORKER)
    looker = Looker(account.id, account.grants, await here.core.organisation.trees())
    said = acts.for_few(case, True, "Why")
    assert said is not None

    with pytest.raises(NotFound):
        await here.core.cases.act(case.reference, said, looker=looker, by=OPERATOR)
    found = await here.core.cases.get(case.reference, looker)
    assert not found.case.restricted


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"chat": "telegram:7:1"}, "each is sent in Telegram after your words"),
        ({"email": "ann@school.example"}, "No file goes by e-mail"),
        ({"chat": "telegram:7:1", "restricted": True}, "never sent in Telegram"),
    ],
)
async def test_the_form_says_who_reads_files_and_where(
    here: Running, said: dict[str, Any], told: str
) -> None:
    async with signed_in(here, Grant(Role.ADMINISTRATOR)) as person:
        await person.opens(path(await a_case(here, **said)))
        assert told in person.text
        assert "Whoever reads the message reads them too, but for the provider" in person.text
