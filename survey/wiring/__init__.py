"""The one place where the survey's parts are joined: ports, storage, use cases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from survey import report_words
from survey.db import migrate
from survey.db.engine import Database
from survey.db.keys import FileKeys
from survey.db.ledger import FileAnchors, FileErasures
from survey.db.unit_of_work import SqlBegin
from survey.db.writer import SqlWriter
from survey.domain.distress import Concern
from survey.files.inspecting import Inspector
from survey.mail.channel import EmailChannel
from survey.ports import Clock, Ids, Keys, Writer
from survey.ports.files import Files
from survey.questionnaires import library
from survey.services.accounts import Accounts
from survey.services.actions import Actions
from survey.services.announcing import Announcing
from survey.services.api_keys import ApiKeys
from survey.services.attachments import Attachments
from survey.services.audit import Audit
from survey.services.beginning import Beginning
from survey.services.bodies import Bodies
from survey.services.bounces import Bounces
from survey.services.boxes import Boxes
from survey.services.calendar import CalendarUse
from survey.services.campaigns import Campaigns
from survey.services.case_desk import CaseDesk
from survey.services.case_rounds import CaseRounds
from survey.services.case_sums import CaseSums
from survey.services.cases import Cases
from survey.services.catalogue import Catalogue
from survey.services.conversations import Conversations
from survey.services.drafts import Drafts, Pseudonyms
from survey.services.erasures import Erasures
from survey.services.events import Events
from survey.services.few_letters import FewLetters
from survey.services.file_copies import FileCopies
from survey.services.handed_over import HandedOver
from survey.services.handovers import Handovers
from survey.services.held_letters import HeldLetters
from survey.services.help_letters import HelpLetters
from survey.services.importing import Importing
from survey.services.inbound import Inbound
from survey.services.intake import Intake
from survey.services.invited import Invited
from survey.services.joining import Joining
from survey.services.keeping import Keeping
from survey.services.keyed import Digests, Sealing, SignInKeys
from survey.services.keyed_cases import KeyedCases
from survey.services.keying import Keying
from survey.services.leases import Leases as TakingTurns
from survey.services.leaving import Leaving
from survey.services.letters import Letters
from survey.services.links import Links
from survey.services.looking import Looking
from survey.services.memory import Memory
from survey.services.offered import OfferedServices
from survey.services.old_cases import ImportingCases
from survey.services.organisation import Organisation
from survey.services.own_account import OwnAccount
from survey.services.own_cases import OwnCases
from survey.services.passwords import Passwords
from survey.services.people import People
from survey.services.problems import Problems
from survey.services.promises import Promises
from survey.services.reports import Reports
from survey.services.responses import Responses
from survey.services.result_letters import ResultLetters
from survey.services.retention import Retention
from survey.services.rights import Rights
from survey.services.school_cases import SchoolCases
from survey.services.school_links import SchoolLinks, SchoolTokens
from survey.services.scores import Scores
from survey.services.second_factor import SecondFactor
from survey.services.shipped import Shipped
from survey.services.signing import SignIn
from survey.services.staff_reports import StaffReports
from survey.services.staff_sessions import StaffSessions
from survey.services.taking import Taking
from survey.services.timelines import Timelines
from survey.services.tries import Tries
from survey.services.undelivered import Undeliveries
from survey.services.units import Units
from survey.services.unreached import Unreached
from survey.services.uploads import Uploads
from survey.services.watch import Watch
from survey.services.waves import Waves
from survey.settings import Settings, make_own_folder
from survey.tally import Tally
from survey.wiring.campaigns import campaigns
from survey.wiring.derived import derived_key, derived_keys
from survey.wiring.post import case_notices, email_channel, letters
from survey.wiring.rounds import waves
from survey.wiring.storage import storage
from survey.wiring.world import RandomIds, SystemChance, World, real_world

__all__ = [
    "Application",
    "RandomIds",
    "SystemChance",
    "World",
    "derived_key",
    "derived_keys",
    "open_application",
    "real_world",
]


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
    invitation_links: Links
    case_links: Links
    waves: Waves
    email_channel: EmailChannel
    calendar: CalendarUse
    campaigns: Campaigns
    bounces: Bounces
    invited: Invited
    leaving: Leaving
    unreached: Unreached
    undelivered: Undeliveries
    timelines: Timelines
    cases: Cases
    own_cases: OwnCases
    reports: Reports
    promises: Promises
    importing_cases: ImportingCases
    files: Files
    attachments: Attachments
    file_copies: FileCopies
    case_rounds: CaseRounds
    school_cases: SchoolCases
    school_links: SchoolLinks
    bodies: Bodies
    keying: Keying
    problems: Problems
    actions: Actions
    announcing: Announcing
    case_sums: CaseSums
    keyed_cases: KeyedCases
    handed_over: HandedOver
    case_desk: CaseDesk
    inbound: Inbound
    held_letters: HeldLetters
    staff_reports: StaffReports


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
    passwords, second_factor = Passwords(world.hash_cost), _second_factor(settings, world)
    tries = Tries(world.clock, Digests(derived_keys(settings, b"tries")))
    joining = Joining(
        begin,
        world.clock,
        world.ids,
        tries,
        pseudonyms,
        organisation=settings.organisation,
        bot=settings.bot_username,
        simulated=f"{settings.base_url}/chat" if settings.demo else "",
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
    calendar = CalendarUse(
        begin, world.clock, world.ids, nation=settings.nation, zone=settings.zone
    )
    notices = case_notices(settings, world)
    few_letters = FewLetters(
        world.clock,
        world.ids,
        data_protection=settings.data_protection_contact,
        duty=settings.duty_email,
        organisation=settings.organisation,
        base_url=settings.base_url,
    )
    timelines = Timelines(world.clock, world.ids, calendar, notices, few_letters, settings.zone)
    taking = Taking(world.clock, world.ids, timelines)
    files, inspector = storage(settings), Inspector()
    attachments = Attachments(begin, world.clock, world.ids, files, inspector, timelines, tries)
    looking = Looking(
        begin,
        world.clock,
        drafts,
        catalogue,
        zone=settings.zone,
        organisation=settings.organisation,
    )
    beginning = Beginning(
        begin,
        world.clock,
        world.ids,
        drafts,
        catalogue,
        pseudonyms,
        looking,
        settings.zone,
    )
    conversations = Conversations(
        begin,
        writer,
        world.clock,
        drafts,
        pseudonyms,
        attachments,
        beginning,
        looking,
        Keeping(
            begin,
            writer,
            world.clock,
            drafts,
            pseudonyms,
            intake,
            taking,
            tally,
            settings.zone,
        ),
    )
    handovers = Handovers(
        begin, world.clock, world.ids, drafts, catalogue, pseudonyms, settings.zone
    )
    people = People(begin, world.clock, world.ids, erasures)
    invitation_links = Links("invitation", *derived_keys(settings, b"invitation"))
    case_links = Links("case", *derived_keys(settings, b"case"))
    school_links = SchoolLinks(
        begin,
        world.clock,
        world.ids,
        tries,
        SchoolTokens(*derived_keys(settings, b"school")),
        organisation=settings.organisation,
        base_url=settings.base_url,
    )
    letter_links = Links("letters", *derived_keys(settings, b"letters"))
    invited = Invited(
        begin,
        world.clock,
        catalogue,
        beginning,
        conversations,
        handovers,
        people,
        pseudonyms,
        invitation_links,
        settings.zone,
    )
    responses = Responses(
        begin,
        memory,
        writer,
        world.clock,
        catalogue,
        intake,
        zone=settings.zone,
        digest_keys=derived_keys(settings, b"idempotency"),
        tally=tally,
    )
    shipped = Shipped(begin, catalogue, library.shipped())
    help_letters = HelpLetters(
        world.clock,
        world.ids,
        organisation=settings.organisation,
        lines=lambda _: report_words.help_lines(_, settings, frozenset(Concern)),
    )
    own_cases = OwnCases(begin, timelines, Scores(catalogue, responses), attachments)
    announcing = Announcing(begin, world.clock, world.ids, timelines)
    held_letters = HeldLetters(
        begin, world.clock, timelines, attachments, server=settings.mail_authserv_id
    )
    result_letters = ResultLetters(
        world.ids,
        letter_links,
        organisation=settings.organisation,
        base_url=settings.base_url,
    )
    await _seed_services(begin)
    try:
        await rights.apply_list()
        async with writer, inspector:
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
                conversations=conversations,
                handovers=handovers,
                responses=responses,
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
                people=people,
                units=Units(begin, world.clock),
                offered=OfferedServices(begin, world.clock, catalogue),
                events=Events(begin, world.clock, world.ids, organisation),
                staff_sessions=staff_sessions,
                sign_in=SignIn(
                    begin,
                    world.clock,
                    world.ids,
                    staff_sessions,
                    passwords,
                    second_factor,
                    tries,
                    organisation=settings.organisation,
                    demo=settings.demo,
                ),
                own_account=OwnAccount(
                    begin,
                    world.clock,
                    staff_sessions,
                    passwords,
                    second_factor,
                    tries,
                    organisation=settings.organisation,
                ),
                letters=letters(
                    settings,
                    world,
                    begin,
                    joining,
                    result_letters,
                    notices,
                    few_letters,
                    help_letters,
                    school_links,
                ),
                joining=joining,
                accounts=Accounts(begin, world.clock, world.ids),
                invitation_links=invitation_links,
                case_links=case_links,
                invited=invited,
                retention=Retention(begin, world.clock, leases, after=database.forget_log),
                erasures=erasures,
                rights=rights,
                importing=Importing(begin, world.clock, world.ids, erasures),
                uploads=Uploads(begin, world.clock, world.ids, keys, settings.zone),
                waves=waves(settings, world, begin, catalogue, calendar),
                email_channel=email_channel(settings, begin),
                calendar=calendar,
                campaigns=campaigns(settings, world, begin, calendar),
                undelivered=Undeliveries(begin, world.clock),
                timelines=timelines,
                importing_cases=ImportingCases(begin, world.clock, timelines, settings.zone),
                own_cases=own_cases,
                reports=Reports(
                    begin,
                    world.clock,
                    world.ids,
                    catalogue,
                    conversations,
                    timelines,
                    taking,
                    shipped,
                    drafts,
                ),
                cases=Cases(begin, world.clock, world.ids, timelines),
                promises=Promises(begin, world.clock),
                files=files,
                file_copies=FileCopies(begin, files),
                attachments=attachments,
                case_rounds=CaseRounds(begin, world.clock, timelines, shipped),
                school_cases=SchoolCases(begin, world.clock),
                school_links=school_links,
                bounces=Bounces(begin, world.clock),
                leaving=Leaving(begin, catalogue, invited, people, letter_links),
                unreached=Unreached(begin, world.clock, catalogue, invitation_links, settings.zone),
                bodies=Bodies(
                    begin,
                    world.clock,
                    catalogue,
                    beginning,
                    conversations,
                    pseudonyms,
                    settings.zone,
                ),
                keying=Keying(begin, world.clock, invited, conversations),
                keyed_cases=KeyedCases(
                    begin,
                    world.clock,
                    world.ids,
                    timelines,
                    organisation,
                    key=derived_key(settings, b"keyed cases"),
                ),
                handed_over=HandedOver(begin, world.clock, timelines),
                case_sums=CaseSums(begin, world.clock, settings.zone),
                problems=Problems(begin, world.clock, world.ids, timelines, announcing),
                actions=Actions(
                    begin,
                    world.clock,
                    world.ids,
                    announcing,
                    result_letters,
                    approval_above=settings.approval_above,
                ),
                announcing=announcing,
                case_desk=CaseDesk(begin, world.clock, world.ids),
                inbound=Inbound(
                    begin,
                    world.clock,
                    timelines,
                    attachments,
                    own_cases,
                    help_letters,
                    case_links,
                    reply_to=settings.mail_reply_to,
                    server=settings.mail_authserv_id,
                ),
                held_letters=held_letters,
                staff_reports=StaffReports(
                    begin, world.clock, world.ids, timelines, attachments, held_letters
                ),
            )
    finally:
        await database.close()


def _second_factor(settings: Settings, world: World) -> SecondFactor:
    keys = SignInKeys(
        totp=Sealing(derived_keys(settings, b"totp")),
        new_totp=Digests(derived_keys(settings, b"new totp")),
        recovery=Digests(derived_keys(settings, b"recovery")),
    )
    return SecondFactor(world.ids, keys, settings.organisation)


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
