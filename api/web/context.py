"""What a page is told beyond its turn: the installation, the visit, the survey."""

from dataclasses import dataclass
from datetime import UTC, date, tzinfo

from survey.domain.questionnaire import Privacy
from survey.domain.records import KeyedFrom

FLOOR = 10
"""The smallest box that design allows; a version may have a larger one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is the same on every page of an installation.

    `demo` says on every page that the answers are invented. `bot` is the name of the bot in
    Telegram, where there is one. `zone` is that in which times are told.
    """

    organisation: str
    demo: bool = False
    bot: str = ""
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request: `path` is where its forms post to.

    `languages` are those that the page may be read in. `csrf` is empty where the page has no form.
    `addressed` says that the address names the language, also where the page has a form.
    """

    language: str
    languages: tuple[str, ...] = ("en",)
    path: str = "/"
    csrf: str = ""
    addressed: bool = False


@dataclass(frozen=True, slots=True)
class Keying:
    """Staff key in what somebody answered elsewhere; `back` is where they choose whose it is."""

    mode: KeyedFrom
    back: str


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that a report has already; `refused` says why it is not kept after all."""

    id: str
    name: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class KnownProblem:
    """What is known already: its title and what is told are for anybody, `schools` how many report
    it. `begins` and `ends` are those of planned downtime."""

    id: str
    title: str
    told: str
    schools: int
    next_update: str = ""
    begins: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody who reports a problem is told besides: each of it where it belongs, else empty.

    `few` says who alone reads what is only for few. `promise` says when somebody answers, `link`
    leads to the page of what was sent.
    """

    urgent: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    noticed: str = ""
    few: str = ""
    known: tuple[KnownProblem, ...] = ()
    files: tuple[KeptFile, ...] = ()
    promise: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The questionnaire that a turn belongs to, in the person's language.

    `revision` is the state's. `resumed` says that the person came back to answers given earlier.
    `closed_on` is the day since when it takes no more answers. `unreviewed` marks a translation
    that no speaker has read. `notice` is the address of its whole privacy notice. `keying` is set
    where staff key in somebody else's answers, `report` where a problem is reported. `help` is
    the fixed text where somebody may be in danger, `noticed` says which identifiers their text has.
    """

    title: str
    privacy: Privacy
    revision: int = 0
    floor: int = FLOOR
    closed_on: date | None = None
    resumed: bool = False
    unreviewed: bool = False
    notice: str = ""
    keying: Keying | None = None
    report: Report | None = None
    help: tuple[str, ...] = ()
    noticed: str = ""
