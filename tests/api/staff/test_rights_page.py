"""/staff/people/{id}/rights: a request answered in five steps, with its place in the record."""

import json

from survey.domain.accounts import Grant, Role
from survey.domain.audit import Wanted
from tests.support.application import Running
from tests.support.staff import ADMINISTRATOR, signed_in
from tests.survey.services.personal import MARK, everything_in, plant


async def test_the_page_says_what_is_kept_and_what_cannot_be_found(here: Running) -> None:
    planted = await plant(here)
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens(f"/staff/people/{planted.person.id}/rights")

        assert person.heading == f"Rights of {MARK} Hughes"
        assert person.lines["Chats that they joined from"] == "1"
        assert person.lines["Surveys and months that they took part in"] == "1"
        assert "confidential and anonymous answers" in person.text


async def test_an_export_is_a_file_and_an_entry_of_the_record(here: Running) -> None:
    planted = await plant(here)
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens(f"/staff/people/{planted.person.id}/rights")
        token = person.page.one("main").all("input", name="csrf")[0].attributes["value"]
        got = await person.http.post(
            f"/staff/people/{planted.person.id}/rights/export", data={"csrf": token}
        )
        forged = await person.http.post(
            f"/staff/people/{planted.person.id}/rights/export", data={"csrf": "other"}
        )

    assert got.headers["content-disposition"].startswith("attachment")
    assert json.loads(got.content)["person"]["name"] == f"{MARK} Hughes"
    assert forged.status_code == 403
    found = await here.core.audit.find(Wanted(action="person.exported"))
    (entry,) = found.entries
    assert entry.actor.startswith("account:")


async def test_erasing_asks_first_and_tells_the_number_of_its_entry(here: Running) -> None:
    planted = await plant(here)
    path = f"/staff/people/{planted.person.id}/rights/erase"
    async with signed_in(here, ADMINISTRATOR) as person:
        await person.opens(path)
        await person.presses("Yes, erase")
        refused = person.status, person.error
        person.chooses("End their account for staff pages too, and empty it")
        await person.presses("Yes, erase")
        told = person.page.one("main").text
        await person.opens(path)

    assert refused == (422, "They have an account that has not ended")
    entry = (await here.core.audit.find(Wanted(action="person.erased"))).entries[0]
    assert f"it is entry {entry.number} of the record" in told
    assert person.status == 404
    assert MARK not in await everything_in(here)


async def test_only_who_administers_all_their_units_reaches_the_page(here: Running) -> None:
    planted = await plant(here)  # stands for two schools
    for grant, status in (
        (Grant(Role.SURVEY_MANAGER), 403),
        (Grant(Role.ADMINISTRATOR, unit="oakfield"), 404),
        (Grant(Role.ADMINISTRATOR, unit="schools"), 200),
    ):
        async with signed_in(here, grant) as person:
            await person.opens(f"/staff/people/{planted.person.id}/rights")
            assert person.status == status, grant
