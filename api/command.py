"""The `tellback` command: exit code 0, 1 (refused, why on standard error) or 2 (usage)."""

import typer

from api.commands import (
    accounts,
    audit,
    campaigns,
    databases,
    files,
    imports,
    inbox,
    keys,
    pauses,
    people,
    person,
    promises,
    questionnaires,
    serve,
    simulate,
)

app = typer.Typer(
    name="tellback",
    help="Ask short questions in chat and on the web, and tell people what came of it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.add_typer(databases.app, name="db")
app.add_typer(files.app, name="files")
app.add_typer(questionnaires.app, name="questionnaire")
app.add_typer(imports.app, name="import")
app.add_typer(keys.app, name="apikey")
app.add_typer(inbox.app, name="inbox")
app.add_typer(audit.app, name="audit")
app.add_typer(accounts.app, name="account")
app.add_typer(person.app, name="person")
app.add_typer(people.app, name="people")
app.add_typer(campaigns.app, name="campaign")
app.add_typer(pauses.app, name="pause")
app.add_typer(promises.app, name="promise")
app.command("simulate")(simulate.simulate)
app.command("serve")(serve.serve)


def main() -> None:
    """The console script."""
    app()
