"""The tables: what is kept, under which key, and for how long.

Three rules hold throughout.

* A row that could tell on a person has a random key and no time in it. SQLite keeps such tables
  `WITHOUT ROWID`, since a rowid is the order of arrival.
* An empty string stands for "none" in keys, as in `survey.domain.records`.
* Each table declares its `Retention`, or a test fails.

A response is one row with one JSON document of its answers, text included. Measured against a row
per answer on PostgreSQL, that is 1.4 times as many submissions per second and less than half the
disk; figures are never computed from it but from `counts`, so that its slower grouping costs
nothing, and "every answer of a person is in one row" makes erasing one a single delete.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    Uuid,
    text,
)

from survey.db.types import Answers, Document, UtcDateTime
from survey.domain.retention import (
    CASE_DAYS,
    DRAFT_DAYS,
    ENDED_ACCOUNT_DAYS,
    IDEMPOTENCY_DAYS,
    INBOX_DAYS,
    KEY_USE_DAYS,
    LEFT_DAYS,
    LETTER_DAYS,
    RECEIPT_DAYS,
    TRY_DAYS,
)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a row is kept, in words for a record of processing.

    Where time alone decides, `days` run from the column `since`.
    """

    words: str
    days: int | None = None
    since: str | None = None


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

KEY: Final = 64
"""Longest key of a unit, service, questionnaire, question or choice, in characters."""

MEDIA_TYPE: Final = 100
"""Longest media type, in characters: those of office files have 71."""

TWO_YEARS: Final = "24 months"
CASE_YEARS: Final = "6 years"
WITH_QUESTIONNAIRE: Final = "while the questionnaire or a figure from it is kept"


def kept(words: str, *, days: int | None = None, since: str | None = None) -> dict[str, Any]:
    """The `info` of a table: how long its rows are kept."""
    return {"retention": Retention(words, days, since)}


# --- the organisation ---

units = Table(
    "units",
    metadata,
    Column("key", String(KEY), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(KEY), nullable=False),
    Column(
        "parent",
        # Deferred: a file may name a child before its parent.
        ForeignKey("units.key", deferrable=True, initially="DEFERRED"),
        nullable=True,
    ),
    # The name without case and accents, for looking up.
    Column("folded", Text, nullable=False),
    # Since when it is part of the body no more: nobody is asked for it, its figures stay.
    Column("ended_at", UtcDateTime, nullable=True),
    # Goes up with each change, so that of two who edit it the second is told.
    Column("revision", Integer, nullable=False, server_default="1"),
    info=kept("while the unit is part of the body or responses name it"),
)

