"""`tellback questionnaire check|publish|close|list|schema`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.commands.running import in_words, refusals, refuse, run
from api.staff.hint_words import hint_in_words
from survey.domain.answer_schema import answer_schema
from survey.domain.checking import check_file
from survey.domain.comparing import Change
from survey.domain.expansion import expand
from survey.domain.hints import HintKind, review
from survey.domain.loading import Loaded, read, schema
from survey.domain.questionnaire import Questionnaire
from survey.domain.records import Comparison
from survey.questionnaires import library
from survey.services.catalogue import Listed
from survey.wiring import Application

app = typer.Typer(help="Questionnaires: check, publish, close.", no_args_is_help=True)

KeyOrFile = Annotated[
    str, typer.Argument(help="A shipped questionnaire's key, or a YAML file.", show_default=False)
]


def content_of(key_or_file: str) -> tuple[bytes, str]:
    """A file's bytes, or those of the shipped questionnaire of that key; and its name."""
    path = Path(key_or_file)
    shipped = library.shipped()
    if key_or_file in shipped and not path.is_file():
        return shipped[key_or_file].encode(), f"{key_or_file}.yaml"
    try:
        return path.read_bytes(), path.name
    except OSError:
        listed = ", ".join(sorted(shipped))
        refuse([f"{key_or_file}: no such file, and not one of the shipped: {listed}"])


@app.command()
def check(key_or_file: KeyOrFile) -> None:
    """List every fault of a questionnaire, with its line and what to do; without any, hints."""
    content, name = content_of(key_or_file)
    faults = check_file(content, name=name, services=library.services(), blocks=library.blocks())
    if faults:
        count = f"{len(faults)} fault" + ("s" if len(faults) > 1 else "")
        refuse([in_words(fault) for fault in faults], f"{count} in {name}.")
    typer.echo(f"{name}: no faults.")
    hints = _hints(read(content, name=name).questionnaire)
    if hints:
        count = f"{len(hints)} hint" + ("s" if len(hints) > 1 else "")
        typer.echo("\n".join([f"{count} on its words, which stop nothing:", *hints]))


def _hints(written: Questionnaire) -> list[str]:
    """What to look at again; what is so in several languages is said of the first."""
    asked = expand(written, services=library.services(), blocks=library.blocks())
    lines: list[str] = []
    known: set[tuple[str, HintKind]] = set()
    for language in asked.languages:
        found = review(asked, language, standard=library.standard()).hints
        new = [hint for hint in found if (hint.question, hint.kind) not in known]
        known |= {(hint.question, hint.kind) for hint in new}
        for hint in new:
            place = f"question {hint.question}" if hint.question else "all of it"
            lines.append(f"{place}, in {language}: {hint_in_words(hint, str)}")
    return lines


@app.command()
def publish(
    key_or_file: KeyOrFile,
    open_link: Annotated[
        bool, typer.Option("--open", help="Anybody with the link may answer.")
    ] = False,
    same_series: Annotated[
        list[str] | None,
        typer.Option(help="A changed question whose figures may still be compared."),
    ] = None,
    breaks: Annotated[
        list[str] | None,
        typer.Option(help="A changed question whose figures may not be compared."),
    ] = None,
    append: Annotated[
        list[str] | None, typer.Option("--with", help="A block to ask at the end: equality.")
    ] = None,
) -> None:
    """Make the next version, which never changes again, and take answers to it."""
    content, name = content_of(key_or_file)
    with refusals("Nothing was published."):
        loaded: Loaded = read(content, name=name)
    said = dict.fromkeys(same_series or (), Comparison.SAME_SERIES)
    said |= dict.fromkeys(breaks or (), Comparison.BREAKS)

    def decide(change: Change) -> Comparison | None:
        return said.get(change.question) or _ask(change)

    version = run(
        lambda core: core.catalogue.publish(
            loaded, decide=decide, open_link=open_link, append=append or ()
        ),
        ending="Nothing was published.",
    )
    typer.echo(f"{version.questionnaire}: version {version.number} is published.")


def _ask(change: Change) -> Comparison | None:
    """Ask at a terminal; elsewhere nobody decides, and the refusal says which option to give."""
    if not sys.stdin.isatty():
        return None
    typer.echo(f"{change.question}: {change.what}")
    same = typer.confirm("May its figures still be compared with the earlier version?")
    return Comparison.SAME_SERIES if same else Comparison.BREAKS


@app.command()
def close(key: str) -> None:
    """Take no more answers, open what still waits, and publish the last figures."""

    async def work(core: Application) -> None:
        await core.catalogue.close(key)
        await core.boxes.open_due()
        from analytics.figures import open_figures  # pandas takes a second to import

        async with open_figures(core) as figures:
            await figures.publication.publish_due()

    run(work)
    typer.echo(f"{key} is closed.")


@app.command("list")
def list_() -> None:
    """Questionnaires as they stand, and those that are shipped but not published."""
    listed: list[Listed] = run(lambda core: core.catalogue.every())
    for each in listed:
        state = "closed" if each.row.closed_at else "open link" if each.row.open_link else "by key"
        typer.echo(f"{each.row.key}  version {each.row.version}  {state}")
    published = {each.row.key for each in listed}
    for key in sorted(set(library.shipped()) - published - set(library.blocks())):
        typer.echo(f"{key}  shipped, not published")


@app.command("schema")
def schema_(
    key_or_file: Annotated[
        str | None, typer.Argument(help="Print what answers to this one look like.")
    ] = None,
) -> None:
    """Print the JSON Schema of the format; of a questionnaire, that of its answers over the API."""
    found = schema()
    if key_or_file is not None:
        content, name = content_of(key_or_file)
        with refusals():
            read_in = read(content, name=name).questionnaire
            expanded = expand(read_in, services=library.services(), blocks=library.blocks())
        found = answer_schema(expanded)
    typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
