"""The pages of schools, departments and teams: the tree, one of them, and changes by hand."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.people import Person
from survey.domain.records import Unit
from survey.domain.structure import Below
from tests.support.application import NOON, Running
from tests.support.html import Element
from tests.support.staff import ADMINISTRATOR, an_account, signed_in
from tests.support.stored import audited
from tests.support.web import WebPerson

OF_SCHOOLS = Grant(Role.SURVEY_MANAGER, unit="schools")
OF_PAYROLL = Grant(Role.SERVICE_MANAGER, service="payroll")


@pytest.fixture
async def administrator(here: Running) -> AsyncIterator[WebPerson]:
    async with signed_in(here, ADMINISTRATOR) as person:
        yield person


def tree(person: WebPerson) -> list[str]:
    """The lines of the tree, from above, in words."""
    lines = person.page.one("main").all("div", class_="tb-tree__line")
    return [" | ".join(part.text for part in parts(line)) for line in lines]


def parts(line: Element) -> list[Element]:
    return [each for each in line.children if isinstance(each, Element)]


async def people_stand_for(here: Running, *units: tuple[str, ...]) -> None:
    async with here.core.begin() as work:
        await work.people.put(
            Person(UUID(int=100 + n), f"p{n}", f"Person {n}", theirs, NOON)
            for n, theirs in enumerate(units)
        )
        await work.commit()


async def unit(here: Running, key: str) -> Unit:
    return next(each for each in await here.core.organisation.units() if each.key == key)


# --- the tree ---


async def test_an_administrator_sees_the_whole_tree_with_numbers_of_people(
    here: Running, administrator: WebPerson
) -> None:
    await people_stand_for(here, ("oakfield", "elmwood"), ("elmwood",), ("schools",))

    await administrator.opens("/staff/units")

    assert administrator.heading == "Schools, departments and teams"
    assert tree(administrator) == [
        "Adult Social Care | department · 0 people",
        "Schools | department · 3 people with those below, 1 person directly",
        "Elmwood School | school · 2 people",
        "Oakfield Primary School | school · 1 person",
    ]


async def test_who_looks_after_one_department_sees_it_and_what_lies_below(here: Running) -> None:
    await people_stand_for(here, ("elmwood",))
    async with signed_in(here, OF_SCHOOLS) as manager:
        await manager.opens("/staff/units")
        assert [line.split(" | ")[0] for line in tree(manager)] == [
            "Schools",
            "Elmwood School",
            "Oakfield Primary School",
        ]
        await manager.opens("/staff/units/oakfield")
        assert (manager.status, manager.heading) == (200, "Oakfield Primary School")
        assert "Change" not in manager.text
        for address in (
            "/staff/units/adult-social-care",
            "/staff/units/atlantis",
        ):
            await manager.opens(address)
            assert manager.status == 404
        for address in ("/staff/units/oakfield/edit", "/staff/add-unit"):
            await manager.opens(address)
            assert manager.status == 403


async def test_numbers_of_people_are_for_those_who_may_see_people(here: Running) -> None:
    await people_stand_for(here, ("elmwood",))
    async with signed_in(here, Grant(Role.VIEWER, unit="schools")) as viewer:
        await viewer.opens("/staff/units")
        assert tree(viewer)[1] == "Elmwood School | school"
        await viewer.opens("/staff/units/elmwood")

    assert "People" not in viewer.lines


async def test_who_has_a_role_on_services_alone_is_told_where_to_go(here: Running) -> None:
    async with signed_in(here, OF_PAYROLL) as manager:
        await manager.opens("/staff/units")

        assert manager.status == 200
        assert "Your role is on services" in manager.text
        assert tree(manager) == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("find=ELM", ["Schools", "Elmwood School"]),
        ("kind=school", ["Schools", "Elmwood School"]),
        ("kind=school&find=adult", []),
        ("show=archived", ["Schools", "Oakfield Primary School"]),
        ("show=both&find=school", ["Schools", "Elmwood School", "Oakfield Primary School"]),
        ("", ["Adult Social Care", "Schools", "Elmwood School"]),
    ],
)
async def test_the_tree_is_narrowed_down_and_keeps_the_way_to_what_was_found(
    query: str, names: list[str], here: Running, administrator: WebPerson
) -> None:
    await here.core.units.archive(
        "oakfield", what_lies_below=None, expected_revision=1, by=OPERATOR
    )

    await administrator.opens(f"/staff/units?{query}")

    assert [line.split(" | ")[0] for line in tree(administrator)] == names
    assert ("Nothing matches." in administrator.text) is not bool(names)


# --- one of them ---


async def test_the_page_of_one_says_where_it_lies_what_lies_below_and_what_it_uses(
    here: Running, administrator: WebPerson
) -> None:
    await people_stand_for(here, ("elmwood",), ("schools",))

    await administrator.opens("/staff/units/schools")

    assert administrator.lines == {
        "Name": "Schools",
        "Kind": "department",
        "Lies under": "Nothing: it is at the top",
        "Key in files": "schools",
        "People": "2 people with those below, 1 person directly",
        "Figures": "Satisfaction and engagement",
        "Joining the chat": "Slips and links for its people",
    }
    assert [line.split(" | ")[0] for line in tree(administrator)] == [
        "Elmwood School",
        "Oakfield Primary School",
    ]
    assert "Payroll" in administrator.text
    await administrator.opens("/staff/units/elmwood")
    crumbs = administrator.page.one("nav", class_="govuk-breadcrumbs")
    assert [each.text for each in crumbs.all("a")] == ["Schools, departments and teams", "Schools"]
    assert "Nothing lies below." in administrator.text


# --- changes ---


async def test_one_is_added_below_another(here: Running, administrator: WebPerson) -> None:
    await administrator.opens("/staff/units/adult-social-care")
    await administrator.opens("/staff/add-unit?under=adult-social-care")
    administrator.types("Assessment", into="name")
    administrator.types("team", into="kind")
    await administrator.presses("Add")

    assert administrator.heading == "Assessment"
    assert "It is added." in administrator.text
    assert await unit(here, "assessment") == Unit(
        "assessment", "Assessment", "team", "adult-social-care"
    )
    [entry] = [each for each in await audited(here) if each.action == "unit.added"]
    assert entry.actor.startswith("account:")


async def test_a_faulty_form_says_what_is_wrong_and_keeps_what_was_typed(
    here: Running, administrator: WebPerson
) -> None:
    await administrator.opens("/staff/units/oakfield/edit")
    administrator.types("", into="name")
    administrator.types("academy", into="kind")
    await administrator.presses("Save")

    assert administrator.status == 422
    assert administrator.error == "Enter a name."
    assert administrator.page.one("input", id="kind").attributes["value"] == "academy"
    assert (await unit(here, "oakfield")).kind == "school"


async def test_b43_the_second_editor_sees_what_stands_beside_what_they_typed(
    here: Running, administrator: WebPerson
) -> None:
    await administrator.opens("/staff/units/oakfield/edit")
    await here.core.units.change(
        "oakfield", name="Oakfield Academy", kind="school", expected_revision=1, by=OPERATOR
    )
    administrator.types("Oak Field", into="name")
    await administrator.presses("Save")

    assert administrator.status == 409
    assert administrator.lines == {"Name": "Oakfield Academy", "Kind": "school"}
    assert administrator.page.one("input", id="name").attributes["value"] == "Oak Field"
    assert (await unit(here, "oakfield")).name == "Oakfield Academy"
    await administrator.presses("Save")
    assert (await unit(here, "oakfield")).name == "Oak Field"


async def test_b47_a_move_tells_who_will_see_it_and_acts_at_once_on_open_pages(
    here: Running, administrator: WebPerson
) -> None:
    app = administrator.http._transport.app  # type: ignore[attr-defined]  # the same process
    async with signed_in(here, OF_SCHOOLS, app=app) as manager:
        await manager.opens("/staff/units/oakfield")
        assert manager.status == 200

        await administrator.opens("/staff/units/oakfield/move")
        administrator.picks("adult-social-care", of="parent")
        await administrator.presses("Continue")
        assert administrator.lines["To"] == "Adult Social Care"
        assert administrator.lines["Accounts that can see it no more"] == "1"
        assert (await unit(here, "oakfield")).parent == "schools"
        await administrator.presses("Move")

        assert administrator.lines["Lies under"] == "Adult Social Care"
        await manager.reloads()
        assert manager.status == 404


async def test_nothing_is_moved_under_itself_by_a_forged_form(
    here: Running, administrator: WebPerson
) -> None:
    await administrator.opens("/staff/units/schools/move?parent=adult-social-care")
    sending = administrator.sending("Move")

    for parent in ("oakfield", "schools"):
        await administrator.sends(sending.with_(parent=parent))
        assert administrator.status == 422
    await administrator.sends(sending.with_(parent="atlantis"))
    assert administrator.status == 422
    assert (await unit(here, "schools")).parent is None


async def test_b44_archiving_tells_the_consequence_in_numbers_and_asks_what_lies_below(
    here: Running, administrator: WebPerson
) -> None:
    await here.publish("people-pulse")
    await people_stand_for(here, ("elmwood",), ("oakfield",))
    await an_account(here, Grant(Role.VIEWER, unit="elmwood"))

    await administrator.opens("/staff/units/schools/archive")
    assert administrator.lines == {
        "People": "2",
        "In use below it": "2",
        "Responses counted": "fewer than 10",
        "Accounts with a role there": "1",
    }
    await administrator.presses("Archive")
    assert administrator.error == "Choose what becomes of what lies below."
    administrator.chooses("It moves up one step and stays in use")
    await administrator.presses("Archive")

    assert "It is archived. Nothing was deleted." in administrator.text
    assert (await unit(here, "elmwood")).parent is None
    await administrator.opens("/staff/units/schools/restore")
    await administrator.presses("Bring it back")
    assert "It is in use again." in administrator.text


async def test_one_does_not_come_back_under_what_is_archived(
    here: Running, administrator: WebPerson
) -> None:
    await here.core.units.archive(
        "schools", what_lies_below=Below.ARCHIVE, expected_revision=1, by=OPERATOR
    )

    await administrator.opens("/staff/units/oakfield/restore")
    await administrator.presses("Bring it back")

    assert administrator.status == 422
    assert administrator.error == "What it lies under is archived. Choose one that is in use."


async def test_a_form_from_elsewhere_changes_nothing(
    here: Running, administrator: WebPerson
) -> None:
    await administrator.opens("/staff/units/oakfield/edit")
    sending = administrator.sending("Save")

    await administrator.sends(sending.with_(csrf="forged", name="Hacked"))

    assert administrator.status == 403
    assert (await unit(here, "oakfield")).revision == 1


async def test_an_administrator_of_one_department_changes_nothing_elsewhere(
    here: Running,
) -> None:
    async with signed_in(here, Grant(Role.ADMINISTRATOR, unit="schools")) as person:
        await person.opens("/staff/units/oakfield/edit")
        assert person.status == 200
        for address in (
            "/staff/units/adult-social-care/edit",
            "/staff/units/adult-social-care/archive",
        ):
            await person.opens(address)
            assert person.status == 404
        await person.opens("/staff/units/oakfield/move")
        picked = [each.attributes["value"] for each in person.page.one("main").all("option")]
        assert picked == ["schools", "elmwood"]
        await person.opens("/staff/units/oakfield/move?parent=elmwood")
        await person.sends(person.sending("Move").with_(parent=""))
        assert person.status == 404


def leads_to(person: WebPerson, row: str) -> str:
    """Where the value of a row of the summary leads."""
    rows = person.page.all("div", class_="govuk-summary-list__row")
    one = next(each for each in rows if each.one("dt").text == row)
    return one.one("a").attributes["href"]


@pytest.mark.parametrize(
    ("row", "heading"),
    [
        ("People", "People"),
        ("Figures", "Nothing to show yet"),
        ("Joining the chat", "Slips to join the chat: Oakfield Primary School"),
    ],
)
async def test_a_school_leads_to_its_people_its_figures_and_its_slips(
    here: Running, row: str, heading: str
) -> None:
    async with signed_in(here, OF_SCHOOLS) as manager:
        await manager.opens("/staff/units/oakfield")
        address = leads_to(manager, row)
        await manager.opens(address)

    assert "oakfield" in address
    assert (manager.status, manager.heading) == (200, heading)


async def test_a_school_leads_nowhere_that_its_reader_may_not_go(here: Running) -> None:
    async with signed_in(here, Grant(Role.CASE_WORKER, unit="oakfield")) as worker:
        await worker.opens("/staff/units/oakfield")

    assert not {"People", "Figures", "Joining the chat"} & set(worker.lines)
