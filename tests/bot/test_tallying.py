"""What the bot and the worker count, for whoever watches."""

from datetime import timedelta
from pathlib import Path

from bot.ticking import Job, Ticker, jobs_tallied
from survey.services.responses import Offered
from survey.tally import Counted, Moment
from tests.bot.rig import house, presses, says
from tests.support.application import Running
from tests.telegram.server import FakeTelegram


async def test_updates_calls_and_the_line_to_telegram_are_counted(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        FakeTelegram() as telegram,
        house(database_url, tmp_path, telegram, "people-pulse") as here,
    ):
        person = telegram.person()
        await says(person, "/start s_people-pulse")
        await presses(person, "Start")
        tally = here.core.tally

    assert tally.counts[Counted.UPDATES, "applied"] == 2
    assert tally.counts[Counted.TELEGRAM_CALLS, "sendMessage", "ok"] == 1
    assert tally.counts[Counted.TELEGRAM_CALLS, "answerCallbackQuery", "ok"] == 1
    assert tally.moments[Moment.HEARD,] == here.clock.now()


async def test_a_run_that_fails_is_counted_and_moves_no_clock(here: Running) -> None:
    async def works() -> None:
        return

    async def fails() -> None:
        raise LookupError

    ended = jobs_tallied(here.core)
    jobs = [Job("works", timedelta(hours=1), works), Job("fails", timedelta(hours=1), fails)]
    seen: list[str] = []

    def watched(job: str, well: bool) -> None:
        ended(job, well)
        seen.append(job)

    async with Ticker(jobs, ended=watched):
        while len(seen) < 2:
            await here.core.watch.look()

    assert here.core.tally.counts == {
        (Counted.JOBS, "works", "well"): 1,
        (Counted.JOBS, "fails", "failed"): 1,
    }
    assert set(here.core.tally.moments) == {(Moment.JOB_SUCCEEDED, "works")}


async def test_an_accepted_response_is_counted_once_by_its_channel(here: Running) -> None:
    await here.publish("people-pulse")
    await here.core.responses.accept(
        Offered("people-pulse", "oakfield", None, {"pride": 4}),
        open_only=True,
        scope="people-pulse",
        idempotency_key=None,
    )

    assert here.core.tally.counts == {(Counted.SUBMISSIONS, "api"): 1}
