"""Lists that staff upload: looked at first, then kept once, or thrown away."""

from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from openpyxl import Workbook

from api.app import create_app
from api.staff.receiving import FILE_LIMIT
from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR
from tests.support.application import Running
from tests.support.databases import DatabaseKind
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.support.web import WebPerson

PEOPLE = b"""key,name,unit,email,roles,language,site
p-1,Ann Briain,oakfield|elmwood,ann@school.example,headteacher,cy,North
p-2,Ben Carter,oakfield,ben@school.example,,,South
p-3,Cat Dale,elmwood,,,,
"""


@pytest.fixture
async def administrator(here: Running) -> AsyncIterator[WebPerson]:
    async with signed_in(here, ADMINISTRATOR) as person:
        yield person


async def uploads(
    person: WebPerson,
    content: bytes,
    *,
    as_: str = "This is the whole list",
    of: str = "people",
    name: str = "list.csv",
) -> None:
    await person.opens(f"/staff/{of}/upload")
    person.attaches(name, content)
    person.chooses(as_)
    await person.presses("Check the list")


async def imports(person: WebPerson, content: bytes) -> None:
    await uploads(person, content)
    await person.presses("Import the list")
    assert person.heading == "The list is imported"


def counts(person: WebPerson) -> dict[str, str]:
    """How many of each kind the page tells."""
    listed = person.page.all("dl", class_="tb-facts--numbers")
    return {
        row.one("dt").text: row.one("dd").text
        for each in listed
        for row in each.all("div")
        if row.one("dd").text != "0"
    }


def table(person: WebPerson, caption: str) -> list[list[str]]:
    """The rows of the table that is called so."""
    for each in person.page.all("table"):
        if each.one("caption").text.startswith(caption):
            return [
                [cell.text for cell in row.elements if cell.name in ("th", "td")]
                for row in each.one("tbody").all("tr")
            ]
    raise AssertionError(f"no table {caption}: {person.text}")


async def everybody(here: Running) -> list[str]:
    """The keys of those who have not left."""
    async with here.core.begin.read() as work:
        return [person.key for person in (await work.people.find()).people]


def spreadsheet(content: bytes) -> bytes:
    """The same list as Excel would save it."""
    book = Workbook()
    sheet = book.worksheets[0]
    for line in content.decode().splitlines():
        sheet.append(line.split(","))
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


async def test_a_list_is_looked_at_before_anything_changes_and_then_kept(
    administrator: WebPerson, here: Running
) -> None:
    await uploads(administrator, PEOPLE)

    assert administrator.heading == "Check what would change"
    assert counts(administrator) == {"Added": "3"}
    assert table(administrator, "Added")[0] == [
        "Ann Briain",
        "p-1",
        "Oakfield Primary School, Elmwood School",
    ]
    assert await everybody(here) == []

    await administrator.presses("Import the list")

    assert administrator.heading == "The list is imported"
    assert counts(administrator) == {"Added": "3"}
    assert await everybody(here) == ["p-1", "p-2", "p-3"]


async def test_a_spreadsheet_is_known_by_its_content_whatever_it_is_called(
    administrator: WebPerson, here: Running
) -> None:
    await uploads(administrator, spreadsheet(PEOPLE), name="list.csv")

    assert counts(administrator) == {"Added": "3"}
    await administrator.presses("Import the list")
    assert await everybody(here) == ["p-1", "p-2", "p-3"]


async def test_a_preview_says_what_becomes_of_everybody(
    administrator: WebPerson, here: Running
) -> None:
    await imports(administrator, PEOPLE + b"p-4,Dan,elmwood,,,,\np-5,Eve,elmwood,,,,\n")
    async with here.core.begin.read() as work:
        gone = await work.people.by_key("p-4")
    assert gone is not None
    await here.core.people.deactivate(gone.id, expected_revision=1, by=OPERATOR)

    await uploads(
        administrator,
        b"key,name,unit,email,roles,language,site\n"
        b"p-1,Ann Briain,oakfield|elmwood,ann@school.example,governor,cy,South\n"
        b"p-2,Ben Carter,elmwood,ben@school.example,,,South\n"
        b"p-3,Cat Dale,elmwood,,,,\n"
        b"p-4,Dan,elmwood,,,,\n"
        b"p-6,Fay,adult-social-care,,,,\n",
    )

    assert counts(administrator) == {
        "Added": "1",
        "Changed": "1",
        "Moved": "1",
        "Coming back": "1",
        "Leaving": "1",
        "As they are": "1",
    }
    assert table(administrator, "Changed") == [["Ann Briain", "p-1", "roles, site"]]
    assert table(administrator, "Moved") == [
        ["Ben Carter", "p-2", "from Oakfield Primary School to Elmwood School"]
    ]
    assert table(administrator, "Leaving") == [["Eve", "p-5", "Elmwood School"]]


