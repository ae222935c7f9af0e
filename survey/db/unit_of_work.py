"""One transaction with all repositories in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.engine import Database
from survey.db.glances import SqlGlances
from survey.db.repositories.access import SqlApiKeys, SqlSessions
from survey.db.repositories.accounts import (
    SqlAccounts,
    SqlStaffSessions,
    SqlTickets,
    SqlTries,
)
from survey.db.repositories.announcements import SqlAnnouncements
from survey.db.repositories.attachments import SqlAttachments
from survey.db.repositories.audiences import SqlAudiences
from survey.db.repositories.audit import SqlAudit
from survey.db.repositories.boxes import SqlBoxes
from survey.db.repositories.calendar import SqlCalendar, SqlRefusedAddresses
from survey.db.repositories.campaigns import SqlCampaigns, SqlWaves
from survey.db.repositories.case_desk import SqlQueues, SqlReplyTemplates
from survey.db.repositories.case_sums import SqlCaseSums
from survey.db.repositories.cases import SqlCases
from survey.db.repositories.cells import SqlCells
from survey.db.repositories.chats import SqlChats, SqlInbox
from survey.db.repositories.conversations import SqlConversations
from survey.db.repositories.handovers import SqlHandovers
from survey.db.repositories.installation import SqlInstallation
from survey.db.repositories.invitations import SqlInvitations
from survey.db.repositories.leases import SqlLanes, SqlLeases
from survey.db.repositories.letters import SqlLetters
from survey.db.repositories.organisation import SqlOrganisation
from survey.db.repositories.outbox import SqlOutbox
from survey.db.repositories.paces import SqlPaces
from survey.db.repositories.people import SqlJoins, SqlPeople
from survey.db.repositories.problems import SqlActions, SqlProblems
from survey.db.repositories.promises import SqlPromises
from survey.db.repositories.questionnaires import SqlQuestionnaires
from survey.db.repositories.received_letters import SqlReceivedLetters
from survey.db.repositories.responses import SqlResponses
from survey.db.repositories.retention import SqlRetention
from survey.db.repositories.rights import SqlRights
from survey.db.repositories.structure import SqlEvents, SqlStructure
from survey.db.repositories.tellings import SqlTellings
from survey.db.repositories.tones import SqlTones
from survey.db.repositories.undelivered import SqlUndelivered
from survey.db.repositories.uploads import SqlUploads
from survey.db.repositories.vitals import SqlVitals
from survey.ports import (
    ApiKeys,
    Boxes,
    Cells,
    Chats,
    Conversations,
    Glances,
    Handovers,
    Inbox,
    Installation,
    Lanes,
    Leases,
    Organisation,
    Questionnaires,
    Responses,
    Sessions,
    Tones,
    UnitOfWork,
    WatchPoint,
)
from survey.ports.accounts import Accounts, StaffSessions, Tickets, Tries
from survey.ports.announcements import Announcements
from survey.ports.audit import Audit
from survey.ports.campaigns import (
    Audiences,
    Calendar,
    Campaigns,
    Invitations,
    Outbox,
    Paces,
    RefusedAddresses,
    Waves,
)
from survey.ports.case_desk import Queues, ReplyTemplates
from survey.ports.cases import (
    Actions,
    Attachments,
    Cases,
    CaseSums,
    Problems,
    Promises,
    Tellings,
)
from survey.ports.letters import Letters
from survey.ports.people import Joins, People
from survey.ports.received import ReceivedLetters
from survey.ports.retention import Retention
from survey.ports.rights import Rights
from survey.ports.structure import Events, Structure
from survey.ports.undelivered import Undelivered
from survey.ports.uploads import Uploads


class SqlUnitOfWork:
    """Repositories over one connection; `SqlBegin` makes it and rolls back what was not kept."""

    def __init__(self, connection: AsyncConnection, on_commit: Callable[[], object]) -> None:
        self._connection, self._on_commit = connection, on_commit
        self.organisation: Organisation = SqlOrganisation(connection)
        self.questionnaires: Questionnaires = SqlQuestionnaires(connection)
        self.boxes: Boxes = SqlBoxes(connection)
        self.responses: Responses = SqlResponses(connection)
        self.conversations: Conversations = SqlConversations(connection)
        self.handovers: Handovers = SqlHandovers(connection)
        self.inbox: Inbox = SqlInbox(connection)
        self.lanes: Lanes = SqlLanes(connection)
        self.leases: Leases = SqlLeases(connection)
        self.chats: Chats = SqlChats(connection)
        self.api_keys: ApiKeys = SqlApiKeys(connection)
        self.sessions: Sessions = SqlSessions(connection)
        self.cells: Cells = SqlCells(connection)
        self.tones: Tones = SqlTones(connection)
        self.installation: Installation = SqlInstallation(connection)
        self.vitals: WatchPoint = SqlVitals(connection)
        self.audit: Audit = SqlAudit(connection)
        self.accounts: Accounts = SqlAccounts(connection)
        self.tickets: Tickets = SqlTickets(connection)
        self.staff_sessions: StaffSessions = SqlStaffSessions(connection)
        self.tries: Tries = SqlTries(connection)
        self.letters: Letters = SqlLetters(connection)
        self.retention: Retention = SqlRetention(connection)
        self.rights: Rights = SqlRights(connection)
        self.people: People = SqlPeople(connection)
        self.joins: Joins = SqlJoins(connection)
        self.structure: Structure = SqlStructure(connection)
        self.events: Events = SqlEvents(connection)
        self.uploads: Uploads = SqlUploads(connection)
        self.campaigns: Campaigns = SqlCampaigns(connection)
        self.waves: Waves = SqlWaves(connection)
        self.invitations: Invitations = SqlInvitations(connection)
        self.calendar: Calendar = SqlCalendar(connection)
        self.refused_addresses: RefusedAddresses = SqlRefusedAddresses(connection)
        self.audiences: Audiences = SqlAudiences(connection)
        self.outbox: Outbox = SqlOutbox(connection)
        self.paces: Paces = SqlPaces(connection)
        self.undelivered: Undelivered = SqlUndelivered(connection)
        self.cases: Cases = SqlCases(connection)
        self.attachments: Attachments = SqlAttachments(connection)
        self.promises: Promises = SqlPromises(connection)
        self.problems: Problems = SqlProblems(connection)
        self.actions: Actions = SqlActions(connection)
        self.announcements: Announcements = SqlAnnouncements(connection)
        self.case_sums: CaseSums = SqlCaseSums(connection)
        self.tellings: Tellings = SqlTellings(connection)
        self.received_letters: ReceivedLetters = SqlReceivedLetters(connection)
        self.queues: Queues = SqlQueues(connection)
        self.reply_templates: ReplyTemplates = SqlReplyTemplates(connection)

    async def commit(self) -> None:
        try:
            await self._connection.commit()
        finally:
            self._on_commit()  # a commit may succeed although its answer is lost on the way


class SqlReading(SqlUnitOfWork):
    """Reads beside the writers."""

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection, on_commit=bool)

    async def commit(self) -> None:
        raise RuntimeError("a unit of work that only reads has nothing to keep")


class SqlBegin:
    """Begins units of work on one database.

    On SQLite those that may write take turns with each other and with the writer: hold one no
    longer than its statements need, and begin none inside another.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._commits = 0
        self._glances = SqlGlances(database)

    @property
    def commits(self) -> int:
        return self._commits

    @property
    def glances(self) -> Glances:
        return self._glances

    def _committed(self) -> None:
        self._commits += 1

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[UnitOfWork]:
        """Raises: Busy."""
        async with self._database.writing() as connection:
            yield SqlUnitOfWork(connection, self._committed)

    @asynccontextmanager
    async def read(self, *, one_state: bool = False) -> AsyncIterator[UnitOfWork]:
        """Raises: Busy."""
        async with self._database.reading(one_state=one_state) as connection:
            yield SqlReading(connection)
