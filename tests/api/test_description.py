"""The OpenAPI description and its page."""

from typing import Any

from tests.api.conftest import Client


async def description(anybody: Client) -> dict[str, Any]:
    answer = await anybody.http.get("/api/openapi.json")
    found: dict[str, Any] = answer.json()
    return found


def references(part: Any) -> set[str]:
    match part:
        case dict():
            own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
            return own.union(*(references(value) for value in part.values()))
        case list():
            return set().union(*(references(value) for value in part))
        case _:
            return set()


async def test_every_schema_that_is_referred_to_is_there(anybody: Client) -> None:
    found = await description(anybody)

    known = {f"#/components/schemas/{name}" for name in found["components"]["schemas"]}
    assert references(found) <= known


async def test_only_our_own_form_of_errors_is_promised(anybody: Client) -> None:
    found = await description(anybody)

    problems = [
        list(response["content"])
        for path in found["paths"].values()
        for operation in path.values()
        for status, response in operation["responses"].items()
        if not status.startswith("2")
    ]
    assert problems
    assert all(kinds == ["application/problem+json"] for kinds in problems)


async def test_the_paths_are_those_of_the_contract(anybody: Client) -> None:
    found = await description(anybody)

    assert set(found["paths"]) == {
        f"/api/v1/{path}"
        for path in (
            "responses",
            "invitations",
            "trends",
            "questionnaires",
            "questionnaires/{key}",
            "measures",
            "units",
            "services",
            "campaigns",
            "campaigns/{key}",
            "status",
            "cases",
            "cases/figures",
            "cases/{reference}",
            "cases/{reference}/entries",
        )
    }


async def test_the_page_asks_no_other_host(anybody: Client) -> None:
    page = await anybody.http.get("/api/docs")

    assert page.status_code == 200
    assert "http://" not in page.text.replace("http://testserver", "")
    assert "https://" not in page.text
