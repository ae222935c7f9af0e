"""What is reported in the demonstration, in words: the unfinished matters of the paper, and others.

Schools find the HR system hard to use and its reports do not reflect the data; members' IT does not
meet their needs. Names are of nobody; what was said and done is invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from survey.domain.cases import CaseKind, Effect

MEETING: Final = "Performance and contract management committee"
FORUM: Final = "Schools forum"

FIRST_MEETING_DAYS: Final = 120
NEXT_MEETING_DAYS: Final = 30
"""How many days ago the committee met and asked, and met again and was told."""


@dataclass(frozen=True, slots=True)
class Matter:
    """A problem of the paper with its reports, and the action that was asked for.

    `reports` are texts; the first one is fixed, said not to be, and fixed again.
    """

    service: str
    system: str
    kind: CaseKind
    effect: Effect
    by_members: bool
    title: str
    cause: str
    plan: str
    told: str
    reports: tuple[str, ...]
    reply: str
    first_fix: str
    no: str
    second_fix: str
    action: str
    owner: str
    meeting: str
    baseline: str
    expected: str
    realised: str
    said: Mapping[str, str]
    did: Mapping[str, str]
    measure: str


MATTERS: Final = (
    Matter(
        service="hr",
        system="HR online",
        kind=CaseKind.FIGURES,
        effect=Effect.SLOWS,
        by_members=False,
        title="Reports of HR online do not match the data",
        cause="Leavers stayed in the reports until their last pay was closed.",
        plan="Take leavers out on their last day, and check each school's list with the school.",
        told="Headcount and absence reports now leave out people from their last day.",
        reports=(
            "The headcount report shows 52 people and we have 48: leavers are still in it.",
            "Headcount in the report of HR online is wrong, leavers from July are still counted.",
            "The absence report counts people who left. Our headcount report does not match.",
        ),
        reply="Thank you for the two lists. We are comparing them with payroll.",
        first_fix="Leavers up to last month are taken out of your reports.",
        no="Two people who left in the summer are still there.",
        second_fix="The rule is changed: people leave the reports on their last day.",
        action="Make reports of HR online match the data of schools",
        owner="Head of HR operations",
        meeting=MEETING,
        baseline="11 of 30 schools said that their headcount report was right.",
        expected="All schools can use the report without a list of their own.",
        realised="At the next meeting: 27 of 30 schools say that their report is right.",
        said={
            "en": "The reports of HR online do not match our own data.",
            "cy": "Nid yw adroddiadau HR online yn cyfateb i'n data ein hunain.",
        },
        did={
            "en": "People now leave the reports on their last day. Each school's list was checked "
            "with the school.",
            "cy": "Mae pobl bellach yn gadael yr adroddiadau ar eu diwrnod olaf. Gwiriwyd rhestr "
            "pob ysgol gyda'r ysgol.",
        },
        measure="service-satisfaction/satisfaction",
    ),
    Matter(
        service="hr",
        system="HR online",
        kind=CaseKind.HARD_TO_USE,
        effect=Effect.SLOWS,
        by_members=False,
        title="Recording sickness in HR online takes ten screens",
        cause="Schools got the screens that were made for the HR team.",
        plan="One screen for schools, tried out with superusers of the schools forum first.",
        told="Schools have one screen for sickness. The old ones are still there as well.",
        reports=(
            "Recording one sickness absence takes ten screens in HR online.",
            "The sickness absence screens of HR online are confusing and take half an hour.",
        ),
        reply="We know that this is slow. Superusers are trying out a shorter way.",
        first_fix="The shorter way for sickness is switched on for your school.",
        no="It is on for the head, and not for the office where it is recorded.",
        second_fix="It is on for everybody at your school who records absence.",
        action="One screen for recording sickness, and a superuser in each school",
        owner="Head of HR operations",
        meeting=FORUM,
        baseline="Ten screens, and about half an hour for each absence.",
        expected="One screen, and five minutes.",
        realised="22 schools have a superuser. Recording an absence takes six minutes.",
        said={
            "en": "HR online is hard to use: recording sickness takes ten screens.",
            "cy": "Mae HR online yn anodd ei ddefnyddio: mae cofnodi salwch yn cymryd deg sgrin.",
        },
        did={
            "en": "Schools have one screen for it. Superusers of the schools forum tried it first.",
            "cy": "Mae gan ysgolion un sgrin ar ei gyfer. Rhoddodd uwch-ddefnyddwyr y fforwm "
            "ysgolion gynnig arno yn gyntaf.",
        },
        measure="service-satisfaction/ease",
    ),
    Matter(
        service="it",
        system="Tablets of members",
        kind=CaseKind.BROKEN,
        effect=Effect.STUCK,
        by_members=True,
        title="Committee papers do not open on members' tablets",
        cause="The app for papers was not made for the new version of the tablets.",
        plan="Another app, set up with each member before a meeting.",
        told="The new app for papers is on all tablets. It works without a connection.",
        reports=(
            "The committee papers will not open on my tablet.",
            "My tablet cannot open the committee papers before the meeting.",
            "Committee papers do not open, and the tablet asks for a password each time.",
        ),
        reply="We bring a tablet that works to the meeting on Tuesday.",
        first_fix="The app is updated on your tablet.",
        no="It opens now, and forgets everything without a connection.",
        second_fix="The new app keeps papers on the tablet. It was set up with you today.",
        action="Tablets that open committee papers for every member",
        owner="Head of IT services",
        meeting=MEETING,
        baseline="20 of 63 members could open all papers on their tablet.",
        expected="All members read papers on the tablet, and printing stops.",
        realised="At the next meeting: 58 of 63 members open all papers. Five still get paper.",
        said={
            "en": "Members' IT does not meet our needs: papers do not open on the tablets.",
            "cy": "Nid yw TG yr aelodau yn diwallu ein hanghenion: nid yw papurau'n agor ar y "
            "llechi.",
        },
        did={
            "en": "There is a new app for papers. It was set up with each member before a meeting.",
            "cy": "Mae ap newydd ar gyfer papurau. Cafodd ei osod gyda phob aelod cyn cyfarfod.",
        },
        measure="member-it/satisfaction",
    ),
)

OTHERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "payroll": (
            "Overtime of the caretaker was not paid in the last pay run.",
            "Overtime was not paid to three of our staff in the last pay run.",
            "A teaching assistant has no payslip on the portal this month.",
            "A new teacher is paid on the wrong point of the scale.",
        ),
        "hr": (
            "The contract of a new teacher has not come after six weeks.",
            "A criminal records check for a volunteer has been pending for two months.",
            "We cannot change the line manager of somebody who moved.",
        ),
        "it": (
            "E-mail does not arrive on my mobile phone.",
            "The wireless network drops out in the east wing.",
            "My laptop takes ten minutes to start.",
        ),
        "pensions": (
            "The pension contribution was taken twice this month.",
            "A member of staff waits for a pension estimate since spring.",
        ),
        "finance": (
            "An invoice that we paid is shown as overdue.",
            "We cannot see our budget report for last month.",
        ),
        "estates": (
            "The boiler in the hall leaks.",
            "A window on the first floor does not close.",
            "The gate of the car park stays open at night.",
        ),
        "customer_services": (
            "Calls from parents about admissions are put through to us.",
            "The web form for complaints loses what was typed.",
        ),
        "revenues_benefits": (
            "A letter about council tax went to an old address.",
            "The benefit calculator shows last year's rates.",
        ),
        "procurement": (
            "The supplier list has a company that has closed.",
            "An order that was approved has not been sent.",
        ),
        "parking": ("A permit for the school street was refused without a reason.",),
    }
)
"""What else is reported, by service."""

KINDS: Final[Mapping[str, CaseKind]] = MappingProxyType(
    {
        "The contract of a new teacher has not come after six weeks.": CaseKind.OTHER,
        "A criminal records check for a volunteer has been pending for two months.": CaseKind.OTHER,
        "We cannot change the line manager of somebody who moved.": CaseKind.HARD_TO_USE,
        "A member of staff waits for a pension estimate since spring.": CaseKind.OTHER,
        "An invoice that we paid is shown as overdue.": CaseKind.WRONG_PAY,
        "Calls from parents about admissions are put through to us.": CaseKind.OTHER,
        "A letter about council tax went to an old address.": CaseKind.OTHER,
        "The benefit calculator shows last year's rates.": CaseKind.FIGURES,
        "The supplier list has a company that has closed.": CaseKind.FIGURES,
        "A permit for the school street was refused without a reason.": CaseKind.OTHER,
    }
)
"""What is wrong, where it is neither pay nor something that is broken."""

CAUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "late": "Nobody stood in while the one who knows it was away.",
        "working": "A change of last week, which is being taken back.",
    }
)
"""What is known of the cause, by how far a report has come."""

DOWNTIME: Final = (
    "HR online is closed for an update",
    "HR online is updated on Saturday. Payslips online is there as always.",
)
KNOWN: Final = (
    "Overtime missing from the last pay run",
    "The file with overtime came after the pay run was closed. We pay it in an extra run.",
)
