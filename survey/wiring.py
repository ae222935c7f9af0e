"""The one place where the survey's parts are joined: ports, storage, use cases."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, MutableSequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from random import SystemRandom
from time import monotonic
from typing import Any, Final
from uuid import UUID, uuid4

from survey.db import migrate
from survey.db.engine import Database
from survey.db.keys import FileKeys
from survey.db.ledger import FileAnchors, FileErasures
from survey.db.unit_of_work import SqlBegin
from survey.db.writer import SqlWriter
from survey.domain.letters import LetterKind
from survey.mail.smtp import SmtpMailer
from survey.ports import Chance, Clock, Ids, Keys, Leases, Writer
from survey.ports.letters import Mailer
from survey.questionnaires import library
from survey.services.account_letters import PURPOSES, AccountLetters
from survey.services.accounts import Accounts
from survey.services.api_keys import ApiKeys
from survey.services.audit import Audit
from survey.services.boxes import Boxes
from survey.services.catalogue import Catalogue
from survey.services.conversations import Conversations
from survey.services.drafts import Drafts, Pseudonyms
from survey.services.erasures import Erasures
from survey.services.events import Events
from survey.services.handovers import Handovers
from survey.services.importing import Importing
from survey.services.intake import Intake
from survey.services.join_letters import JoinLetters
from survey.services.joining import Joining
from survey.services.keyed import Digests, Sealing, SignInKeys
from survey.services.leases import Leases as TakingTurns
from survey.services.letters import Letters
from survey.services.memory import Memory
from survey.services.offered import OfferedServices
from survey.services.organisation import Organisation
from survey.services.own_account import OwnAccount
from survey.services.passwords import OWASP, HashCost, Passwords
from survey.services.people import People
from survey.services.responses import Responses
from survey.services.retention import Retention
from survey.services.rights import Rights
from survey.services.second_factor import SecondFactor
from survey.services.signing import SignIn
from survey.services.staff_sessions import StaffSessions
from survey.services.tries import Tries
from survey.services.units import Units
from survey.services.uploads import Uploads
from survey.services.watch import Watch
from survey.settings import Settings, make_own_folder
from survey.tally import Tally

_REFERENCE_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters that cannot be taken for each other when read aloud or written down."""

_REFERENCE_LENGTH: Final = 6


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def lease_now(self, leases: Leases) -> datetime:
        return await leases.now() or self.now()


class RandomIds:
    def uuid(self) -> UUID:
        return uuid4()

    def reference(self) -> str:
        number = secrets.randbelow(len(_REFERENCE_LETTERS) ** _REFERENCE_LENGTH)
        letters = ""
        for _ in range(_REFERENCE_LENGTH):
            number, letter = divmod(number, len(_REFERENCE_LETTERS))
            letters += _REFERENCE_LETTERS[letter]
        return f"{letters[:3]}-{letters[3:]}"

    def token(self) -> str:
        return secrets.token_urlsafe(24)


class SystemChance:
    def __init__(self) -> None:
        self._random = SystemRandom()

    def shuffle(self, rows: MutableSequence[Any], /) -> None:
        self._random.shuffle(rows)


@dataclass(frozen=True, slots=True)
class World:
    """Time, identifiers and chance: the parts that tests replace.

    `elapsed` is seconds since some moment; unlike the clock's time it never goes back.
    `hash_cost` is what a password's hash costs; `mailer` sends letters in place of the mail server
    of the settings.
    """

    clock: Clock
    ids: Ids
    chance: Chance
    elapsed: Callable[[], float] = monotonic
    hash_cost: HashCost = OWASP
    mailer: Mailer | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """Everything that a channel may call."""

    settings: Settings
    database: Database
    begin: SqlBegin
    writer: Writer
    clock: Clock
    ids: Ids
    keys: Keys
    tally: Tally
    catalogue: Catalogue
    conversations: Conversations
    handovers: Handovers
    responses: Responses
    boxes: Boxes
    organisation: Organisation
    api_keys: ApiKeys
    watch: Watch
    leases: TakingTurns
    staff_sessions: StaffSessions
    people: People
    units: Units
    offered: OfferedServices
    events: Events
    audit: Audit
    sign_in: SignIn
    own_account: OwnAccount
    letters: Letters
    joining: Joining
    retention: Retention
    erasures: Erasures
    rights: Rights
    importing: Importing
    uploads: Uploads
    accounts: Accounts