services = Table(
    "services",
    metadata,
    Column("key", String(KEY), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column(
        "parent",
        ForeignKey("services.key", deferrable=True, initially="DEFERRED"),
        nullable=True,
    ),
    Column("label", Document, nullable=False),
    # Who answers for it inside the body: a name of a team or of somebody in office.
    Column("owner", Text, nullable=False, server_default=""),
    # The systems that it uses: a list of names.
    Column("systems", Document, nullable=False, server_default="[]"),
    Column("ended_at", UtcDateTime, nullable=True),
    Column("revision", Integer, nullable=False, server_default="1"),
    info=kept("while the service is offered or responses name it"),
)

service_units = Table(
    "service_units",
    metadata,
    # Which units use a service; none at all stands for every unit.
    Column("service", ForeignKey("services.key", ondelete="CASCADE"), primary_key=True),
    Column("unit", ForeignKey("units.key", ondelete="CASCADE"), primary_key=True),
    info=kept("while the unit uses the service"),
)

events = Table(
    "events",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("day", Date, nullable=False),
    Column("kind", String(KEY), nullable=False),
    Column("name", Text, nullable=False),
    # Empty: it touches all services, or all units.
    Column("service", String(KEY), nullable=False),
    Column("unit", String(KEY), nullable=False),
    info=kept("for good: charts mark it as long as they show its day"),
)

# --- people: who may be asked ---

people = Table(
    "people",
    metadata,
    Column("id", Uuid, primary_key=True),
    # What the body calls them in its files, such as a staff number.
    Column("key", String(KEY), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    # Name, key and address without case and accents, for looking up and for sorting.
    Column("folded", Text, nullable=False),
    Column("email", Text, nullable=True),
    Column("language", String(3), nullable=True),
    Column("roles", Document, nullable=False),
    # Any other column of the file: its name and what stands there, as text.
    Column("attributes", Document, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=True),
    # Since when they want no survey.
    Column("opted_out_at", UtcDateTime, nullable=True),
    Column("revision", Integer, nullable=False),
    Index(None, "folded", "id"),
    Index(None, "email"),
    info=kept("12 months after they left", days=LEFT_DAYS, since="ended_at"),
)

LEFT: Final = text("ended_at IS NOT NULL")
"""People who left, few among many: literal, so that the index below serves."""

Index("ix_people_left", people.c.folded, people.c.id, sqlite_where=LEFT, postgresql_where=LEFT)

_SILENT: Final = text("opted_out_at IS NOT NULL")

Index(
    "ix_people_silent",
    people.c.folded,
    people.c.id,
    sqlite_where=_SILENT,
    postgresql_where=_SILENT,
)

memberships = Table(
    "memberships",
    metadata,
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("unit", ForeignKey("units.key"), primary_key=True),
    # In which order the person's units are offered.
    Column("position", Integer, nullable=False),
    Index(None, "unit", "person"),
    info=kept("with the person"),
)

joins = Table(
    "joins",
    metadata,
    # Only a hash of the 128 random bits is kept; the row goes when they are used.
    Column("digest", LargeBinary, primary_key=True),
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    info=kept("until used: 14 days", days=0, since="expires_at"),
)

# --- questionnaires ---

questionnaires = Table(
    "questionnaires",
    metadata,
    Column("key", String(KEY), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("open_link", Boolean, nullable=False),
    Column("closed_at", UtcDateTime, nullable=True),
    info=kept(WITH_QUESTIONNAIRE),
)

versions = Table(
    "versions",
    metadata,
    Column("questionnaire", ForeignKey("questionnaires.key"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("series", Integer, nullable=False),
    Column("floor", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("changes", Document, nullable=False),
    info=kept(WITH_QUESTIONNAIRE),
)

# --- the box: who took part, what waits, what was proved ---

boxes = Table(
    "boxes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("questionnaire", ForeignKey("questionnaires.key"), nullable=False),
    Column("month", Date, nullable=False),
    Column("wave", String(KEY), nullable=False),
    Column("floor", Integer, nullable=False),
    Column("privacy", String(12), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    UniqueConstraint("questionnaire", "month", "wave"),
    info=kept("until its month or questionnaire is over and it is empty"),
)

sealed = Table(
    "sealed",
    metadata,
    Column("box", ForeignKey("boxes.id"), primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("blob", LargeBinary, nullable=False),
    info=kept("until its box is opened"),
    sqlite_with_rowid=False,
)

participations = Table(
    "participations",
    metadata,
    Column("questionnaire", ForeignKey("questionnaires.key"), primary_key=True),
    Column("month", Date, primary_key=True),
    Column("wave", String(KEY), primary_key=True),
    Column("participant", Text, primary_key=True),
    info=kept(f"{TWO_YEARS} after its month", days=RECEIPT_DAYS, since="month"),
    sqlite_with_rowid=False,
)

receipts = Table(
    "receipts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("reference", String(KEY), nullable=False, unique=True),
    Column("accepted_at", UtcDateTime, nullable=False),
    info=kept(TWO_YEARS, days=RECEIPT_DAYS, since="accepted_at"),
    sqlite_with_rowid=False,
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("body", String(64), nullable=False),
    Column(
        "receipt",
        # Deferred: the key is claimed before the receipt is written.
        ForeignKey("receipts.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("accepted_at", UtcDateTime, nullable=False, index=True),
    info=kept("7 days", days=IDEMPOTENCY_DAYS, since="accepted_at"),
    sqlite_with_rowid=False,
)

# --- responses and counts ---

responses = Table(
    "responses",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("questionnaire", String(KEY), nullable=False),
    Column("version", Integer, nullable=False),
    Column("series", Integer, nullable=False),
    Column("month", Date, nullable=False),
    Column("wave", String(KEY), nullable=False),
    Column("unit", String(KEY), nullable=False),
    Column("language", String(3), nullable=False),
    Column("answers", Answers, nullable=False),
    ForeignKeyConstraint(
        ["questionnaire", "version"], ["versions.questionnaire", "versions.number"]
    ),
    Index(None, "questionnaire", "month"),
    info=kept(f"{TWO_YEARS} after its month", days=RECEIPT_DAYS, since="month"),
    sqlite_with_rowid=False,
)

counts = Table(
    "counts",
    metadata,
    Column("questionnaire", ForeignKey("questionnaires.key"), primary_key=True),
    Column("month", Date, primary_key=True),
    Column("wave", String(KEY), primary_key=True),
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("unit", String(KEY), primary_key=True),
    Column("service", String(KEY), primary_key=True),
    Column("dimension", String(KEY), primary_key=True),
    Column("category", String(KEY), primary_key=True),
    Column("question", String(KEY), primary_key=True),
    Column("value", String(KEY), primary_key=True),
    Column("n", BigInteger, nullable=False),
    info=kept("for good: they outlive the responses that they were made from"),
    sqlite_with_rowid=False,
)

imports = Table(
    "imports",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("imported_at", UtcDateTime, nullable=False),
    info=kept("for good: so that one file is not counted twice"),
)

# --- conversations and chat ---

conversations = Table(
    "conversations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("questionnaire", String(KEY), nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("phase", String(12), nullable=False),
    Column("draft", LargeBinary, nullable=False),
    Column("draft_key", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("touched_at", UtcDateTime, nullable=False),
    Column("receipt", ForeignKey("receipts.id", ondelete="SET NULL"), nullable=True),
    Column("shown", Integer, nullable=True),
    Column("message_id", BigInteger, nullable=True),
    # Whose participation it is, where another channel than the owner's knows.
    Column("participant", String(32), nullable=True),
    # Of what it is the answer to, where somebody was asked.
    Column("invitation", ForeignKey("invitations.id", ondelete="SET NULL"), nullable=True),
    Column("wave", String(KEY), nullable=False, server_default=""),
    ForeignKeyConstraint(
        ["questionnaire", "version"], ["versions.questionnaire", "versions.number"]
    ),
    Index(None, "owner", "started_at"),
    Index(None, "invitation"),
    info=kept("30 days after the last step", days=DRAFT_DAYS, since="touched_at"),
)

OWED: Final = text("owner LIKE 'telegram:%' AND (shown IS NULL OR shown < revision)")
"""Conversations in chat whose last turn was not shown: literal, so that the index below serves."""

Index(
    "ix_conversations_owed",
    conversations.c.touched_at,
    sqlite_where=OWED,
    postgresql_where=OWED,
)

inbox = Table(
    "inbox",
    metadata,
    Column("bot", BigInteger, primary_key=True, autoincrement=False),
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, nullable=False),
    # All below is emptied once the update is applied.
    Column("user", BigInteger, nullable=True),
    Column("payload", LargeBinary, nullable=True),
    Column("payload_key", Text, nullable=True),
    Column("received_at", UtcDateTime, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("error", String(64), nullable=True),
    Column("parked", Boolean, nullable=False),
    info=kept("7 days; who and what only until it is applied", days=INBOX_DAYS, since="day"),
)

WAITING: Final = text("payload IS NOT NULL AND NOT parked")
"""Updates yet to be applied: literal, so that the index below serves."""

Index(
    "ix_inbox_waiting",
    inbox.c.received_at,
    sqlite_where=WAITING,
    postgresql_where=WAITING,
)

lanes = Table(
    "lanes",
    metadata,
    Column("bot", BigInteger, primary_key=True, autoincrement=False),
    Column("user", BigInteger, primary_key=True, autoincrement=False),
    Column("holder", Uuid, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    info=kept("while a process applies this person's updates", days=1, since="until"),
)

chats = Table(
    "chats",
    metadata,
    Column("bot", BigInteger, primary_key=True, autoincrement=False),
    Column("user", BigInteger, primary_key=True, autoincrement=False),
    Column("language", String(3), nullable=True),
    Column("unit", String(KEY), nullable=True),
    Column("stopped", Boolean, nullable=False),
    # Who it is, where they have joined by a personal link or code: one chat for each person.
    Column("person", ForeignKey("people.id", ondelete="SET NULL"), nullable=True),
    # Since when Telegram says that they have blocked the bot; until they write again.
    Column("blocked_at", UtcDateTime, nullable=True),
    # Refusals in a row that nobody understands, and since when.
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failed_at", UtcDateTime, nullable=True),
    # For which problem report what they write next is, and since when: its id, or its link's token.
    Column("about", String(43), nullable=True),
    Column("about_at", UtcDateTime, nullable=True),
    UniqueConstraint("bot", "person"),
    info=kept("until the person asks to be forgotten"),
)

handovers = Table(
    "handovers",
    metadata,
    # Only a hash of the token is kept; the row goes when it is used.
    Column("digest", LargeBinary, primary_key=True),
    Column("conversation", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("channel", String(4), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    CheckConstraint("channel IN ('chat', 'web')", name="channel"),
    info=kept("until used: 30 minutes; to a chat 14 days", days=1, since="expires_at"),
)

# --- access ---

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("scopes", Document, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime, nullable=True),
    # Which problem reports it reaches, and as whose: [[unit, service]], without one all.
    Column("side", String(12), nullable=False, server_default="staff"),
    Column("parts", Document, nullable=False, server_default="[]"),
    info=kept("for good: who could write what, and when"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("csrf", Text, nullable=False),
    Column("language", String(3), nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    info=kept("until it expires", days=0, since="expires_at"),
)

key_uses = Table(
    "key_uses",
    metadata,
    Column("key", ForeignKey("api_keys.id", ondelete="CASCADE"), primary_key=True),
    Column("day", Date, primary_key=True),
    # The route's pattern, such as "/api/v1/responses": never an address with what was asked.
    Column("route", Text, primary_key=True),
    Column("times", BigInteger, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    info=kept("90 days", days=KEY_USE_DAYS, since="day"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    # In small letters.
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("language", String(3), nullable=True),
    # An argon2 hash; none where the account signs in by a link or single sign-on alone.
    Column("password", Text, nullable=True),
    # The secret of the second factor, encrypted; none until it is set up.
    Column("totp", LargeBinary, nullable=True),
    # The time step whose code was used last: each code counts once.
    Column("totp_step", BigInteger, nullable=False),
    # Who it is to the sign-on provider: "issuer subject".
    Column("subject", Text, nullable=True, unique=True),
    # Who it is among the people who may be asked.
    Column("person", ForeignKey("people.id", ondelete="SET NULL"), nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=True),
    # Goes up with each change of roles, password or second factor: sessions of before end.
    Column("generation", Integer, nullable=False),
    info=kept("six years after it ended", days=ENDED_ACCOUNT_DAYS, since="ended_at"),
)

grants = Table(
    "grants",
    metadata,
    Column("account", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("role", String(16), primary_key=True),
    # Empty: the whole body, or all services.
    Column("unit", String(KEY), primary_key=True),
    Column("service", String(KEY), primary_key=True),
    info=kept("with the account"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    info=kept("until used, or with the account"),
)

tickets = Table(
    "tickets",
    metadata,
    # Only a hash of the token is kept; the row goes when it is used.
    Column("digest", LargeBinary, primary_key=True),
    Column("account", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("purpose", String(16), nullable=False),
    # As it was when the ticket was made: one of before a change opens nothing.
    Column("generation", Integer, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    info=kept("until used, or until it expires", days=0, since="expires_at"),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("account", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("generation", Integer, nullable=False),
    # How far the sign-in came, such as "password": whatever is not "whole" opens no page.
    Column("stage", String(16), nullable=False),
    Column("method", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    info=kept("until it expires", days=0, since="expires_at"),
)

tries = Table(
    "tries",
    metadata,
    # What was tried, and a keyed hash of by whom or on what.
    Column("scope", String(16), primary_key=True),
    Column("who", LargeBinary, primary_key=True),
    Column("failed", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False, index=True),
    info=kept("a day", days=TRY_DAYS, since="since"),
)

uploads = Table(
    "uploads",
    metadata,
    # A file between its preview and the word that keeps it: encrypted, an hour at most.
    Column("id", Uuid, primary_key=True),
    Column("account", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("content_key", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    info=kept("until imported or thrown away: an hour", days=0, since="expires_at"),
)

# --- letters to send by e-mail ---

letters = Table(
    "letters",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(16), nullable=False),
    # Where it goes: what somebody typed (looked up when it is sent), an account or a person.
    Column("address", Text, nullable=True),
    Column("account", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=True),
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), nullable=True),
    Column("language", String(3), nullable=False),
    Column("written_at", UtcDateTime, nullable=False, index=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("leased_until", UtcDateTime, nullable=True),
    Column("settled_at", UtcDateTime, nullable=True),
    # Why it was given up; none where it was sent.
    Column("failed", String(KEY), nullable=True),
    info=kept("30 days", days=LETTER_DAYS, since="written_at"),
)

UNSETTLED: Final = text("settled_at IS NULL")
"""Letters yet to be sent: literal, so that the index below serves."""

Index("ix_letters_due", letters.c.due_at, sqlite_where=UNSETTLED, postgresql_where=UNSETTLED)

# --- campaigns ---

campaigns = Table(
    "campaigns",
    metadata,
    Column("key", String(KEY), primary_key=True),
    # As `survey.domain.campaign.CampaignPlan` writes itself.
    Column("plan", Document, nullable=False),
    Column("state", String(12), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("questionnaire", ForeignKey("questionnaires.key"), nullable=False),
    Column("version", Integer, nullable=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("launched_at", UtcDateTime, nullable=True),
    Column("launched_by", Text, nullable=True),
    Column("approved_by", Text, nullable=True),
    Column("ended_at", UtcDateTime, nullable=True),
    # When its next wave is due, and which one: none where none is to come.
    Column("next_at", UtcDateTime, nullable=True),
    Column("next_slot", String(KEY), nullable=True),
    info=kept(WITH_QUESTIONNAIRE),
)

DUE_CAMPAIGN: Final = text("next_at IS NOT NULL")
"""Campaigns with a wave to come: literal, so that the index below serves."""

Index(
    "ix_campaigns_due",
    campaigns.c.next_at,
    sqlite_where=DUE_CAMPAIGN,
    postgresql_where=DUE_CAMPAIGN,
)

campaign_plans = Table(
    "campaign_plans",
    metadata,
    # Every state that the plan of a campaign was in: what changed after launch can be told.
    Column("campaign", ForeignKey("campaigns.key", ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("plan", Document, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text, nullable=False),
    info=kept("with the campaign"),
)

waves = Table(
    "waves",
    metadata,
    Column("key", String(KEY), primary_key=True),
    Column("campaign", ForeignKey("campaigns.key"), nullable=False),
    Column("number", Integer, nullable=False),
    # Which firing it is, by the local clock: one clock change more or less makes none twice.
    Column("slot", String(KEY), nullable=False),
    Column("questionnaire", ForeignKey("questionnaires.key"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("privacy", String(12), nullable=False),
    Column("floor", Integer, nullable=False),
    Column("month", Date, nullable=False),
    Column("state", String(12), nullable=False),
    Column("opens_at", UtcDateTime, nullable=False),
    Column("closes_at", UtcDateTime, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    # While its invitations are being written: the last person who was looked at.
    Column("reached", Uuid, nullable=True),
    Column("expanded_at", UtcDateTime, nullable=True),
    Column("closed_at", UtcDateTime, nullable=True),
    Column("reason", String(KEY), nullable=True),
    UniqueConstraint("campaign", "slot"),
    UniqueConstraint("campaign", "number"),
    Index(None, "state"),
    info=kept(WITH_QUESTIONNAIRE),
)

ROOM_FOR_CHANGES: Final = {"fillfactor": 50}
"""For rows that are written once and changed several times soon: PostgreSQL keeps a changed row in
its page where there is room, and then leaves the indexes alone."""

invitations = Table(
    "invitations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("wave", ForeignKey("waves.key"), nullable=False),
    # None once they were erased: the sums of the wave stay.
    Column("person", ForeignKey("people.id", ondelete="SET NULL"), nullable=True),
    # For which unit's rate they count; and the one that they answer for, where a body answers.
    Column("unit", String(KEY), nullable=False),
    Column("body", String(KEY), nullable=False, server_default=""),
    # Without a time: when somebody answered would lead to the answer.
    Column("state", String(12), nullable=False),
    Column("reason", String(KEY), nullable=True),
    Column("channel", String(12), nullable=True),
    Column("sent_at", UtcDateTime, nullable=True),
    Column("reminders", Integer, nullable=False, server_default="0"),
    Column("snoozed_until", UtcDateTime, nullable=True),
    Column("delegated_by", Uuid, nullable=True),
    # How often it was handed on to a colleague.
    Column("hand_ons", Integer, nullable=False, server_default="0"),
    # The answers of a body, which it may recall; never set for people's own.
    Column("response", Uuid, nullable=True),
    Column("about", Text, nullable=False, server_default=""),
    Column("about_service", String(KEY), nullable=False, server_default=""),
    Column("about_day", Date, nullable=True),
    Column("message_id", BigInteger, nullable=True),
    # How it was answered: "chat", "web", or keyed in from "telephone" or "paper".
    Column("mode", String(12), nullable=True),
    Column("made_on", Date, nullable=False),
    UniqueConstraint("wave", "person", "body"),
    Index(None, "person"),
    info=kept(f"{TWO_YEARS} after it was made", days=RECEIPT_DAYS, since="made_on"),
    postgresql_with=ROOM_FOR_CHANGES,
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("wave", ForeignKey("waves.key"), nullable=False),
    Column("invitation", ForeignKey("invitations.id", ondelete="CASCADE"), nullable=False),
    # 0 is the invitation, 1 and 2 are its reminders.
    Column("number", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    # Why it waits until then, where it waits for something.
    Column("hold", String(KEY), nullable=True),
    Column("holder", Uuid, nullable=True),
    Column("leased_until", UtcDateTime, nullable=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # A process was about to send it; not settled by the end of the lease, it may have been sent.
    Column("begun_at", UtcDateTime, nullable=True),
    Column("repeats", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("settled_at", UtcDateTime, nullable=True),
    Column("outcome", String(12), nullable=True),
    Column("reason", String(KEY), nullable=True),
    Column("channel", String(12), nullable=True),
    UniqueConstraint("invitation", "number"),
    info=kept("with the invitation"),
    postgresql_with=ROOM_FOR_CHANGES,
)

UNSENT: Final = text("settled_at IS NULL")
"""Deliveries yet to be sent: literal, so that the index below serves."""

Index(
    "ix_deliveries_due",
    deliveries.c.wave,
    deliveries.c.due_at,
    deliveries.c.id,
    sqlite_where=UNSENT,
    postgresql_where=UNSENT,
)

asked = Table(
    "asked",
    metadata,
    # When somebody's last new survey left, whichever campaign it was of: the cap is this row.
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("invitation", Uuid, nullable=False),
    info=kept("with the person"),
)

paces = Table(
    "paces",
    metadata,
    # When the next message of a bot may leave, and until when Telegram wants none.
    Column("bot", BigInteger, primary_key=True, autoincrement=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("blocked_until", UtcDateTime, nullable=True),
    info=kept("for good: one row for each bot"),
)

closures = Table(
    "closures",
    metadata,
    # A day on which a unit and those below it are closed; empty is the whole body.
    Column("day", Date, primary_key=True),
    Column("unit", String(KEY), primary_key=True),
    Column("name", Text, nullable=False),
    info=kept("for good: which dates were moved, and why"),
)

pauses = Table(
    "pauses",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("begins_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=True),
    info=kept("for good: when nothing was sent, and why"),
)

refused_addresses = Table(
    "refused_addresses",
    metadata,
    # An address that mail came back from, in small letters: nothing more is sent there.
    Column("address", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", String(KEY), nullable=False),
    info=kept("12 months", days=LEFT_DAYS, since="at"),
)

# --- problem reports ---

problems = Table(
    "problems",
    metadata,
    # What several reports have in common, and what is done about it.
    Column("id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("service", ForeignKey("services.key"), nullable=False),
    Column("system", Text, nullable=False, server_default=""),
    Column("state", String(12), nullable=False),
    # Planned downtime has a beginning and an end; a problem has neither.
    Column("planned", Boolean, nullable=False),
    Column("owner", Text, nullable=False, server_default=""),
    Column("cause", Text, nullable=False, server_default=""),
    Column("plan", Text, nullable=False, server_default=""),
    Column("milestone", Text, nullable=False, server_default=""),
    Column("milestone_on", Date, nullable=True),
    # What anybody may read about it on the page of known problems; empty: it is not there.
    Column("told", Text, nullable=False, server_default=""),
    Column("told_at", UtcDateTime, nullable=True),
    Column("update_by", UtcDateTime, nullable=True),
    Column("begins_at", UtcDateTime, nullable=True),
    Column("ends_at", UtcDateTime, nullable=True),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("fixed_at", UtcDateTime, nullable=True),
    Column("recurrences", Integer, nullable=False, server_default="0"),
    Column("revision", Integer, nullable=False, server_default="1"),
    Index(None, "service", "state"),
    info=kept(f"{CASE_YEARS} after it was fixed", days=CASE_DAYS, since="fixed_at"),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Uuid, primary_key=True),
    # What people say on the telephone; opens nothing.
    Column("reference", String(12), nullable=False, unique=True),
    Column("service", ForeignKey("services.key"), nullable=False),
    Column("system", Text, nullable=False, server_default=""),
    # For which school or department; empty where none is known.
    Column("unit", String(KEY), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("effect", String(12), nullable=False),
    Column("priority", String(12), nullable=False),
    Column("language", String(3), nullable=False),
    # Who reported it, or stands in; without one, where they are answered: chat or address.
    Column("person", ForeignKey("people.id", ondelete="SET NULL"), nullable=True),
    Column("chat", Text, nullable=True),
    Column("email", Text, nullable=True),
    Column("restricted", Boolean, nullable=False),
    # What the link of whoever holds it now is made of; see `survey.domain.cases.Case.link`.
    Column("link", Uuid, nullable=False, unique=True),
    # From here on a copy of what the entries say, for lists and searches.
    Column("state", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("owner", ForeignKey("accounts.id", ondelete="SET NULL"), nullable=True),
    Column("team", Text, nullable=False, server_default=""),
    Column("weight", String(12), nullable=True),
    Column("cause", Text, nullable=False, server_default=""),
    Column("impact", Integer, nullable=True),
    Column("likelihood", Integer, nullable=True),
    Column("provider_verdict", String(12), nullable=True),
    Column("reporter_verdict", String(12), nullable=True),
    Column("problem", ForeignKey("problems.id", ondelete="SET NULL"), nullable=True),
    Column("merged_into", Uuid, nullable=True),
    Column("replies", Integer, nullable=False, server_default="0"),
    Column("reopenings", Integer, nullable=False, server_default="0"),
    Column("first_contact", String(12), nullable=True),
    Column("judged_at", UtcDateTime, nullable=True),
    # The entry with which the provider of its service got it.
    Column("handed_over", Integer, nullable=True),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("touched_at", UtcDateTime, nullable=False),
    Column("acknowledged_at", UtcDateTime, nullable=True),
    Column("fixed_at", UtcDateTime, nullable=True),
    Column("ended_at", UtcDateTime, nullable=True),
    # When each clock runs out; none where it does not run.
    Column("acknowledge_by", UtcDateTime, nullable=True),
    Column("update_by", UtcDateTime, nullable=True),
    Column("fix_by", UtcDateTime, nullable=True),
    # The first of these.
    Column("due_at", UtcDateTime, nullable=True),
    # Minutes of work that are left for the fix while it waits for the reporter.
    Column("fix_left", Integer, nullable=True),
    # When the program itself has something to do next: tell a breach, ask once more, lapse.
    Column("look_at", UtcDateTime, nullable=True),
    info=kept(f"{CASE_YEARS} after it ended", days=CASE_DAYS, since="ended_at"),
)

DUE_CASE: Final = text("look_at IS NOT NULL")
"""Cases with something to do: literal, so that the index below serves."""

Index("ix_cases_due", cases.c.look_at, sqlite_where=DUE_CASE, postgresql_where=DUE_CASE)

OPEN_CASE: Final = text("ended_at IS NULL")
"""Cases that are not over, a few in a hundred of all that are kept: literal, as above."""

CLOCK_RUNS: Final = text("due_at IS NOT NULL")
"""Cases with a clock that runs: literal, as above."""

HANDED_OVER: Final = text("handed_over IS NOT NULL")
"""Cases that a provider sees: literal, as above."""

_NARROWS: Final = (
    cases.c.service,
    cases.c.unit,
    cases.c.owner,
    cases.c.state,
    cases.c.kind,
    cases.c.priority,
    cases.c.restricted,
    cases.c.impact,
    cases.c.likelihood,
    cases.c.due_at,
    cases.c.opened_at,
    cases.c.touched_at,
    cases.c.ended_at,
)


def _in_order(name: str, place: Column[Any], of_these: TextClause) -> None:
    """Index these cases by `place`, with all that narrows a list of them.

    A list is read along the index that has its order, and stops when its page is full; what is left
    out on the way, or only counted, is not read as a row. Few cases are open, so it stays small.
    """
    others = (column for column in _NARROWS if column is not place)
    columns = (place, cases.c.id, *others)
    Index(name, *columns, sqlite_where=of_these, postgresql_where=of_these)


_in_order("ix_cases_clocks", cases.c.due_at, CLOCK_RUNS)
_in_order("ix_cases_open_touched", cases.c.touched_at, OPEN_CASE)
_in_order("ix_cases_open_opened", cases.c.opened_at, OPEN_CASE)
_OF_OPEN: Final[dict[str, Any]] = {"sqlite_where": OPEN_CASE, "postgresql_where": OPEN_CASE}
Index(
    "ix_cases_handed_over",
    cases.c.opened_at,
    cases.c.id,
    sqlite_where=HANDED_OVER,
    postgresql_where=HANDED_OVER,
)
Index("ix_cases_open_owner", cases.c.owner, cases.c.touched_at, cases.c.id, **_OF_OPEN)
Index(None, cases.c.touched_at, cases.c.id)
Index(None, cases.c.opened_at, cases.c.id)
Index(None, cases.c.unit, cases.c.touched_at, cases.c.id)
Index(None, cases.c.unit, cases.c.opened_at, cases.c.id)
Index(None, cases.c.service, cases.c.touched_at, cases.c.id)
Index(None, cases.c.service, cases.c.opened_at, cases.c.id)
Index(None, cases.c.person)
Index(None, cases.c.problem)
Index(None, cases.c.chat)

entries = Table(
    "entries",
    metadata,
    Column("case", ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("audience", String(12), nullable=False),
    Column("side", String(12), nullable=False),
    Column("actor", Text, nullable=False),
    Column("text", Text, nullable=False, server_default=""),
    Column("data", Document, nullable=False, server_default="{}"),
    info=kept("with the case"),
)

case_words = Table(
    "case_words",
    metadata,
    # By what staff find a case: see survey.db.repositories.case_search. The key is one that stays
    # as it is in a copy of the file, which SQLite's own does not: its index of words goes by it.
    Column("number", Integer, primary_key=True),
    Column("case", ForeignKey("cases.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("words", Text, nullable=False),
    info=kept("with the case"),
)

BY_WORDS: Final = ("case_fts", "ix_case_words_words")
"""How the names begin of what indexes them: each database has its own, and neither is declared."""

attachments = Table(
    "attachments",
    metadata,
    Column("id", Uuid, primary_key=True),
    # Of a report that is being made, or of an entry.
    Column("conversation", Uuid, nullable=True, index=True),
    Column("case", ForeignKey("cases.id", ondelete="CASCADE"), nullable=True),
    Column("entry", Integer, nullable=True),
    Column("name", Text, nullable=False),
    Column("kind", String(MEDIA_TYPE), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    # The name under which its bytes are stored; none while they are on their way.
    Column("digest", String(64), nullable=True),
    # Names the file at Telegram until it is fetched; emptied then.
    Column("source", Text, nullable=False, server_default=""),
    Column("refused", String(KEY), nullable=True),
    Column("made_at", UtcDateTime, nullable=False),
    Index(None, "case", "entry"),
    info=kept(
        "with the case; 30 days where the report was not sent", days=DRAFT_DAYS, since="made_at"
    ),
)

TO_FETCH: Final = text("source <> '' AND refused IS NULL")
"""Files whose bytes are still on their way: literal, so that the index below serves."""

Index(
    "ix_attachments_to_fetch",
    attachments.c.made_at,
    attachments.c.id,
    sqlite_where=TO_FETCH,
    postgresql_where=TO_FETCH,
)
Index(None, attachments.c.digest)

tellings = Table(
    "tellings",
    metadata,
    # A message to a reporter: one for the words of each entry and receiver, and one for each file.
    Column("id", Uuid, primary_key=True),
    Column("case", ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("entry", Integer, nullable=False),
    # 0 for the words of the entry; its files count from 1.
    Column("part", Integer, nullable=False, server_default="0"),
    Column("kind", String(16), nullable=False),
    # Who receives it; messages that are not their turn wait for each other.
    Column("receiver", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("holder", Uuid, nullable=True),
    Column("leased_until", UtcDateTime, nullable=True),
    Column("begun_at", UtcDateTime, nullable=True),
    Column("repeats", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("settled_at", UtcDateTime, nullable=True),
    Column("outcome", String(12), nullable=True),
    Column("reason", String(KEY), nullable=True),
    Column("channel", String(12), nullable=True),
    # By which an answer in chat, or to the letter, finds its case.
    Column("message_id", BigInteger, nullable=True),
    UniqueConstraint("case", "entry", "receiver", "part"),
    Index(None, "receiver", "message_id"),
    info=kept("with the case"),
)

UNTOLD: Final = text("settled_at IS NULL")
"""Messages to reporters yet to be sent: literal, so that the index below serves."""

Index("ix_tellings_due", tellings.c.due_at, sqlite_where=UNTOLD, postgresql_where=UNTOLD)

received_letters = Table(
    "received_letters",
    metadata,
    # A letter that came once: the same letter again is known by its digest.
    Column("digest", LargeBinary, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("case", Uuid, nullable=True),
    # Why it is held for staff, and from whom and its content while it is.
    Column("held", String(KEY), nullable=True),
    Column("sender", Text, nullable=True, index=True),
    Column("content", LargeBinary, nullable=True),
    info=kept("30 days", days=LETTER_DAYS, since="at"),
)

promises = Table(
    "promises",
    metadata,
    # Of a service and those below it: hours, times by priority, cut-offs; see survey.domain.clocks.
    Column("service", ForeignKey("services.key", ondelete="CASCADE"), primary_key=True),
    Column("plan", Document, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    info=kept("with the service"),
)

queues = Table(
    "queues",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    info=kept("with the account"),
)

reply_templates = Table(
    "reply_templates",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    # Of a service and those below it; empty: of all.
    Column("service", String(KEY), nullable=False),
    # The text by language.
    Column("text", Document, nullable=False),
    info=kept("until it is deleted"),
)

actions = Table(
    "actions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("service", String(KEY), nullable=False),
    Column("unit", String(KEY), nullable=False),
    Column("owner", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("state", String(12), nullable=False),
    Column("baseline", Text, nullable=False, server_default=""),
    Column("expected", Text, nullable=False, server_default=""),
    Column("realised", Text, nullable=False, server_default=""),
    Column("meeting", Text, nullable=False, server_default=""),
    Column("meeting_on", Date, nullable=True),
    # "You said", "we did", by language; told to those who asked once `told_at` is set.
    Column("said", Document, nullable=False, server_default="{}"),
    Column("did", Document, nullable=False, server_default="{}"),
    Column("told_at", UtcDateTime, nullable=True),
    Column("done_at", UtcDateTime, nullable=True),
    # Where many are told: who wants to, and who else agreed.
    Column("proposed_by", Text, nullable=True),
    Column("approved_by", Text, nullable=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    info=kept("for good: what was decided, and what came of it"),
)

action_links = Table(
    "action_links",
    metadata,
    # What an action is about: a case, a problem, a question, a measure.
    Column("action", ForeignKey("actions.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("key", Text, primary_key=True),
    Index(None, "kind", "key"),
    info=kept("with the action"),
)

announcements = Table(
    "announcements",
    metadata,
    # What is told in each report of a problem, or in each that an action is about.
    Column("id", Uuid, primary_key=True),
    Column("problem", ForeignKey("problems.id", ondelete="CASCADE"), nullable=True, index=True),
    Column("action", ForeignKey("actions.id", ondelete="CASCADE"), nullable=True, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text, nullable=False),
    # The entry that each report of a problem gets.
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False, server_default=""),
    Column("data", Document, nullable=False, server_default="{}"),
    # How far it is: reports when it was made, those that had their turn, and the last of these.
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("after", Uuid, nullable=True),
    Column("ended_at", UtcDateTime, nullable=True),
    info=kept("with the problem or the action"),
)

UNANNOUNCED: Final = text("ended_at IS NULL")
"""What is yet to be told: literal, so that the index below serves."""

Index(
    "ix_announcements_due",
    announcements.c.at,
    sqlite_where=UNANNOUNCED,
    postgresql_where=UNANNOUNCED,
)

# --- who did what ---

audit = Table(
    "audit",
    metadata,
    # Without a gap: the row before is part of what a row's digest is made of.
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(KEY), nullable=False),
    Column("subject", Text, nullable=False),
    # Keys, counts and names of fields: neither answers nor what somebody wrote.
    Column("details", Document, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Index(None, "subject", "number"),
    Index(None, "actor", "number"),
    Index(None, "at"),
    info=kept("for good: the chain of who did what to what"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("id = 1", name="one"),
    info=kept("for good: the end of the chain"),
)

# --- figures ---

cells = Table(
    "cells",
    metadata,
    Column("questionnaire", ForeignKey("questionnaires.key"), primary_key=True),
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("measure", String(KEY), primary_key=True),
    Column("unit", String(KEY), primary_key=True),
    Column("service", String(KEY), primary_key=True),
    Column("by", String(8), primary_key=True),
    Column("start", Date, primary_key=True),
    # Where it is by wave: which one, else empty.
    Column("wave", String(KEY), primary_key=True, server_default=""),
    Column("end", Date, nullable=False),
    Column("status", String(12), nullable=False),
    Column("value", Text, nullable=True),
    Column("value_band", Text, nullable=True),
    Column("n", BigInteger, nullable=True),
    Column("n_band", Text, nullable=True),
    Column("low", Text, nullable=True),
    Column("high", Text, nullable=True),
    Column("as_of", UtcDateTime, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("basis", Document, nullable=False),
    info=kept("for good: published figures stay published"),
)

NOT_FINAL: Final = text("NOT final")
"""Cells whose period may still change: literal, so that the index below serves."""

Index("ix_cells_not_final", cells.c.end, sqlite_where=NOT_FINAL, postgresql_where=NOT_FINAL)

publication_due = Table(
    "publication_due",
    metadata,
    Column("questionnaire", ForeignKey("questionnaires.key"), primary_key=True),
    Column("month", Date, primary_key=True),
    # How often it was marked: more by the end of a publication than at its beginning, and it stays.
    Column("marks", Integer, nullable=False),
    info=kept("until published"),
)

tones = Table(
    "tones",
    metadata,
    # A keyed hash of a comment's words: it leads to no response, and repeats share a row.
    Column("digest", LargeBinary, primary_key=True),
    Column("analyser", Text, nullable=False),
    # In thousandths; none where the comment has no tone.
    Column("polarity", Integer, nullable=True),
    Column("subjectivity", Integer, nullable=True),
    # As coarse as a response's: the moment would tell which box it came out of.
    Column("month", Date, nullable=False),
    info=kept(f"{TWO_YEARS} after it was worked out", days=RECEIPT_DAYS, since="month"),
    sqlite_with_rowid=False,
)

# --- the installation itself: one row each ---

revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="one"),
    info=kept("for good: one number"),
)

installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(4), nullable=False),
    # Since when nothing may be sent, as in a restored copy; None where all is well.
    Column("held_at", UtcDateTime, nullable=True),
    CheckConstraint("id = 1", name="one"),
    CheckConstraint("kind IN ('demo', 'real')", name="kind"),
    info=kept("for good: what kind it is, and whether it is held"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(KEY), primary_key=True),
    Column("holder", Uuid, nullable=False),
    # Goes up with each new holder: what an earlier one still writes can be told from it.
    Column("fence", BigInteger, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    info=kept("for good: one row for each kind of work that one process does at a time"),
)