async def test_b53_the_same_list_again_changes_nothing(
    administrator: WebPerson, here: Running
) -> None:
    """B53: a re-import is said to change nothing, and there is nothing to press."""
    await imports(administrator, PEOPLE)
    await uploads(administrator, PEOPLE)

    assert "The list changes nothing" in administrator.text
    assert not administrator.has("Import the list")
    await administrator.presses("Throw it away")
    assert "The list is thrown away. Nothing was changed." in administrator.text


async def test_a_list_to_add_and_update_takes_nobody_out(
    administrator: WebPerson, here: Running
) -> None:
    await imports(administrator, PEOPLE)
    await uploads(administrator, b"key,name\np-9,New\n", as_="Only add and update")

    assert counts(administrator) == {"Added": "1"}
    await administrator.presses("Import the list")
    assert await everybody(here) == ["p-1", "p-2", "p-3", "p-9"]


async def test_b55_a_list_that_would_take_out_many_needs_the_number_typed(
    administrator: WebPerson, here: Running
) -> None:
    """B55: 30% or more would leave: stopped until the number itself is typed."""
    await imports(administrator, PEOPLE)
    await uploads(administrator, b"key,name,unit\np-1,Ann Briain,oakfield|elmwood\n")
    assert "This would take out 2 of 3 people" in administrator.text

    await administrator.presses("Import the list")
    assert administrator.error == "Type 2, the number of those who would leave, or stop here"
    administrator.types("3", into="number")
    await administrator.presses("Import the list")
    assert administrator.status == 422
    assert await everybody(here) == ["p-1", "p-2", "p-3"]

    administrator.types("2", into="number")
    await administrator.presses("Import the list")

    assert counts(administrator)["Leaving"] == "2"
    assert await everybody(here) == ["p-1"]


@pytest.mark.parametrize(
    ("answer", "there"),
    [
        ("Leave them out", ["p-1", "p-2", "p-3"]),
        ("Treat them as new", ["n-1", "p-1", "p-2", "p-3"]),
    ],
)
async def test_b53_who_may_be_there_already_is_shown_for_a_decision(
    administrator: WebPerson, here: Running, answer: str, there: list[str]
) -> None:
    """B53: the same person by case, spaces and accents is shown, and what is done is chosen."""
    await imports(administrator, PEOPLE)
    await uploads(
        administrator,
        PEOPLE + "n-1,ánn  BRIAIN,oakfield,,,,\n".encode(),
        as_="Only add and update",
    )
    assert table(administrator, "Possible duplicates") == [
        [
            "5",
            "ánn BRIAIN (n-1)",
            "Ann Briain (p-1)",
            "the name and the school or department are the same",
        ]
    ]
    assert not administrator.has("Import the list")

    administrator.chooses(answer)
    await administrator.presses("Continue")
    if administrator.has("Import the list"):
        await administrator.presses("Import the list")

    assert sorted(await everybody(here)) == there


async def test_b52_faults_are_shown_by_row_and_column_and_nothing_is_kept(
    administrator: WebPerson, here: Running
) -> None:
    """B52: each fault with its place; nothing of the list is imported."""
    await uploads(administrator, PEOPLE + b"p 4,Dan,oakfeild,nowhere,,,\n")

    assert administrator.status == 422
    assert administrator.heading == "The list cannot be used yet"
    assert "One row has a fault." in administrator.text
    found = table(administrator, "Faults in the list")
    assert [row[:2] for row in found] == [["5", "key"], ["5", "email"], ["5", "unit"]]
    assert "did you mean 'oakfield'" in found[2][2]
    assert await everybody(here) == []
    await administrator.presses("Upload another file")
    assert administrator.heading == "Upload a list of people"


@pytest.mark.parametrize(
    "content", [b"\xff\xfek\0e\0y\0", b"\x89PNG\r\n\x1a\n", b"name\nAnn\n", b"key,name\n"]
)
async def test_what_is_no_list_is_refused_in_words(
    administrator: WebPerson, content: bytes
) -> None:
    await uploads(administrator, content)

    assert administrator.heading == "The list cannot be used yet"
    assert table(administrator, "Faults in the list")


async def test_a_form_without_a_file_or_a_choice_says_so(administrator: WebPerson) -> None:
    await administrator.opens("/staff/people/upload")
    await administrator.presses("Check the list")

    assert administrator.status == 422
    summary = administrator.page.one("div", class_="govuk-error-summary")
    assert [link.text for link in summary.all("a")] == [
        "Choose a file that is not empty",
        "Choose whether this is the whole list",
    ]


async def test_pressing_twice_imports_once(administrator: WebPerson, here: Running) -> None:
    await uploads(administrator, PEOPLE)
    sending = administrator.sending("Import the list")
    await administrator.sends(sending)
    await administrator.sends(sending)

    assert administrator.status == 404
    assert administrator.heading == "This list is not here any more"
    async with here.core.begin.read() as work:
        found = await work.people.find()
    assert {person.revision for person in found.people} == {1}


