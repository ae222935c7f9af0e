"""`tellback campaign ...`: plan, launch, watch and end campaigns, from files or by key."""

import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, TypeVar

import structlog
import typer

from api.campaign_sums import status_out
from api.commands.bounces import bounces
from api.commands.campaign_words import REASONS, campaign_row, preview_lines, status_lines
from api.commands.output import table
from api.commands.running import refusals, refuse, run
from survey.domain.audit import OPERATOR
from survey.domain.campaign import CampaignPlan, CampaignState
from survey.domain.campaign_file import read_campaign, schema
from survey.domain.preview import Done
from survey.domain.waves import Campaign
from survey.errors import CampaignRefused, ChangedMeanwhile, NotFound
from survey.questionnaires import library
from survey.services.campaigns import Campaigns
from survey.wiring import Application

T = TypeVar("T")

app = typer.Typer(help="Campaigns: plan, launch, watch, end.", no_args_is_help=True)
app.command("bounces")(bounces)

File = Annotated[
    Path, typer.Argument(help="A YAML file: tellback campaign example.", show_default=False)
]
FileOrKey = Annotated[
    str, typer.Argument(help="A campaign's key, or its YAML file.", show_default=False)
]

_NOTHING: Final = "Nothing was changed."
_HELD: Final = "Nothing is being sent until `tellback db release`."


@app.command()
def create(file: File) -> None:
    """Keep a file as a draft. Nothing is sent before it is launched."""
    plan = _read(file)
    made = _run(lambda core: core.campaigns.create(plan, by=OPERATOR))
    typer.echo(f"{made.key} is a draft. Look at it next: tellback campaign plan {made.key}")


@app.command()
def change(file: File) -> None:
    """Keep another plan under the same key; once launched, only words, closing and reminders."""
    plan = _read(file)

    async def work(core: Application) -> tuple[Campaign, Campaign]:
        before = await core.campaigns.get(plan.key)
        after = await core.campaigns.change(
            plan.key, plan, expected_revision=before.revision, by=OPERATOR
        )
        return before, after

    before, after = _run(work)
    if after == before:
        typer.echo(f"Nothing changed: {after.key} is as in the file.")
    else:
        typer.echo(f"{after.key} is changed: plan {after.revision}.")


@app.command()
def plan(file_or_key: FileOrKey) -> None:
    """Show who would be asked, who not and why, how and when. Nothing is kept."""
    wanted = _plan_or_key(file_or_key)

    async def work(core: Application) -> list[str]:
        preview = await core.campaigns.preview(wanted)
        lines = list(preview_lines(preview, core.settings.zone))
        if preview.may_launch:
            launch = f"tellback campaign launch {file_or_key} --people {preview.people}"
            lines.append(f"To launch it: {launch}")
        return lines

    for line in _run(work, ending=""):
        typer.echo(line)


@app.command("dry-run")
def dry_run(file_or_key: FileOrKey) -> None:
    """Play it with simulated people, from invitations to figures. Nobody is asked."""
    wanted = _plan_or_key(file_or_key)

    async def work(core: Application) -> list[str]:
        # aiogram takes seconds to import, and no other command of campaigns needs it.
        from bot.dry_run.play import dry_run as play

        plan = (
            wanted if isinstance(wanted, CampaignPlan) else (await core.campaigns.get(wanted)).plan
        )
        return list((await play(core, plan)).lines())

    with _logs_on_standard_error():
        lines = _run(work, ending="Nobody was asked.")
    for line in lines:
        typer.echo(line)


@app.command()
def launch(
    file_or_key: FileOrKey,
    people: Annotated[
        int | None, typer.Option(help="How many will be asked, as the plan says.")
    ] = None,
) -> None:
    """Begin a campaign. The number of people has to be given, and right.

    A file that was never kept is kept first. Above the size that TELLBACK_APPROVAL_ABOVE sets,
    somebody else has to agree.
    """
    wanted = _plan_or_key(file_or_key)

    async def work(core: Application) -> Done:
        campaign = await _kept(core.campaigns, wanted)
        if campaign.state is CampaignState.DRAFT:
            await _refuse_other_count(core.campaigns, campaign, people)
        return await core.campaigns.launch(
            campaign.key, expected_revision=campaign.revision, typed=people or 0, by=OPERATOR
        )

    done = _run(work)
    key = done.campaign.key
    if done.campaign.state is CampaignState.PROPOSED:
        typer.echo(f"{key} waits for a second person, who agrees at /staff/campaigns/{key}.")
    else:
        _tell(done, f"is launched. See how it goes: tellback campaign status {key}")


@app.command()
def approve(file_or_key: FileOrKey) -> None:
    """Agree to the launch that somebody else has proposed on the pages."""
    key = _key(file_or_key)
    done = _run(lambda core: core.campaigns.approve(key, by=OPERATOR))
    _tell(done, f"is launched. See how it goes: tellback campaign status {key}")


