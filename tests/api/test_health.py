"""Probes and metrics: how the installation is, told without anybody in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx2 as httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from api.app import create_app
from survey.db import migrate
from survey.domain.records import InboxRow, InstallationKind, UpdateKey
from survey.tally import LABELS, Counted, Moment
from tests.support.application import Running, running
from tests.survey.services.campaigning import campaign, invitation, person, plan, put, wave

TOKEN = "scrape-9sQ_kk2WmYt71Lx"
WAITING = InboxRow(UpdateKey(42, 7), 1001, b"sealed", "inbox-2026-05", received_at=None)  # type: ignore[arg-type]


@asynccontextmanager
async def probing(
    here: Running, *, applies_updates: bool = True
) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(here.core, here.figures, applies_updates=applies_updates)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        yield http


@pytest.fixture
async def scraped(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database_url, tmp_path, metrics_token=SecretStr(TOKEN)) as here:
        yield here


async def values(http: httpx.AsyncClient) -> dict[str, float]:
    """Every sample by its name and the values of its labels, in the order of their names."""
    answer = await http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return {
        sample.name
        + "".join(
            f"|{value}" for value in dict(sorted(sample.labels.items())).values()
        ): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def an_update_waits(here: Running) -> None:
    async with here.core.begin() as work:
        await work.inbox.store(
            [
                InboxRow(
                    WAITING.key,
                    WAITING.user,
                    WAITING.payload,
                    WAITING.payload_key,
                    here.clock.now(),
                )
            ]
        )
        await work.commit()


async def test_a_working_installation_is_ready(here: Running) -> None:
    async with probing(here) as http:
        alive, ready = await http.get("/livez"), await http.get("/readyz")

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ok", "queue": 0, "queue_age_seconds": 0, "held": False},
    )


async def test_a_process_that_applies_updates_is_unready_while_they_lie_about(
    here: Running,
) -> None:
    await an_update_waits(here)
    here.clock.advance(timedelta(minutes=6))

    async with probing(here) as applies, probing(here, applies_updates=False) as only_serves:
        unready, ready = await applies.get("/readyz"), await only_serves.get("/readyz")

    assert (unready.status_code, unready.json()["queue_age_seconds"]) == (503, 360)
    assert unready.json()["status"] == "updates from Telegram are waiting too long"
    assert (ready.status_code, ready.json()["queue"]) == (200, 1)


async def test_a_process_on_other_tables_is_unready(here: Running, database_url: str) -> None:
    await asyncio.to_thread(migrate.downgrade, database_url, "0002")

    async with probing(here) as http:
        ready = await http.get("/readyz")

    assert ready.status_code == 503


async def test_liveness_never_asks_the_database(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with probing(here) as http:
        await here.core.database.close()
        monkeypatch.setattr(here.core.database, "reading", None)
        alive = await http.get("/livez")

    assert alive.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer żółć".encode()},
    ],
)
async def test_metrics_need_the_token(scraped: Running, headers: dict[str, str | bytes]) -> None:
    async with probing(scraped) as http:
        refused = await http.get("/metrics", headers=headers)  # type: ignore[arg-type]

    assert refused.status_code == 401
    assert "tellback_" not in refused.text


async def test_without_a_token_set_nobody_reads_metrics(here: Running) -> None:
    async with probing(here) as http:
        refused = await http.get("/metrics", headers={"Authorization": "Bearer "})

    assert refused.status_code == 401


async def test_metrics_tell_of_the_queue_and_whether_sending_is_held(scraped: Running) -> None:
    async with scraped.core.begin() as work:
        await work.installation.settle(InstallationKind.REAL)
        await work.installation.hold(at=scraped.clock.now())
        await work.commit()
    await an_update_waits(scraped)
    scraped.clock.advance(timedelta(seconds=90))

    async with probing(scraped) as http:
        told = await values(http)

    assert told["tellback_database_up"] == 1
    assert told["tellback_tables_current"] == 1
    assert told["tellback_sending_held"] == 1
    assert told["tellback_inbox_waiting"] == 1
    assert told["tellback_inbox_oldest_seconds"] == 90
    assert told["tellback_inbox_parked"] == 0
    assert told["tellback_boxes_due"] == 0


async def test_a_missed_wave_is_told_within_the_minute_and_for_a_day(scraped: Running) -> None:
    """A21: it is counted by the tick that finds it, and the next scrape tells of it."""
    await scraped.publish("people-pulse")
    planned = plan(schedule={"start": "2026-05-14T13:00:00"}, open_days=1)
    due = campaign(planned, next_slot="2026-05-14T13:00", next_at=scraped.clock.now())
    await put(scraped, campaigns=[due])
    scraped.clock.advance(timedelta(days=2))
    seen = []

    async with probing(scraped) as http:
        seen.append(await values(http))
        await scraped.core.waves.fire_due()
        seen.append(await values(http))
        scraped.clock.advance(timedelta(days=1, seconds=1))
        seen.append(await values(http))

    late = [told["tellback_waves_late_seconds"] for told in seen]
    assert late == [timedelta(days=2).total_seconds(), 0, 0]
    assert [told["tellback_waves_missed"] for told in seen] == [0, 1, 0]


async def test_invitations_of_open_waves_are_told_by_their_state(scraped: Running) -> None:
    await scraped.publish("people-pulse")
    asked = [invitation(person(1)), invitation(person(2))]
    await put(
        scraped,
        campaigns=[campaign(plan())],
        waves=[wave()],
        people=[person(1), person(2)],
        asked=asked,
    )

    async with probing(scraped) as http:
        told = await values(http)

    assert told["tellback_invitations|waiting"] == 2
    assert told["tellback_invitations|answered"] == 0
    assert told["tellback_waves_open"] == 1


async def test_requests_are_counted_by_their_route_and_never_by_their_address(
    scraped: Running,
) -> None:
    async with probing(scraped) as http:
        await http.get("/s/a-secret-invitation")
        await http.get("/nowhere/a-secret-token")
        told = await values(http)
        text = (await http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})).text

    assert told["tellback_http_requests_total|GET|/s/{key}|404"] == 1
    assert told["tellback_http_requests_total|GET|none|404"] == 1
    assert told["tellback_http_request_seconds_count|/s/{key}"] == 1
    assert "secret" not in text


async def test_what_was_tallied_is_told_with_its_labels(scraped: Running) -> None:
    tally = scraped.core.tally
    tally.count(Counted.UPDATES, "applied", by=3)
    tally.mark(Moment.JOB_SUCCEEDED, "boxes", at=scraped.clock.now())

    async with probing(scraped) as http:
        told = await values(http)

    assert told["tellback_updates_total|applied"] == 3
    assert told["tellback_job_succeeded_timestamp_seconds|boxes"] == scraped.clock.now().timestamp()


def test_every_count_and_moment_has_its_labels_declared() -> None:
    assert set(LABELS) == {*Counted, *Moment}