async def test_a_list_waits_for_an_hour_and_for_nobody_else(
    administrator: WebPerson, here: Running
) -> None:
    await uploads(administrator, PEOPLE)
    address, sending = administrator.path, administrator.sending("Import the list")
    async with signed_in(here, ADMINISTRATOR) as other:
        await other.opens(address)
        assert other.heading == "This list is not here any more"
        await other.opens(address.replace("people", "units"))
        assert other.heading == "This list is not here any more"
    await administrator.opens(address.replace("/people/", "/units/"))
    assert administrator.heading == "This list is not here any more"

    here.clock.advance(timedelta(minutes=30))
    await administrator.opens(address)
    assert administrator.heading == "Check what would change"
    here.clock.advance(timedelta(minutes=31))
    await administrator.sends(sending)

    assert administrator.heading == "This list is not here any more"
    assert await everybody(here) == []


async def test_only_who_keeps_everybody_uploads_lists(here: Running) -> None:
    app = create_app(here.core, here.figures)
    async with signed_in(here, Grant(Role.SURVEY_MANAGER), app=app) as manager:
        await manager.opens("/staff/people/upload")
        assert manager.status == 200
        await manager.opens("/staff/units/upload")
        assert manager.status == 403
    async with signed_in(here, Grant(Role.SURVEY_MANAGER, unit="schools"), app=app) as manager:
        for method in ("GET", "POST"):
            for path in ("/staff/people/upload", f"/staff/people/upload/{uuid4()}"):
                answer = await manager.http.request(method, path)
                assert answer.status_code == 404, (method, path)


async def test_units_are_uploaded_in_the_same_way(administrator: WebPerson, here: Running) -> None:
    await uploads(
        administrator,
        b"key,name,kind,parent\n"
        b"schools,Schools,department,\n"
        b"oakfield,Oakfield Academy,school,schools\n"
        b"elmwood,Elmwood School,school,adult-social-care\n"
        b"adult-social-care,Adult Social Care,department,\n"
        b"ashdown,Ashdown School,school,schools\n",
        of="units",
    )
    assert table(administrator, "Added") == [["Ashdown School", "ashdown", "Schools"]]
    assert "Lies under" in [each.text for each in administrator.page.all("th")]
    assert table(administrator, "Changed") == [["Oakfield Academy", "oakfield", "name"]]
    assert table(administrator, "Moved") == [
        ["Elmwood School", "elmwood", "from Schools to Adult Social Care"]
    ]

    await administrator.presses("Import the list")

    units = {unit.key: unit for unit in await here.core.organisation.units()}
    assert units["oakfield"].name == "Oakfield Academy"
    assert units["elmwood"].parent == "adult-social-care"
    assert units["ashdown"].parent == "schools"


async def test_a_form_from_elsewhere_uploads_and_imports_nothing(
    administrator: WebPerson, here: Running
) -> None:
    answer = await administrator.http.post(
        "/staff/people/upload",
        data={"csrf": "x", "list": "whole"},
        files={"file": ("list.csv", PEOPLE)},
    )
    assert answer.status_code == 403

    await uploads(administrator, PEOPLE)
    await administrator.sends(administrator.sending("Import the list").with_(csrf="x"))
    assert administrator.status == 403
    assert await everybody(here) == []


async def test_a_preview_can_be_read_in_welsh(administrator: WebPerson) -> None:
    await uploads(administrator, PEOPLE)
    await administrator.opens(f"{administrator.path}&language=cy")

    assert administrator.page.one("html").attributes["lang"] == "cy"
    assert administrator.heading == "Gwiriwch beth fyddai'n newid"
    assert counts(administrator) == {"Ychwanegwyd": "3"}


class TestSizes:
    """How much may be sent; where it is kept does not matter."""

    @pytest.fixture
    def database_kind(self) -> DatabaseKind:
        return DatabaseKind.SQLITE

    async def test_only_uploads_may_be_larger_than_a_megabyte(
        self, administrator: WebPerson
    ) -> None:
        long = b"key,name\n" + b"p-1,Ann\n" * 200_000
        await uploads(administrator, long)
        assert administrator.heading == "The list cannot be used yet"
        here = administrator.path.partition("?")[0]

        for path in ("/staff/people/add", here, "/staff/keys"):
            answer = await administrator.http.post(path, data={"name": "x" * 1_100_000})
            assert answer.status_code == 413, path

    async def test_a_file_over_the_limit_is_refused_on_the_page(
        self, administrator: WebPerson
    ) -> None:
        await uploads(administrator, b"x" * (FILE_LIMIT + 1))

        assert administrator.status == 413
        assert administrator.error == (
            "The file is larger than 50 MB. Split it, or leave columns out"
        )