def real_world() -> World:
    return World(SystemClock(), RandomIds(), SystemChance())


@asynccontextmanager
async def open_application(
    settings: Settings, world: World | None = None, tally: Tally | None = None
) -> AsyncIterator[Application]:
    """The application on its database, closed (and its writer drained) on leaving.

    What it does is counted in `tally`, or in one of its own.

    A SQLite file is brought to this version by itself; on PostgreSQL, where several processes
    share the database, that is the operator's step.

    Raises: CannotStart, naming what is in the way.
    """
    world = world or real_world()
    await asyncio.to_thread(_prepare, settings)
    database = Database(settings.database_url)
    tally = tally or Tally()
    begin = SqlBegin(database)
    keys = FileKeys(settings.key_dir, world.elapsed)
    writer = SqlWriter(database, world.ids)
    memory = Memory(begin, world.elapsed)
    catalogue = Catalogue(begin, memory, world.clock, blocks=library.blocks(), floor=settings.floor)
    intake = Intake(begin, world.clock, world.ids, keys, settings.zone)
    drafts = Drafts(keys, settings.zone)
    organisation = Organisation(begin, memory, world.clock)
    pseudonyms = Pseudonyms(*derived_keys(settings, b"participant"))
    leases = TakingTurns(
        begin, world.clock, world.ids.uuid(), shared=database.dialect == "postgresql"
    )
    staff_sessions = StaffSessions(begin, world.clock, world.ids)
    proofs = _proofs(settings, world)
    joining = Joining(
        begin,
        world.clock,
        world.ids,
        proofs[2],
        organisation=settings.organisation,
        bot=settings.bot_username,
    )
    erasures = Erasures(FileErasures(settings.key_dir), *derived_keys(settings, b"erasure"))
    rights = Rights(
        begin,
        world.clock,
        keys,
        erasures,
        pseudonyms,
        drafts,
        settings.zone,
        after=database.forget_log,
    )
    await _seed_services(begin)
    try:
        await rights.apply_list()
        async with writer:
            yield Application(
                settings=settings,
                database=database,
                begin=begin,
                writer=writer,
                clock=world.clock,
                ids=world.ids,
                keys=keys,
                tally=tally,
                catalogue=catalogue,
                conversations=Conversations(
                    begin,
                    writer,
                    world.clock,
                    world.ids,
                    drafts,
                    catalogue,
                    intake,
                    zone=settings.zone,
                    organisation=settings.organisation,
                    pseudonyms=pseudonyms,
                    tally=tally,
                ),
                handovers=Handovers(
                    begin,
                    world.clock,
                    world.ids,
                    drafts,
                    catalogue,
                    pseudonyms,
                    settings.zone,
                ),
                responses=Responses(
                    begin,
                    memory,
                    writer,
                    world.clock,
                    catalogue,
                    intake,
                    zone=settings.zone,
                    digest_keys=derived_keys(settings, b"idempotency"),
                    tally=tally,
                ),
                boxes=Boxes(
                    begin,
                    world.clock,
                    world.chance,
                    keys,
                    catalogue,
                    intake,
                    settings.zone,
                    after_opening=database.forget_log,
                ),
                organisation=organisation,
                api_keys=ApiKeys(begin, memory, world.clock, world.ids),
                watch=Watch(begin, world.clock, settings.zone, tables=migrate.head_revision()),
                leases=leases,
                audit=Audit(
                    begin,
                    world.clock,
                    world.ids,
                    FileAnchors(settings.key_dir),
                    leases,
                    settings.zone,
                ),
                people=People(begin, world.clock, world.ids, erasures),
                units=Units(begin, world.clock),
                offered=OfferedServices(begin, world.clock, catalogue),
                events=Events(begin, world.clock, world.ids, organisation),
                staff_sessions=staff_sessions,
                sign_in=SignIn(
                    begin,
                    world.clock,
                    world.ids,
                    staff_sessions,
                    *proofs,
                    organisation=settings.organisation,
                    demo=settings.demo,
                ),
                own_account=OwnAccount(
                    begin,
                    world.clock,
                    staff_sessions,
                    *proofs,
                    organisation=settings.organisation,
                ),
                letters=_letters(settings, world, begin, joining),
                joining=joining,
                accounts=Accounts(begin, world.clock, world.ids),
                retention=Retention(begin, world.clock, leases, after=database.forget_log),
                erasures=erasures,
                rights=rights,
                importing=Importing(begin, world.clock, world.ids, erasures),
                uploads=Uploads(begin, world.clock, world.ids, keys, settings.zone),
            )
    finally:
        await database.close()


