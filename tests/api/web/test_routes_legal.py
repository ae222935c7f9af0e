"""What the pages on privacy and accessibility say is what the program does."""

import re
from pathlib import Path

import pytest

from api.cookies import Cookie, name_of
from api.web.sessions import LIFETIME
from survey.db.tables import metadata
from survey.domain.loading import read
from survey.domain.questionnaire import Privacy
from survey.domain.records import Comparison
from survey.domain.retention import RECEIPT_DAYS, whole_months
from survey.questionnaires import library
from survey.services.staff_sessions import IDLE, LONGEST
from tests.support.application import Running, running
from tests.support.databases import DatabaseKind
from tests.support.web import WebPerson, on_the_web


@pytest.mark.parametrize("path", ["/privacy", "/cookies", "/accessibility"])
async def test_the_page_is_reached_from_the_footer_and_names_the_body(
    person: WebPerson, path: str
) -> None:
    await person.opens("/s/people-pulse")
    assert path in {link.attributes["href"] for link in person.page.one("footer").all("a")}

    await person.opens(path)

    assert person.status == 200
    assert path == "/cookies" or "Barnet Council" in person.text
    await person.opens(f"{path}?language=cy")
    assert person.page.one("html").attributes["lang"] == "cy"


async def test_the_periods_are_those_that_the_tables_declare(person: WebPerson) -> None:
    await person.opens("/privacy")

    declared = metadata.tables["receipts"].info["retention"]
    assert (declared.words, declared.days) == ("24 months", RECEIPT_DAYS)
    assert f"and receipts: {declared.words}" in person.text
    for table in ("people", "accounts"):
        kept = metadata.tables[table].info["retention"]
        assert f"{whole_months(kept.days)} months" in person.text
    for table in ("conversations", "letters"):
        kept = metadata.tables[table].info["retention"]
        assert f"{kept.days} days" in person.text


async def test_it_says_that_addresses_which_mail_came_back_from_are_kept_and_how_long(
    person: WebPerson,
) -> None:
    await person.opens("/privacy")

    declared = metadata.tables["refused_addresses"].info["retention"]
    months = whole_months(declared.days)
    assert (
        f"If a letter to you comes back, we keep the address and the day for {months} months"
        in (person.text)
    )


async def test_every_cookie_is_named_with_the_time_that_it_works(here: Running) -> None:
    async with on_the_web(here) as person:
        await person.opens("/cookies")

        for name in (name_of(cookie, here.core.settings) for cookie in Cookie):
            assert f"“{name}”" in person.text
        assert f"{LIFETIME.days} days" in person.text
        assert f"{LONGEST.total_seconds() // 3600:.0f} hours" in person.text
        assert f"{IDLE.total_seconds() // 60:.0f} minutes" in person.text
        assert person.secret is None  # reading about cookies sets none


PROMISES = {
    Privacy.ATTRIBUTED: "with the name of your school, department or team",
    Privacy.CONFIDENTIAL: "without your name and without a day",
    Privacy.ANONYMOUS: "only where enough people of it answered",
}


@pytest.mark.parametrize(
    ("key", "mode"),
    [
        ("people-pulse", Privacy.CONFIDENTIAL),
        ("member-it", Privacy.ATTRIBUTED),
        ("anonymous-pulse", Privacy.ANONYMOUS),
    ],
)
async def test_the_notice_of_a_version_follows_from_its_mode_and_from_what_tables_keep(
    here: Running, key: str, mode: Privacy
) -> None:
    await _publish(here, key, mode)
    drafts = metadata.tables["conversations"].info["retention"]
    responses = metadata.tables["responses"].info["retention"]
    async with on_the_web(here) as person:
        unit = "?unit=oakfield" if key == "member-it" else ""
        await person.opens(f"/s/{key}{unit}")
        told = person.text
        links = {link.text: link.attributes["href"] for link in person.page.one("main").all("a")}
        await person.opens(links["The whole privacy notice"])

    for text in (told, person.text):
        assert f"deleted after {drafts.days} days" in text
        assert f"kept for {whole_months(responses.days)} months" in text
    assert PROMISES[mode] in person.text
    assert (PROMISES[Privacy.ATTRIBUTED] in told) == (mode is Privacy.ATTRIBUTED)
    assert person.heading.startswith("Privacy notice: ")
    assert ("Nobody can find your answers" in person.text) == (mode is not Privacy.ATTRIBUTED)


async def test_the_notice_of_a_report_is_that_of_a_report_and_of_no_survey(here: Running) -> None:
    reports = metadata.tables["cases"].info["retention"]
    async with on_the_web(here) as person:
        await person.opens("/problem")
        links = {link.text: link.attributes["href"] for link in person.page.one("main").all("a")}
        await person.opens(links["The whole privacy notice"])

    assert person.heading == "Privacy notice: Report a problem"
    assert f"kept for {whole_months(reports.days)} months after it is closed" in person.text
    assert "Photos are drawn anew" in person.text
    assert "Counts of the answers" not in person.text
    assert PROMISES[Privacy.ATTRIBUTED] not in person.text


async def test_the_notice_is_that_of_the_version_that_somebody_is_answering(here: Running) -> None:
    await _publish(here, "people-pulse", Privacy.CONFIDENTIAL)
    async with on_the_web(here) as person, on_the_web(here) as newcomer:
        await person.opens("/s/people-pulse")
        await person.presses("Start")
        await _publish(here, "people-pulse", Privacy.ANONYMOUS)
        await person.opens("/s/people-pulse/privacy")
        await newcomer.opens("/s/people-pulse/privacy")

    assert PROMISES[Privacy.ANONYMOUS] not in person.text
    assert PROMISES[Privacy.ANONYMOUS] in newcomer.text


async def _publish(here: Running, key: str, mode: Privacy) -> None:
    """A shipped questionnaire, made as private as that."""
    shipped = "member-it" if key == "member-it" else "people-pulse"
    text = library.shipped()[shipped]
    changed = re.sub(r"(?m)^privacy: .*$", f"privacy: {mode}", text)
    changed = re.sub(r"(?m)^key: .*$", f"key: {key}", changed)
    await here.core.catalogue.publish(
        read(changed, name=f"{key}.yaml"),
        decide=lambda _: Comparison.SAME_SERIES,
        open_link=True,
    )


@pytest.mark.parametrize("database_kind", [DatabaseKind.SQLITE])
async def test_the_smallest_group_is_that_of_the_installation(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url, tmp_path, floor=15) as here, on_the_web(here) as person:
        await person.opens("/privacy")
    assert "at least 15 people" in person.text
    assert "at least 10" not in person.text
