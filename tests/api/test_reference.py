"""Questionnaires, measures, units, services and keys over the API."""

from typing import Any

from survey.domain.audit import OPERATOR
from survey.services.api_keys import Scope
from tests.api.conftest import Client


async def test_anybody_sees_open_questionnaires_and_a_key_sees_all(anybody: Client) -> None:
    await anybody.running.publish("people-pulse")
    await anybody.running.publish("member-it", open_link=False)
    known = await anybody.with_scopes(Scope.READ)

    public = [each["key"] for each in (await anybody.get("/questionnaires")).json()]
    all_ = [each["key"] for each in (await known.get("/questionnaires")).json()]

    assert (public, all_) == (["people-pulse"], ["member-it", "people-pulse"])


async def test_a_questionnaire_shows_its_questions_with_the_keys_of_the_contract(
    anybody: Client,
) -> None:
    await anybody.running.publish("people-pulse")

    found = (await anybody.get("/questionnaires/people-pulse")).json()

    names = [question["name"] for question in found["questions"]]
    assert names == [
        "pride",
        "advocacy",
        "attachment",
        "inspiration",
        "motivation",
        "leadership",
        "workload",
        "comment",
    ]
    assert "Open Government Licence" in found["licence"]


async def test_a_questionnaire_that_is_not_yours_to_see_is_as_absent_as_one_that_is_not_there(
    anybody: Client,
) -> None:
    await anybody.running.publish("member-it", open_link=False)

    hidden = await anybody.get("/questionnaires/member-it")
    absent = await anybody.get("/questionnaires/nothing")

    assert hidden.status_code == absent.status_code == 404
    assert hidden.json() == absent.json()


async def test_every_measure_says_its_formula_and_source(anybody: Client) -> None:
    found = {each["key"]: each for each in (await anybody.get("/measures")).json()}

    assert set(found) == {
        "engagement_index",
        "satisfaction",
        "net_satisfaction",
        "nps",
        "ease",
        "first_contact_resolution",
    }
    assert all(each["formula"] and each["source"] for each in found.values())


async def test_a_new_installation_has_the_shipped_services(anybody: Client) -> None:
    known = await anybody.with_scopes(Scope.READ)

    keys = [each["key"] for each in (await known.get("/services")).json()]

    assert keys == [
        "hr",
        "payroll",
        "pensions",
        "finance",
        "it",
        "customer_services",
        "revenues_benefits",
        "procurement",
        "estates",
        "parking",
        "other",
    ]


async def test_units_are_listed_with_their_parents(anybody: Client) -> None:
    found = {each["key"]: each["parent"] for each in (await anybody.get("/units")).json()}

    assert found["oakfield"] == "schools"


async def test_what_is_archived_is_listed_no_more_and_takes_no_answers(anybody: Client) -> None:
    here = anybody.running
    await here.publish("people-pulse", open_link=True)
    by: dict[str, Any] = {"what_lies_below": None, "expected_revision": 1, "by": OPERATOR}
    await here.core.units.archive("oakfield", **by)
    await here.core.offered.archive("parking", **by)

    units = [each["key"] for each in (await anybody.get("/units")).json()]
    services = [each["key"] for each in (await anybody.get("/services")).json()]
    refused = await anybody.answer()

    assert {"oakfield", "elmwood"} & {*units} == {"elmwood"}
    assert {"parking", "payroll"} & {*services} == {"payroll"}
    assert refused.status_code == 422
    assert [each["code"] for each in refused.json()["errors"]] == ["archived_unit"]
