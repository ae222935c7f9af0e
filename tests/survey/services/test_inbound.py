"""Letters become entries of their case once, or wait for staff, or are passed over."""

from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from survey.db.tables import letters
from survey.domain import case_acts as acts
from survey.domain.accounts import Grant, Role
from survey.domain.audit import Actor
from survey.domain.case_access import Looker
from survey.domain.cases import Case, CaseState, Entry, EntryKind, Priority, Side
from survey.domain.letters import LetterKind
from survey.domain.people import Person
from survey.domain.reply_addresses import signed
from survey.errors import FieldsRejected, NotFound
from survey.ports.received import Taken
from survey.services.held_letters import HeldLetters
from survey.services.help_letters import HelpLetters
from survey.services.inbound import MOST_AN_HOUR, MOST_HELD_AN_HOUR, Inbound
from survey.services.scores import HANDLING
from tests.support.application import NOON, Running
from tests.support.cases import a_case, an_entry
from tests.support.pictures import photo

ANN = "ann@school.example"
REPLY_TO = "reply@tellback.example"
STAFF = Actor.account(uuid4())


def inbound(here: Running, *, server: str = "") -> Inbound:
    core = here.core
    return Inbound(
        core.begin,
        core.clock,
        core.timelines,
        core.attachments,
        core.own_cases,
        HelpLetters(core.clock, core.ids, organisation="Barnet", lines=lambda _: ["999"]),
        core.case_links,
        reply_to=REPLY_TO,
        server=server,
    )


def address(here: Running, link: UUID) -> str:
    return signed(REPLY_TO, here.core.case_links.for_address(link))


