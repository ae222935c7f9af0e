"""The pages about people: found within what one may see, shown, changed, never lost to another."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.app import create_app
from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.people import Person
from tests.support.application import NOON, Running
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.support.stored import audited
from tests.support.web import Sending, WebPerson

OF_OAKFIELD = Grant(Role.SURVEY_MANAGER, unit="oakfield")


def a_person(key: str, name: str, *units: str, **more: Any) -> Person:
    return Person(UUID(int=uuid4().int), key, name, units, NOON, **more)


ANN = a_person("p-1", "Ann Ó Briain", "oakfield", "elmwood", email="ann@school.example")
BEN = a_person("p-2", "Ben Carter", "oakfield", opted_out_at=NOON)
CAT = a_person("a-3", "Cat Dale", "elmwood", ended_at=NOON)
DAN = a_person("a-4", "Dan Ely", "adult-social-care", roles=("contact",))
EVE = a_person("a-5", "Eve Nobody")


@pytest.fixture
async def borough(here: Running) -> Running:
    """Five people: at schools, in a department, in no unit; one left, one wants no surveys."""
    await keep(here, ANN, BEN, CAT, DAN, EVE)
    return here


async def keep(here: Running, *people: Person) -> None:
    async with here.core.begin() as work:
        await work.people.put(people)
        await work.commit()


@pytest.fixture
async def administrator(borough: Running) -> AsyncIterator[WebPerson]:
    async with signed_in(borough, ADMINISTRATOR) as person:
        yield person


def names(person: WebPerson) -> list[str]:
    """Who is in the table, from above."""
    return [row.all("th")[0].text for body in person.page.all("tbody") for row in body.all("tr")]


# --- the list ---


async def test_an_administrator_sees_everybody_who_has_not_left(administrator: WebPerson) -> None:
    await administrator.opens("/staff/people")

    assert administrator.heading == "People"
    assert names(administrator) == [ANN.name, BEN.name, DAN.name, EVE.name]
    assert "4 people found" in administrator.text
    assert "Oakfield Primary School, Elmwood School" in administrator.text


@pytest.mark.parametrize(
    ("unit", "seen", "ever"),
    [
        ("oakfield", [ANN, BEN], [ANN, BEN]),
        ("schools", [ANN, BEN], [ANN, BEN, CAT]),
        ("adult-social-care", [DAN], []),
        ("", [ANN, BEN, DAN, EVE], [ANN, BEN, CAT]),
    ],
)
async def test_others_see_the_people_of_their_units_and_nobody_else(
    borough: Running, unit: str, seen: list[Person], ever: list[Person]
) -> None:
    async with signed_in(borough, Grant(Role.SURVEY_MANAGER, unit=unit)) as manager:
        await manager.opens("/staff/people")
        assert names(manager) == [person.name for person in seen]

        await manager.opens("/staff/people?unit=schools&show=all")
        assert names(manager) == [person.name for person in ever]


@pytest.mark.parametrize(
    "role", [Role.SERVICE_MANAGER, Role.CASE_WORKER, Role.VIEWER], ids=lambda role: role.value
)
async def test_roles_that_do_not_work_with_people_see_nobody(here: Running, role: Role) -> None:
    async with signed_in(here, Grant(role)) as person:
        await person.opens("/staff/people")

        assert person.status == 403


async def test_the_address_says_who_is_shown_and_in_which_order(
    administrator: WebPerson,
) -> None:
    questions = {
        "find=o+briain": [ANN],
        "find=A-4": [DAN],
        "find=school.example": [ANN],
        "unit=schools": [ANN, BEN],
        "unit=elmwood": [ANN],
        "unit=schools&find=ben": [BEN],
        "show=left": [CAT],
        "show=opted-out": [BEN],
        "show=all": [ANN, BEN, CAT, DAN, EVE],
        "sort=-name": [EVE, DAN, BEN, ANN],
        "sort=key": [DAN, EVE, ANN, BEN],
    }

    for query, seen in questions.items():
        await administrator.opens(f"/staff/people?{query}")
        assert names(administrator) == [person.name for person in seen], query


async def test_the_form_finds_people_without_a_script(administrator: WebPerson) -> None:
    await administrator.opens("/staff/people?sort=-name")

    administrator.types("ben", into="find")
    administrator.picks("Oakfield Primary School", of="unit")
    await administrator.presses("Show")

    assert names(administrator) == [BEN.name]
    assert "One person found" in administrator.text
    assert "sort=-name" in administrator.path


async def test_a_long_list_has_fifty_a_page_and_everybody_once(here: Running) -> None:
    many = [a_person(f"n-{number:03}", f"Name {number:03}", "oakfield") for number in range(120)]
    await keep(here, *many)
    async with signed_in(here, ADMINISTRATOR) as administrator:
        await administrator.opens("/staff/people?sort=-key&unit=schools")
        shown = names(administrator)
        while links := administrator.page.all("a", rel="next"):
            await administrator.opens(links[0].attributes["href"])
            shown += names(administrator)

    assert shown == [person.name for person in reversed(many)]
    assert len(names(administrator)) == 20


async def test_a_page_after_somebody_who_is_gone_begins_anew(administrator: WebPerson) -> None:
    for after in (uuid4(), "nobody"):
        await administrator.opens(f"/staff/people?after={after}")

        assert names(administrator)[0] == ANN.name


async def test_an_empty_list_says_what_to_do_next(here: Running) -> None:
    async with signed_in(here, ADMINISTRATOR) as administrator:
        await administrator.opens("/staff/people")
        assert "Nobody is here yet. Upload a list or add somebody." in administrator.text

        await administrator.opens("/staff/people?find=zebedee")
        assert "Nobody matches." in administrator.text
    async with signed_in(here, OF_OAKFIELD) as manager:
        await manager.opens("/staff/people")
        assert "Nobody is here yet." in manager.text
        assert "Upload" not in manager.text


async def test_the_columns_say_in_which_order_they_are(administrator: WebPerson) -> None:
    await administrator.opens("/staff/people?sort=-name")

    heads = administrator.page.one("thead").all("th")
    assert [head.attributes.get("aria-sort") for head in heads] == [
        "descending",
        "none",
        None,
        None,
    ]


async def test_an_address_that_makes_no_sense_is_a_plain_page(administrator: WebPerson) -> None:
    for query in ("sort=age", "find=" + "x" * 201, "page=0"):
        await administrator.opens(f"/staff/people?{query}")

        assert administrator.status == 400


async def test_a_list_can_be_read_in_welsh(administrator: WebPerson) -> None:
    await administrator.opens("/staff/people?language=cy")

    assert administrator.page.one("html").attributes["lang"] == "cy"
    assert administrator.heading == "Pobl"
    assert "Cafwyd hyd i 4 o bobl" in administrator.text


# --- one person ---


def facts(person: WebPerson) -> dict[str, str]:
    """What the page says is held."""
    return person.lines


async def kept(here: Running, person: Person) -> Person:
    return await here.core.people.get(person.id)


async def test_a_person_is_shown_with_all_that_is_held(administrator: WebPerson) -> None:
    await administrator.opens(f"/staff/people/{ANN.id}")

    assert administrator.heading == ANN.name
    assert facts(administrator) == {
        "Reference": "p-1",
        "Name": ANN.name,
        "Schools or departments": "Oakfield Primary School Elmwood School",
        "E-mail address": "ann@school.example",
        "Language": "none",
        "Roles": "none",
        "Joined in chat": "No",
        "Added": "14 May 2026, 13:00",
    }


async def test_a_record_leads_to_what_its_person_may_ask_for_where_one_may_do_it(
    borough: Running, administrator: WebPerson
) -> None:
    await administrator.opens(f"/staff/people/{ANN.id}")
    links = [link.attributes["href"] for link in administrator.page.one("main").all("a")]
    assert f"/staff/people/{ANN.id}/rights" in links
    await administrator.opens(f"/staff/people/{ANN.id}/rights")
    assert administrator.status == 200

    async with signed_in(borough, OF_OAKFIELD) as manager:
        await manager.opens(f"/staff/people/{ANN.id}")
        links = [link.attributes["href"] for link in manager.page.one("main").all("a")]
        assert f"/staff/people/{ANN.id}/rights" not in links


async def test_who_left_or_wants_no_surveys_is_marked(administrator: WebPerson) -> None:
    await administrator.opens(f"/staff/people/{BEN.id}")
    assert "They want no surveys." in administrator.text
    assert facts(administrator)["Wants no surveys since"] == "14 May 2026, 13:00"

    await administrator.opens(f"/staff/people/{CAT.id}")
    assert "They have left." in administrator.text
    assert facts(administrator)["Left"] == "14 May 2026, 13:00"


async def test_people_of_other_units_do_not_exist_for_a_manager(borough: Running) -> None:
    async with signed_in(borough, OF_OAKFIELD) as manager:
        for stranger in (CAT, DAN, EVE, a_person("n", "Nobody")):
            for page in ("", "/edit", "/move", "/deactivate", "/bring-back", "/opt-out", "/opt-in"):
                address = f"/staff/people/{stranger.id}{page}"
                await manager.opens(address)
                assert (manager.status, manager.heading) == (404, "Page not found"), address
                if page:
                    await manager.sends(Sending(address, (("revision", "1"),)))
                    assert manager.status == 404, address
        await manager.opens("/staff/people/nobody")
        assert manager.status == 404


async def test_somebody_is_added_and_then_found(administrator: WebPerson, here: Running) -> None:
    await administrator.opens("/staff/people/add")
    administrator.types("t-77", into="key")
    administrator.types("Zoë  Żak", into="name")
    administrator.types("ZOE@school.example", into="email")
    administrator.types("headteacher\n\ngovernor\n", into="roles")
    administrator.types("site: North\nstart: 2024-09-01", into="attributes")
    administrator.picks("oakfield", of="unit")
    administrator.picks("Cymraeg", of="language")
    await administrator.presses("Add")

    assert administrator.heading == "Zoë Żak"
    assert "The person is added." in administrator.text
    async with here.core.begin.read() as work:
        added = await work.people.by_key("t-77")
    assert added is not None
    assert (added.units, added.email, added.language) == (("oakfield",), "zoe@school.example", "cy")
    assert added.roles == ("headteacher", "governor")
    assert added.attributes == {"site": "North", "start": "2024-09-01"}
    await administrator.opens("/staff/people?find=zoe+zak")
    assert names(administrator) == ["Zoë Żak"]


async def test_what_is_wrong_with_a_form_is_said_beside_its_fields(
    administrator: WebPerson,
) -> None:
    await administrator.opens("/staff/people/add")
    administrator.types("p-1", into="key")
    administrator.types("Other Ann", into="name")
    await administrator.presses("Add")
    assert administrator.error == "Somebody else has this reference"

    administrator.types("a b", into="key")
    administrator.types("", into="name")
    administrator.types("no address", into="email")
    await administrator.presses("Add")

    assert administrator.status == 422
    summary = administrator.page.one("div", class_="govuk-error-summary")
    links = {link.attributes["href"]: link.text for link in summary.all("a")}
    assert links == {
        "#key": "Use letters, digits and . _ - / @ + in the reference, 64 at most, no spaces",
        "#name": "Enter a name",
        "#email": "Enter an e-mail address like name@example.org",
    }
    ids = {each.attributes.get("id") for each in administrator.page.elements}
    assert {"key", "name", "email"} <= ids

    administrator.types("site North", into="attributes")
    await administrator.presses("Add")
    assert administrator.error == "Write each detail on a line of its own, as name: value"


async def test_a_manager_adds_people_to_their_own_units_alone(borough: Running) -> None:
    async with signed_in(borough, OF_OAKFIELD) as manager:
        await manager.opens("/staff/people/add")
        offered = manager.page.one("select", name="unit").all("option")
        options = [each.attributes["value"] for each in offered]
        assert options == ["", "oakfield"]
        manager.types("t-1", into="key")
        manager.types("Tom", into="name")
        without = manager.sending("Add")

        await manager.sends(without)
        assert manager.error == "Choose a school or department from the list"
        await manager.sends(without.with_(unit="elmwood"))
        assert manager.status == 404
        await manager.sends(without.with_(unit="oakfield"))
        assert manager.heading == "Tom"


async def test_details_are_changed_and_the_record_says_which(
    administrator: WebPerson, here: Running
) -> None:
    await administrator.opens(f"/staff/people/{DAN.id}/edit")
    administrator.types("Daniel Ely", into="name")
    administrator.types("site: South: wing B", into="attributes")
    await administrator.presses("Save")

    assert administrator.heading == "Daniel Ely"
    assert "The changes are saved." in administrator.text
    changed = await kept(here, DAN)
    assert changed == replace(
        DAN, name="Daniel Ely", attributes={"site": "South: wing B"}, revision=2
    )


async def test_details_that_a_file_gave_stay_as_they_are_beside_another_change(
    administrator: WebPerson, here: Running
) -> None:
    odd = a_person("o-1", "Odd", "oakfield", attributes={"note": "one\ntwo", "a: b": "c"})
    await keep(here, odd)

    await administrator.opens(f"/staff/people/{odd.id}/edit")
    administrator.types("Odder", into="name")
    await administrator.presses("Save")

    assert (await kept(here, odd)).attributes == odd.attributes


async def test_b43_the_second_of_two_editors_sees_both_and_overwrites_nothing(
    borough: Running,
) -> None:
    """B43: what the first changed stands beside what the second typed, field by field."""
    app = create_app(borough.core, borough.figures)
    async with (
        signed_in(borough, ADMINISTRATOR, app=app) as first,
        signed_in(borough, ADMINISTRATOR, app=app) as second,
    ):
        await first.opens(f"/staff/people/{ANN.id}/edit")
        await second.opens(f"/staff/people/{ANN.id}/edit")
        first.types("Anna Ó Briain", into="name")
        first.types("anna@school.example", into="email")
        await first.presses("Save")
        second.types("Ann O'Brien", into="name")
        second.types("headteacher", into="roles")
        await second.presses("Save")

        assert second.status == 409
        assert second.error == "Somebody else changed this meanwhile. Nothing was overwritten"
        rows = [
            [cell.text for cell in (*row.all("th"), *row.all("td"))]
            for row in second.page.one("tbody").all("tr")
        ]
        assert rows == [
            ["Name", "Anna Ó Briain", "Ann O'Brien"],
            ["E-mail address", "anna@school.example", "ann@school.example"],
        ]
        now = await kept(borough, ANN)
        assert (now.name, now.email, now.roles) == ("Anna Ó Briain", "anna@school.example", ())

        await second.presses("Save")

        assert "The changes are saved." in second.text
        now = await kept(borough, ANN)
        assert (now.name, now.email) == ("Ann O'Brien", "anna@school.example")
        assert now.roles == ("headteacher",)


async def test_b43_two_who_move_somebody_see_each_other(borough: Running) -> None:
    """B43: the second mover is shown where the person is now; nothing is overwritten."""
    app = create_app(borough.core, borough.figures)
    async with (
        signed_in(borough, ADMINISTRATOR, app=app) as first,
        signed_in(borough, ADMINISTRATOR, app=app) as second,
    ):
        await first.opens(f"/staff/people/{BEN.id}/move")
        await second.opens(f"/staff/people/{BEN.id}/move")
        first.picks("Elmwood School", of="add")
        await first.presses("Save")
        second.picks("Adult Social Care", of="add")
        await second.presses("Save")

        assert second.status == 409
        assert "Saved now: Oakfield Primary School, Elmwood School." in second.text
        assert "Yours: Oakfield Primary School, Adult Social Care." in second.text
        assert (await kept(borough, BEN)).units == ("oakfield", "elmwood")

        await second.presses("Save")
        assert (await kept(borough, BEN)).units == ("oakfield", "elmwood", "adult-social-care")


async def test_a_move_takes_ticks_away_and_adds_one(
    administrator: WebPerson, here: Running
) -> None:
    await administrator.opens(f"/staff/people/{ANN.id}/move")
    administrator.chooses("Oakfield Primary School")
    administrator.picks("Adult Social Care", of="add")
    await administrator.presses("Save")

    assert "The person is moved." in administrator.text
    assert (await kept(here, ANN)).units == ("elmwood", "adult-social-care")


async def test_a_manager_cannot_take_somebody_out_of_other_peoples_units(borough: Running) -> None:
    async with signed_in(borough, OF_OAKFIELD) as manager:
        await manager.opens(f"/staff/people/{ANN.id}/move")
        assert "Also for others that you do not look after: Elmwood School." in manager.text
        sending = manager.sending("Save")

        await manager.sends(sending.with_(add="adult-social-care"))
        assert manager.status == 404
        await manager.opens(f"/staff/people/{ANN.id}/move")
        manager.chooses("Oakfield Primary School")
        await manager.presses("Save")

        assert manager.heading == "People"
        assert names(manager) == [BEN.name]
    assert (await kept(borough, ANN)).units == ("elmwood",)


async def test_b44_that_somebody_left_is_asked_first_with_the_consequence_in_numbers(
    administrator: WebPerson, here: Running
) -> None:
    """B44: the page says of how many people one is taken away, and what becomes of the rest."""
    await administrator.opens(f"/staff/people/{ANN.id}/deactivate")
    assert [
        [cell.text for cell in (*row.all("th"), *row.all("td"))]
        for row in administrator.page.one("tbody").all("tr")
    ] == [["Oakfield Primary School", "2", "1"], ["Elmwood School", "1", "0"]]
    assert "You can bring them back for 365 days." in administrator.text
    assert (await kept(here, ANN)).ended_at is None
    sending = administrator.sending("Yes, they have left")
    await administrator.sends(sending)

    assert "The person has left." in administrator.text
    assert (await kept(here, ANN)).ended_at == NOON
    await administrator.sends(sending)
    assert (await kept(here, ANN)).revision == 2

    await administrator.opens(f"/staff/people/{ANN.id}/bring-back")
    assert administrator.page.one("tbody").all("tr")[0].text.endswith("1 2")
    await administrator.presses("Bring them back")
    assert (await kept(here, ANN)).ended_at is None


async def test_who_looks_after_one_of_their_schools_cannot_end_somebody_everywhere(
    borough: Running,
) -> None:
    async with signed_in(borough, OF_OAKFIELD) as manager:
        await manager.opens(f"/staff/people/{BEN.id}/deactivate")
        sending = manager.sending("Yes, they have left")
        await manager.opens(f"/staff/people/{ANN.id}/deactivate")
        assert "Take them out of yours instead." in manager.text
        assert not manager.has("Yes, they have left")

        await manager.sends(replace(sending, address=f"/staff/people/{ANN.id}/deactivate"))

        assert manager.status == 404
    assert (await kept(borough, ANN)).ended_at is None


async def test_a_step_after_somebody_elses_change_is_asked_anew(
    administrator: WebPerson, here: Running
) -> None:
    await administrator.opens(f"/staff/people/{BEN.id}/deactivate")
    await here.core.people.move(BEN.id, units=[], expected_revision=1, by=OPERATOR)
    await administrator.presses("Yes, they have left")

    assert administrator.status == 409
    assert (await kept(here, BEN)).ended_at is None
    await administrator.presses("Yes, they have left")
    assert (await kept(here, BEN)).ended_at == NOON


async def test_somebody_is_opted_out_on_their_behalf_and_in_again(
    administrator: WebPerson, here: Running
) -> None:
    await administrator.opens(f"/staff/people/{DAN.id}/opt-out")
    await administrator.presses("Send them no surveys")
    assert "The person gets no more surveys." in administrator.text
    assert not (await kept(here, DAN)).may_be_asked

    await administrator.opens(f"/staff/people/{DAN.id}/opt-in")
    await administrator.presses("They want to be asked again")
    assert (await kept(here, DAN)).may_be_asked


async def test_a_form_from_elsewhere_changes_nobody(
    administrator: WebPerson, here: Running
) -> None:
    for page in ("edit", "move", "deactivate", "opt-out"):
        await administrator.sends(
            Sending(f"/staff/people/{DAN.id}/{page}", (("revision", "1"), ("csrf", "x")))
        )
        assert administrator.status == 403
    assert await kept(here, DAN) == DAN


async def test_a_person_leads_to_those_of_their_schools_that_the_reader_may_see(
    borough: Running,
) -> None:
    async with signed_in(borough, OF_OAKFIELD) as manager:
        await manager.opens(f"/staff/people/{ANN.id}")

    links = [each.attributes["href"] for each in manager.page.one("dl").all("a")]
    assert "/staff/units/oakfield" in links
    assert "/staff/units/elmwood" not in links
    assert "Elmwood School" in manager.lines["Schools or departments"]


# --- mail that came back ---


async def mail_came_back(here: Running, address: str) -> None:
    async with here.core.begin() as work:
        await work.refused_addresses.put(address, at=NOON, reason="5.1.1")
        await work.commit()


async def written_to(here: Running, address: str) -> bool:
    async with here.core.begin.read() as work:
        return not await work.refused_addresses.of([address])


async def test_mail_that_came_back_is_told_and_sent_again_once_somebody_has_confirmed_it(
    borough: Running, administrator: WebPerson
) -> None:
    """An address that works again is not lost for good."""
    await mail_came_back(borough, "ann@school.example")
    await administrator.opens(f"/staff/people/{ANN.id}")
    assert "Mail to this address came back on 14 May 2026." in administrator.text

    await administrator.opens(f"/staff/people/{ANN.id}/mail-again")
    assert not await written_to(borough, "ann@school.example")
    again = administrator.sending("Yes, send mail again")
    for _ in range(2):
        await administrator.sends(again)
        assert administrator.path == f"/staff/people/{ANN.id}"

    assert await written_to(borough, "ann@school.example")
    assert "came back" not in administrator.text
    notes = [each for each in await audited(borough) if each.action == "person.mailed_again"]
    assert [each.subject for each in notes] == [f"person:{ANN.id}"]


async def test_who_wants_no_surveys_stays_so_when_mail_is_sent_again(
    here: Running,
) -> None:
    ben = replace(BEN, email="ben@school.example")
    await keep(here, ben)
    await mail_came_back(here, "ben@school.example")
    async with signed_in(here, ADMINISTRATOR) as administrator:
        await administrator.opens(f"/staff/people/{ben.id}/mail-again")
        assert "They want no surveys. That stays as it is" in administrator.text
        await administrator.presses("Yes, send mail again")

    assert not (await here.core.people.get(ben.id)).may_be_asked


async def test_who_may_not_change_somebody_cannot_have_mail_sent_to_them_again(
    borough: Running,
) -> None:
    await mail_came_back(borough, "ann@school.example")
    async with signed_in(borough, Grant(Role.SURVEY_MANAGER, unit="adult-social-care")) as other:
        await other.opens(f"/staff/people/{ANN.id}/mail-again")
        assert other.status == 404
    assert not await written_to(borough, "ann@school.example")