@app.command()
def pause(file_or_key: FileOrKey) -> None:
    """Send nothing for now; answers are still taken."""
    key = _key(file_or_key)
    done = _run(lambda core: core.campaigns.pause(key, by=OPERATOR))
    _tell(done, f"is paused. To go on: tellback campaign resume {key}")


@app.command()
def resume(file_or_key: FileOrKey) -> None:
    """Go on with a paused campaign."""
    key = _key(file_or_key)
    _tell(_run(lambda core: core.campaigns.resume(key, by=OPERATOR)), "is running.")


@app.command()
def stop(file_or_key: FileOrKey) -> None:
    """End a campaign for good before its time: nothing is sent, and no answers are taken."""
    key = _key(file_or_key)
    _tell(_run(lambda core: core.campaigns.stop(key, by=OPERATOR)), "is stopped.")


@app.command()
def close(file_or_key: FileOrKey) -> None:
    """Close a campaign and its open waves as if their time had come."""
    key = _key(file_or_key)
    _tell(_run(lambda core: core.campaigns.close(key, by=OPERATOR)), "is closed.")


@app.command("list")
def list_() -> None:
    """All campaigns, the newest first."""

    async def work(core: Application) -> list[tuple[str, ...]]:
        return [campaign_row(each, core.settings.zone) for each in await core.campaigns.all()]

    if rows := run(work):
        for line in table(("Key", "State", "Next wave", "Title"), rows):
            typer.echo(line)
    else:
        typer.echo("There are no campaigns.")


@app.command()
def status(
    file_or_key: FileOrKey,
    as_json: Annotated[bool, typer.Option("--json", help="Every sum, as JSON.")] = False,
) -> None:
    """How a campaign stands: the counts of each wave add up to its audience."""
    key = _key(file_or_key)

    async def work(core: Application) -> list[str]:
        found = await core.campaigns.status(key)
        if as_json:
            return [status_out(found, every_sum=True).model_dump_json(indent=2)]
        async with core.begin.read() as unit:
            held = await unit.installation.held() is not None
        return [*([_HELD] if held else []), *status_lines(found, core.settings.zone)]

    for line in _run(work, ending=""):
        typer.echo(line)


@app.command("schema")
def schema_() -> None:
    """Print the JSON Schema of a campaign file."""
    typer.echo(json.dumps(schema(), indent=2, ensure_ascii=False))


@app.command()
def example() -> None:
    """Print a campaign file with a comment on each line."""
    typer.echo(library.campaign_example(), nl=False)


async def _kept(campaigns: Campaigns, wanted: str | CampaignPlan) -> Campaign:
    """The campaign of this key or file; a file that was never kept is kept now."""
    if isinstance(wanted, str):
        return await campaigns.get(wanted)
    try:
        known = await campaigns.get(wanted.key)
    except NotFound:
        return await campaigns.create(wanted, by=OPERATOR)
    if known.plan != wanted:
        raise CampaignRefused(wanted.key, "other_plan")
    return known


async def _refuse_other_count(campaigns: Campaigns, campaign: Campaign, people: int | None) -> None:
    preview = await campaigns.preview(campaign.key)
    if preview.may_launch and people != preview.people:
        refuse(
            [f"{campaign.key}: {preview.people:,} people would be asked"],
            f"If that is right, give --people {preview.people}. Nothing was sent.",
        )


def _run(work: Callable[[Application], Awaitable[T]], *, ending: str = _NOTHING) -> T:
    """As `run`, with the words for what a campaign refuses."""

    async def inside(core: Application) -> T:
        try:
            return await work(core)
        except CampaignRefused as error:
            words = REASONS.get(error.reason, error.reason.replace("_", " "))
            refuse([f"{error.campaign}: {words}"], ending)
        except ChangedMeanwhile:
            refuse(["somebody else has changed it just now: look at it again"], ending)

    return run(inside, ending=ending)


def _read(file: Path) -> CampaignPlan:
    try:
        content = file.read_bytes()
    except OSError as error:
        refuse([f"{file}: {error.strerror or 'it cannot be read'}"], _NOTHING)
    with refusals(_NOTHING):
        return read_campaign(content, name=file.name)


@contextmanager
def _logs_on_standard_error() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        yield
    finally:
        structlog.configure(**before)


def _plan_or_key(file_or_key: str) -> CampaignPlan | str:
    path = Path(file_or_key)
    return _read(path) if path.is_file() or path.suffix else file_or_key


def _key(file_or_key: str) -> str:
    found = _plan_or_key(file_or_key)
    return found if isinstance(found, str) else found.key


def _tell(done: Done, words: str) -> None:
    if done.changed:
        typer.echo(f"{done.campaign.key} {words}")
    else:
        state = done.campaign.state.replace("_", " ")
        typer.echo(f"Nothing changed: {done.campaign.key} is {state} already.")
