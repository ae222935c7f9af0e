"""`tellback account`: who may sign in, from the first administrator on."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import typer

from api.commands.running import run
from survey.domain.accounts import Account, Grant, Role
from survey.domain.audit import OPERATOR
from survey.domain.letters import Post
from survey.domain.suggest import did_you_mean
from survey.errors import Fault, FieldsRejected, NotFound
from survey.locales import SPOKEN
from survey.services import tickets
from survey.wiring import Application

app = typer.Typer(help="Who may sign in to the staff pages.", no_args_is_help=True)

_ROLES = (
    f"One of {', '.join(Role)}; for a part of the body ROLE:unit=KEY, for a service "
    "ROLE:service=KEY, or both. Give it once for each role."
)
Email = Annotated[str, typer.Argument(help="The e-mail address of the account.")]
Roles = Annotated[list[str], typer.Option("--role", help=_ROLES)]


@app.command()
def add(
    email: Email,
    name: Annotated[str, typer.Option(help="What they are called.")],
    role: Roles,
    language: Annotated[str | None, typer.Option(help=f"Of: {', '.join(SPOKEN)}.")] = None,
) -> None:
    """Make an account. Its single-use link is printed once, alone on the last line.

    Whoever opens the link chooses the password, so give it to its owner and to nobody else.
    """
    grants = [_grant(each) for each in role]
    if language is not None and language not in SPOKEN:
        raise typer.BadParameter(f"the languages are: {', '.join(SPOKEN)}")

    async def invite(core: Application) -> tuple[Account, str]:
        try:
            made = await core.accounts.invite(
                email, name, grants, language, by=OPERATOR, letter=False
            )
        except FieldsRejected as error:
            raise _in_words(error, role) from None
        return made, await _link(core, made)

    account, link = run(invite, ending="No account was made.")
    typer.echo(f"{account.email} is {_told(account)}. The link works once, for 7 days:", err=True)
    typer.echo(link)


@app.command("list")
def list_() -> None:
    """All accounts: state, address, name and what they may do where."""

    async def look(core: Application) -> tuple[Sequence[Account], Post, bool]:
        return await core.accounts.all(), await core.letters.post(), core.letters.can_send

    accounts, post, can_send = run(look)
    for account in accounts:
        typer.echo(f"{_state(account)}  {account.email}  {account.name}  {_told(account)}")
    if post.waiting and not can_send:
        typer.echo(
            f"Letters that wait: {post.waiting}. No mail server is set up "
            "(TELLBACK_SMTP_URL, TELLBACK_MAIL_FROM).",
            err=True,
        )


@app.command()
def grant(email: Email, role: Roles) -> None:
    """Let an account do this from now on, and nothing else; whoever is signed in is signed out."""
    grants = [_grant(each) for each in role]

    async def change(core: Application) -> Account:
        account = await core.accounts.by_email(email)
        try:
            return await core.accounts.change_grants(account.id, grants, by=OPERATOR)
        except FieldsRejected as error:
            raise _in_words(error, role) from None

    account = run(change, ending="Nothing was changed.")
    typer.echo(f"{account.email} is {_told(account)}.")


@app.command()
def end(email: Email) -> None:
    """End an account: nobody signs in with it, and its open pages stop working."""
    _change(email, lambda core, it: core.accounts.end(it.id, by=OPERATOR))
    typer.echo("The account has ended.")


@app.command("bring-back")
def bring_back(email: Email) -> None:
    """Let an account that has ended be used again, with the password that it had."""
    _change(email, lambda core, it: core.accounts.bring_back(it.id, by=OPERATOR))
    typer.echo("The account can be used again.")


@app.command("reset-second-factor")
def reset_second_factor(email: Email) -> None:
    """Forget the codes of an account, as after losing the phone; the next sign-in sets up new ones.

    Make sure that it is the owner who asks.
    """
    _change(email, lambda core, it: core.accounts.reset_second_factor(it.id, by=OPERATOR))
    typer.echo("The second factor is set up anew at the next sign-in.")


@app.command()
def link(email: Email) -> None:
    """Print a single-use link that sets the password, alone on the last line; codes stay.

    For owners whom no letter reaches. Make sure that it is the owner who gets it.
    """

    async def make(core: Application) -> str:
        return await _link(core, await core.accounts.by_email(email))

    typer.echo(run(make))


@app.command()
def person(
    email: Email,
    key: Annotated[str | None, typer.Argument(help="The person's key; left out, nobody.")] = None,
) -> None:
    """Say who an account is among the people who may be asked: with a second step, they sign in
    from their chat.
    """

    async def tie(core: Application, account: Account) -> Account:
        async with core.begin.read() as work:
            found = await work.people.by_key(key) if key is not None else None
        if key is not None and found is None:
            raise NotFound(f"person {key}")
        return await core.accounts.link_person(account.id, found.id if found else None, by=OPERATOR)

    _change(email, tie)
    typer.echo("Done." if key is not None else "The account is nobody's among the people.")


def _change(email: str, change: Callable[[Application, Account], Awaitable[Account]]) -> None:
    async def work(core: Application) -> Account:
        return await change(core, await core.accounts.by_email(email))

    run(work, ending="Nothing was changed.")


async def _link(core: Application, account: Account) -> str:
    issued = await core.accounts.make_link(account.id, by=OPERATOR)
    return f"{core.settings.base_url}{tickets.PATH}{issued.token}"


def _grant(text: str) -> Grant:
    """A role as typed: "viewer", "service_manager:service=payroll". Usage errors end with 2."""
    name, *parts = text.split(":")
    if name not in set(Role):
        raise typer.BadParameter(f"'{name}' is no role{did_you_mean(name, Role)}")
    limits = dict.fromkeys(("unit", "service"), "")
    for part in parts:
        field, equals, key = part.partition("=")
        if field not in limits or not equals or not key or limits[field]:
            raise typer.BadParameter(f"'{text}': write ROLE:unit=KEY:service=KEY")
        limits[field] = key
    return Grant(Role(name), **limits)


def _in_words(error: FieldsRejected, roles: Sequence[str]) -> FieldsRejected:
    """The same faults, at the words of the command."""

    def place(fault: Fault) -> str:
        match fault.path:
            case ("grants", number, *_):
                return f"--role {roles[int(number)]}"
            case ("name", *_):
                return "--name"
            case _:
                return fault.path[0]

    return FieldsRejected([Fault((place(each),), each.code, each.message) for each in error.faults])


def _state(account: Account) -> str:
    if account.ended_at is not None:
        return f"ended {account.ended_at:%Y-%m-%d}"
    return "active" if account.password or account.subject or account.totp else "invited"


def _told(account: Account) -> str:
    """Its roles as they are typed."""
    return ",".join(
        f"{grant.role}"
        + (f":unit={grant.unit}" if grant.unit else "")
        + (f":service={grant.service}" if grant.service else "")
        for grant in sorted(account.grants)
    )