def _proofs(settings: Settings, world: World) -> tuple[Passwords, SecondFactor, Tries]:
    """What proves at a sign-in who somebody is, and counts what does not."""
    keys = SignInKeys(
        totp=Sealing(derived_keys(settings, b"totp")),
        new_totp=Digests(derived_keys(settings, b"new totp")),
        recovery=Digests(derived_keys(settings, b"recovery")),
        tries=Digests(derived_keys(settings, b"tries")),
    )
    return (
        Passwords(world.hash_cost),
        SecondFactor(world.ids, keys, settings.organisation),
        Tries(world.clock, keys.tries),
    )


def _letters(settings: Settings, world: World, begin: SqlBegin, joining: Joining) -> Letters:
    of_accounts = AccountLetters(
        world.ids,
        organisation=settings.organisation,
        base_url=settings.base_url,
        zone=settings.zone,
    )
    to_join = JoinLetters(joining, organisation=settings.organisation, zone=settings.zone)
    return Letters(
        begin,
        world.clock,
        world.mailer or _mailer(settings),
        {**dict.fromkeys(PURPOSES, of_accounts.compose), LetterKind.JOIN: to_join.compose},
    )


def _mailer(settings: Settings) -> Mailer | None:
    """None where none is set up, and in a demonstration: anybody could write to anybody there."""
    if settings.mail_server is None or not settings.mail_from or settings.demo:
        return None
    return SmtpMailer(settings.mail_server, settings.mail_from)


def _prepare(settings: Settings) -> None:
    """Raises: CannotStart, when the database is not at this version and cannot be brought there."""
    make_own_folder(settings)
    if settings.database_url.startswith("sqlite"):
        migrate.upgrade(settings.database_url)
    else:
        migrate.require_current(settings.database_url)


async def _seed_services(begin: SqlBegin) -> None:
    """A new installation has the shipped services; a file of its own adds to them."""
    async with begin.read() as work:
        if await work.organisation.services():
            return
    async with begin() as work:
        await work.organisation.put_services(library.services())
        await work.commit()


def derived_key(settings: Settings, purpose: bytes) -> bytes:
    """A key of 64 bytes for one purpose (16 bytes at most), made from the installation's secret."""
    secret = settings.secret_key.get_secret_value() or "demonstration"
    return blake2b(secret.encode(), person=purpose).digest()


def derived_keys(settings: Settings, purpose: bytes) -> tuple[bytes, ...]:
    """The key of now, and that of the secret before, where the secret was changed."""
    previous = settings.secret_key_previous.get_secret_value()
    now = derived_key(settings, purpose)
    if not previous:
        return (now,)
    return now, blake2b(previous.encode(), person=purpose).digest()