def a_letter(text: str = "It was May.", sender: str = ANN, **headers: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = f"Ann Lee <{sender}>"
    letter["Subject"] = headers.pop("subject", "Re: your report")
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(text)
    return letter


async def taken(
    here: Running,
    case: Case | None,
    letter: EmailMessage | bytes,
    *,
    sender: str = ANN,
    server: str = "",
) -> Taken:
    content = letter if isinstance(letter, bytes) else letter.as_bytes()
    to = address(here, case.link) if case else REPLY_TO
    return await inbound(here, server=server).take(content, sender=sender, recipient=to)


async def timeline(here: Running, case: Case) -> list[Entry]:
    async with here.core.begin.read() as work:
        return list(await work.cases.timeline(case.id))


async def looker(here: Running, *grants: Grant) -> Looker:
    trees = await here.core.organisation.trees()
    return Looker(uuid4(), frozenset(grants or (Grant(Role.ADMINISTRATOR),)), trees)


async def test_an_answer_is_an_entry_of_its_reporter(here: Running) -> None:
    case = await a_case(here, email=ANN)
    letter = a_letter("It was May.\n\nOn 3 May 2026, Barnet wrote:\n> Which month?\n")

    assert await taken(here, case, letter) is Taken.KEPT

    entry = (await timeline(here, case))[-1]
    assert (entry.kind, entry.side, entry.text) == (
        EntryKind.MESSAGE,
        Side.REPORTER,
        "It was May.",
    )
    assert entry.actor == "reporter"


async def test_a_known_person_answers_as_themselves_from_their_own_address(here: Running) -> None:
    person = Person(uuid4(), "ann", "Ann Lee", (), NOON, email="Ann@School.example")
    async with here.core.begin() as work:
        await work.people.put([person])
        await work.commit()
    case = await a_case(here, person=person.id)

    assert await taken(here, case, a_letter()) is Taken.KEPT

    assert (await timeline(here, case))[-1].actor == f"person:{person.id}"


async def test_the_same_letter_twice_is_one_entry(here: Running) -> None:
    """A2 for letters: a server that did not hear that it was kept hands it over again."""
    case = await a_case(here, email=ANN)

    assert [await taken(here, case, a_letter()) for _ in range(3)] == [Taken.KEPT] * 3

    assert len(await timeline(here, case)) == 2


async def test_files_are_kept_and_of_refused_ones_their_sender_is_told(here: Running) -> None:
    """B15: what comes by e-mail is drawn anew too."""
    case = await a_case(here, email=ANN)
    letter = a_letter("Two files")
    letter.add_attachment(photo(), maintype="image", subtype="jpeg", filename="slip.jpg")
    letter.add_attachment(b"MZ\x00", maintype="image", subtype="jpeg", filename="run.jpg")

    assert await taken(here, case, letter) is Taken.KEPT

    *_, entry, told = await timeline(here, case)
    [file] = entry.files
    assert (await here.core.attachments.read(file)).content != photo()
    assert (told.kind, told.side, told.actor) == (EntryKind.UNKEPT, Side.SERVICE, "service")
    assert told.data == {"name": "run.jpg", "reason": "program"}


async def test_a_letter_of_which_nothing_is_left_but_a_refused_file_is_answered(
    here: Running,
) -> None:
    case = await a_case(here, email=ANN)
    letter = a_letter("")
    letter.add_attachment(b"MZ\x00", maintype="image", subtype="jpeg", filename="run.jpg")

    assert await taken(here, case, letter) is Taken.KEPT

    assert [each.kind for each in await timeline(here, case)] == [
        EntryKind.REPORTED,
        EntryKind.UNKEPT,
    ]
    assert await here.core.held_letters.listed(await looker(here)) == []


@pytest.mark.parametrize(
    "letter",
    [
        a_letter(Auto_Submitted="auto-replied"),
        a_letter(Precedence="bulk"),
        a_letter(List_Id="<staff.school.example>"),
        a_letter(X_Tellback="case"),
    ],
)
async def test_what_a_machine_wrote_is_passed_over_and_nothing_is_held(
    here: Running, letter: EmailMessage
) -> None:
    case = await a_case(here, email=ANN)

    assert await taken(here, case, letter) is Taken.IGNORED
    assert await taken(here, case, a_letter("Bounced"), sender="") is Taken.IGNORED

    assert len(await timeline(here, case)) == 1
    assert await here.core.held_letters.listed(await looker(here)) == []


async def test_two_machines_that_answer_each_other_are_stopped(here: Running) -> None:
    case = await a_case(here, email=ANN)
    for number in range(MOST_AN_HOUR):
        assert await taken(here, case, a_letter(f"Thank you ({number})")) is Taken.KEPT
    assert await taken(here, case, a_letter("Thank you again")) is Taken.LATER

    here.clock.advance(timedelta(hours=1))

    assert await taken(here, case, a_letter("Thank you again")) is Taken.KEPT


async def test_a_letter_from_another_address_is_held_and_not_shown_as_the_reporter(
    here: Running,
) -> None:
    case = await a_case(here, email=ANN)

    letter = a_letter("Please pay me instead", sender="eve@elsewhere.example")
    assert await taken(here, case, letter) is Taken.HELD

    assert len(await timeline(here, case)) == 1
    [held] = await here.core.held_letters.listed(await looker(here))
    assert (held.why, held.reference, held.sender, held.text) == (
        "sender",
        case.reference,
        "eve@elsewhere.example",
        "Please pay me instead",
    )


@pytest.mark.parametrize(
    ("found", "sender", "why"),
    [
        ("mx.council.example; dmarc=fail header.from=school.example", ANN, "forged"),
        ("mx.council.example; dmarc=fail header.from=school.example", "eve@x.example", "forged"),
        ("mx.elsewhere.example; dmarc=pass header.from=school.example", ANN, "unproven"),
        ("mx.council.example; dmarc=pass header.from=x.example", "eve@x.example", "sender"),
    ],
)
async def test_a_letter_for_whose_from_our_mail_server_does_not_vouch_is_held(
    here: Running, found: str, sender: str, why: str
) -> None:
    """Anybody can write any From."""
    case = await a_case(here, email=ANN)
    letter = a_letter("Please pay me instead", sender, Authentication_Results=found)

    assert await taken(here, case, letter, server="mx.council.example") is Taken.HELD

    assert len(await timeline(here, case)) == 1
    [held] = await here.core.held_letters.listed(await looker(here))
    assert held.why == why


async def test_a_letter_for_which_our_mail_server_vouches_is_kept(here: Running) -> None:
    case = await a_case(here, email=ANN)
    found = "mx.council.example; dmarc=pass (p=none dis=none) header.from=school.example"
    letter = a_letter(Authentication_Results=found)

    assert await taken(here, case, letter, server="mx.council.example") is Taken.KEPT


async def test_staff_read_of_any_letter_that_waits_whether_our_mail_server_vouches_for_it(
    here: Running,
) -> None:
    core = here.core
    for number, result in enumerate(("pass", "none")):
        found = f"mx.council.example; spf={result} smtp.mailfrom=school.example"
        await taken(here, None, a_letter(f"{number}", Authentication_Results=found))
    letters = HeldLetters(
        core.begin, core.clock, core.timelines, core.attachments, server="mx.council.example"
    )

    listed = await letters.listed(await looker(here))

    assert {(each.text, each.doubt) for each in listed} == {("0", ""), ("1", "unproven")}
    assert {each.doubt for each in await core.held_letters.listed(await looker(here))} == {""}


@pytest.mark.parametrize("chat", ["telegram:7:1", None])
async def test_where_we_wrote_to_no_address_every_letter_is_held(
    here: Running, chat: str | None
) -> None:
    assert await taken(here, await a_case(here, chat=chat), a_letter()) is Taken.HELD


async def test_whoever_left_the_school_speaks_for_it_no_more(here: Running) -> None:
    person = Person(uuid4(), "ann", "Ann Lee", (), NOON, email=ANN)
    async with here.core.begin() as work:
        await work.people.put([person])
        await work.commit()
    case = await a_case(here, person=person.id, unit="oakfield")

    assert await taken(here, case, a_letter()) is Taken.HELD

    [held] = await here.core.held_letters.listed(await looker(here))
    assert held.why == "left"


async def test_a_letter_that_only_quotes_is_held(here: Running) -> None:
    case = await a_case(here, email=ANN)

    assert await taken(here, case, a_letter("> Which month?\n")) is Taken.HELD


async def test_a_letter_that_cannot_be_read_is_held_without_being_read(here: Running) -> None:
    case = await a_case(here, email=ANN)

    assert await taken(here, case, b"X: " + b"x" * 200_000 + b"\n\nx\n") is Taken.HELD

    [held] = await here.core.held_letters.listed(await looker(here))
    assert (held.why, held.text) == ("unreadable", "")
    with pytest.raises(NotFound):
        await here.core.held_letters.take_in(held.name, looker=await looker(here), by=STAFF)


async def test_without_an_address_of_a_case_a_letter_waits_beside_the_one_its_subject_names(
    here: Running,
) -> None:
    case = await a_case(here, email=ANN)
    named = a_letter(subject=f"About {case.reference.lower()}, please")

    assert await taken(here, None, named) is Taken.HELD
    assert await taken(here, None, a_letter("Of nothing")) is Taken.HELD

    held = await here.core.held_letters.listed(await looker(here))
    assert {(each.why, each.reference) for each in held} == {
        ("unsigned", case.reference),
        ("unsigned", None),
    }


async def test_an_address_that_we_did_not_make_is_unknown_and_so_is_that_of_a_case_that_is_gone(
    here: Running,
) -> None:
    case = await a_case(here, email=ANN)
    take = inbound(here)
    ours = address(here, case.link)
    token = ours.partition("+")[2].partition("@")[0]
    forged = f"{token[:-1]}{'a' if token[-1] != 'a' else 'b'}"

    assert take.knows(ours)
    assert take.knows(ours.upper())
    for other in (
        signed(REPLY_TO, forged),
        signed("reply@elsewhere.example", token),
        signed("other@tellback.example", token),
        "reply+@tellback.example",
        "",
        "@",
    ):
        assert not take.knows(other)
        assert await take.take(b"x", sender=ANN, recipient=other) is Taken.UNKNOWN
    gone = address(here, uuid4())
    assert take.knows(gone)
    assert await take.take(b"x", sender=ANN, recipient=gone) is Taken.UNKNOWN


async def test_staff_take_in_what_they_know_and_drop_the_rest(here: Running) -> None:
    case = await a_case(here, email=ANN)
    for text in ("It was May", "Buy now"):
        await taken(here, case, a_letter(text, sender="ann.lee@home.example"))
    by_text = {each.text: each for each in await here.core.held_letters.listed(await looker(here))}

    after = await here.core.held_letters.take_in(
        by_text["It was May"].name, looker=await looker(here), by=STAFF
    )
    await here.core.held_letters.drop(by_text["Buy now"].name, looker=await looker(here), by=STAFF)

    assert after.revision == 2
    entry = (await timeline(here, case))[-1]
    assert (entry.text, entry.side, entry.actor) == ("It was May", Side.REPORTER, str(STAFF))
    assert entry.data["sender"] == "ann.lee@home.example"
    assert await here.core.held_letters.listed(await looker(here)) == []
    for name in (each.name for each in by_text.values()):
        with pytest.raises(NotFound):
            await here.core.held_letters.drop(name, looker=await looker(here), by=STAFF)
    assert await taken(here, case, a_letter("Buy now", sender="ann.lee@home.example")) is Taken.KEPT
    assert len(await timeline(here, case)) == 2


async def test_a_letter_of_no_case_is_taken_in_to_the_one_that_staff_name(here: Running) -> None:
    case = await a_case(here, email=ANN)
    await taken(here, None, a_letter("Of nothing"))
    [held] = await here.core.held_letters.listed(await looker(here))

    with pytest.raises(NotFound):
        await here.core.held_letters.take_in(held.name, looker=await looker(here), by=STAFF)
    await here.core.held_letters.take_in(
        held.name, looker=await looker(here), by=STAFF, reference=case.reference
    )

    assert (await timeline(here, case))[-1].text == "Of nothing"


async def test_a_held_letter_with_nothing_to_keep_stays_held(here: Running) -> None:
    case = await a_case(here, email=ANN)
    await taken(here, case, a_letter("> quoted\n"))
    [held] = await here.core.held_letters.listed(await looker(here))

    with pytest.raises(FieldsRejected):
        await here.core.held_letters.take_in(held.name, looker=await looker(here), by=STAFF)

    assert len(await here.core.held_letters.listed(await looker(here))) == 1


async def test_held_letters_are_for_those_whose_case_it_is_to_work(here: Running) -> None:
    case = await a_case(here, email=ANN)
    await taken(here, case, a_letter("x", sender="eve@elsewhere.example"))
    await taken(here, None, a_letter("Of nothing"))
    payroll = await looker(here, Grant(Role.CASE_WORKER, service="payroll"))
    it = await looker(here, Grant(Role.CASE_WORKER, service="it"))

    assert [each.why for each in await here.core.held_letters.listed(payroll)] == ["sender"]
    assert await here.core.held_letters.listed(it) == []
    [theirs] = await here.core.held_letters.listed(payroll)
    for name in (theirs.name, "", "zz", "00"):
        with pytest.raises(NotFound):
            await here.core.held_letters.drop(name, looker=it, by=STAFF)


async def test_a_copy_that_is_held_takes_no_letters(here: Running) -> None:
    case = await a_case(here, email=ANN)
    async with here.core.begin() as work:
        await work.installation.hold(at=here.clock.now())
        await work.commit()

    assert await taken(here, case, a_letter()) is Taken.LATER


async def test_files_of_a_letter_that_is_not_kept_go(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await a_case(here, email=ANN)
    letter = a_letter("x")
    letter.add_attachment(photo(), maintype="image", subtype="jpeg", filename="slip.jpg")
    take = inbound(here)

    async def fails(*_: object, **__: object) -> Case:
        raise NotFound("case")

    monkeypatch.setattr(take._timelines, "add", fails)
    with pytest.raises(NotFound):
        await take.take(letter.as_bytes(), sender=ANN, recipient=address(here, case.link))

    async with here.core.begin.read() as work:
        assert await work.attachments.of_case(case.id) == []
    monkeypatch.undo()
    assert await taken(here, case, letter) is Taken.KEPT
    assert len((await timeline(here, case))[-1].files) == 1


async def test_one_word_says_whether_it_is_fixed_and_a_number_how_it_was_handled(
    here: Running,
) -> None:
    await here.publish(HANDLING, open_link=False)
    case = await a_case(here, email=ANN, unit="oakfield")
    await an_entry(here, case, acts.fixed("Paid"))

    assert await taken(here, case, a_letter("No\nJune is still missing.")) is Taken.KEPT
    judged = (await timeline(here, case))[-1]
    assert (judged.kind, judged.text) == (EntryKind.JUDGED, "June is still missing.")
    assert judged.data == {"verdict": "not_fixed", "by": "email"}

    await an_entry(here, case, acts.fixed("Paid again"))
    for _ in range(2):
        assert await taken(here, case, a_letter("Fixed 4")) is Taken.KEPT

    said = [each.kind for each in await timeline(here, case)][-3:]
    assert said == [EntryKind.FIXED, EntryKind.RATED, EntryKind.JUDGED]
    async with here.core.begin.read() as work:
        found = await work.cases.get(case.id)
    assert found is not None
    assert found.state is CaseState.CONFIRMED


async def test_b20_words_of_danger_in_a_letter_are_answered_at_once_and_few_see_it(
    here: Running,
) -> None:
    case = await a_case(here, email=ANN)

    for _ in range(2):
        assert await taken(here, case, a_letter("I want to kill myself")) is Taken.KEPT

    async with here.core.database.reading() as connection:
        written = (await connection.execute(select(letters.c.kind, letters.c.address))).all()
    assert [tuple(each) for each in written if each.kind == LetterKind.HELP] == [("help", ANN)]
    async with here.core.begin.read() as work:
        found = await work.cases.get(case.id)
    assert found is not None
    assert (found.restricted, found.priority) == (True, Priority.URGENT)


async def test_words_of_danger_in_a_letter_are_answered_three_times_a_day(here: Running) -> None:
    """Whoever writes as somebody else is not to make us write to them without end."""
    case = await a_case(here, email=ANN)

    for number in range(5):
        await taken(here, case, a_letter(f"I want to kill myself ({number})"))

    async with here.core.database.reading() as connection:
        written = await connection.scalars(select(letters.c.kind))
    assert list(written).count(LetterKind.HELP) == 3


async def test_a_verdict_that_nobody_asked_for_is_a_message(here: Running) -> None:
    case = await an_entry(here, await a_case(here, email=ANN), acts.asked("Is it May?"))

    assert await taken(here, case, a_letter("Yes")) is Taken.KEPT

    entry = (await timeline(here, case))[-1]
    assert (entry.kind, entry.text) == (EntryKind.MESSAGE, "Yes")


async def test_more_letters_than_staff_can_look_at_wait_at_the_mail_server_and_hide_no_other(
    here: Running,
) -> None:
    case = await a_case(here, email=ANN, service="payroll")
    for number in range(MOST_HELD_AN_HOUR):
        letter = a_letter(f"Buy {number}", subject="Hello")
        assert await taken(here, None, letter) is Taken.HELD
    assert await taken(here, None, a_letter("One more", subject="Hello")) is Taken.LATER

    sender = "eve@elsewhere.example"
    assert await taken(here, case, a_letter(sender=sender), sender=sender) is Taken.HELD
    worker = await looker(here, Grant(Role.CASE_WORKER, service="payroll"))
    assert [each.sender for each in await here.core.held_letters.listed(worker)] == [sender]
    here.clock.advance(timedelta(hours=1, seconds=1))
    assert await taken(here, None, a_letter("One more", subject="Hello")) is Taken.HELD
