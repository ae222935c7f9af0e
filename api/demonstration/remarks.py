"""What the invented people write: plain, short, naming nobody. Welsh ones are our translation."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

Remarks = Mapping[str, Sequence[str]]
"""By language: "en", "cy"."""

BETTER_WORK: Final[Remarks] = MappingProxyType(
    {
        "en": (
            "The rota changes too late. Two weeks' notice would help.",
            "Fewer systems with separate passwords.",
            "More time with my manager, even half an hour a month.",
            "A quiet room to make difficult calls.",
            "Tell us what happened after the last survey.",
            "Replace the old vans. They are off the road every other week.",
            "Meetings that end with a decision.",
            "I like my team. The workload is what makes people leave.",
            "Training on the new case system before it goes live, not after.",
            "Clearer priorities. Everything is urgent.",
            "Working from home two days a week has made a real difference.",
            "Fill the vacant posts. We have covered them since spring.",
            "A working heating system at the depot.",
            "Nothing much. It has got better this year.",
            "Let us order small things without three signatures.",
            "Being asked before things change.",
        ),
        "cy": (
            "Mae'r rota'n newid yn rhy hwyr.",
            "Llai o systemau gyda chyfrineiriau gwahanol.",
            "Mwy o amser gyda fy rheolwr.",
            "Mae'r tîm yn dda. Y llwyth gwaith yw'r broblem.",
            "Dywedwch wrthym beth ddigwyddodd ar ôl yr arolwg diwethaf.",
        ),
    }
)

UNHAPPY: Final[Mapping[str, Remarks]] = MappingProxyType(
    {
        "hr": {
            "en": (
                "The HR system is hard to use. It took four screens to record one day of leave.",
                "The absence report does not match our own records.",
                "I have asked three times how to change a contract and had three answers.",
                "The system logged me out and I lost the whole form.",
                "The reports do not reflect the data we put in.",
            ),
            "cy": ("Mae'r system AD yn anodd ei defnyddio.",),
        },
        "payroll": {
            "en": (
                "Payslips were wrong again for three teaching assistants.",
                "Nobody answered the payroll line for two days after the move.",
                "A new starter was not paid in the first month.",
                "Overtime is paid a month late.",
                "Since payroll moved we explain our school from the beginning each time.",
            ),
            "cy": ("Roedd y slipiau cyflog yn anghywir eto.",),
        },
        "it": {
            "en": (
                "It took three weeks to reset my password.",
                "The laptop drops the connection in every meeting.",
                "My call was closed although the printer still does not work.",
                "E-mail on the tablet stopped again after the update.",
            ),
            "cy": ("Cymerodd dair wythnos i ailosod fy nghyfrinair.",),
        },
    }
)
UNHAPPY_WITH_ANY: Final[Remarks] = MappingProxyType(
    {
        "en": (
            "I was passed from one person to the next.",
            "Nobody rang back as promised.",
            "I had to explain the same thing three times.",
            "The answer came after the deadline.",
            "The form asks for things you already know.",
            "The request has been outstanding for six weeks.",
            "I never learned what had been decided.",
        ),
        "cy": (
            "Chefais fy mhasio o un person i'r llall.",
            "Ni ffoniodd neb yn ôl fel yr addawyd.",
        ),
    }
)
HAPPY: Final[Remarks] = MappingProxyType(
    {
        "en": (
            "Quick and friendly. Sorted the same day.",
            "Much better than last year.",
            "The person I spoke to knew our school.",
            "Clear answer, and a call afterwards to check that it worked.",
            "The new form is easy to use.",
            "Very helpful over the phone.",
            "Good to be told what happens next.",
        ),
        "cy": (
            "Cyflym a chyfeillgar. Wedi'i ddatrys yr un diwrnod.",
            "Llawer gwell na'r llynedd.",
            "Cymwynasgar iawn dros y ffôn.",
        ),
    }
)
SCHOOL_PROBLEMS: Final[Remarks] = MappingProxyType(
    {
        "en": (
            "The HR system is hard to use and its reports do not match our data.",
            "Payslip errors take too long to put right.",
            "We do not know whom to ask since the helpdesk changed.",
            "Boiler repairs: three visits, still not fixed.",
            "The finance portal is slow at month end.",
            "Not much this term. Things have improved.",
            "Broadband drops during lessons.",
            "We are told about changes after they happen.",
        ),
        "cy": (
            "Mae'r system AD yn anodd ei defnyddio.",
            "Mae'r band eang yn methu yn ystod gwersi.",
        ),
    }
)
DEPARTMENT_WISHES: Final[Remarks] = MappingProxyType(
    {
        "en": (
            "Report on what you deliver for us, not on how busy you are.",
            "Tell us about delays before we find out ourselves.",
            "One contact for our department.",
            "Agree a baseline first, then savings.",
            "Keep the monthly meeting. It helps.",
            "Involve us before contracts are renewed.",
        ),
        "cy": ("Rhowch wybod i ni am oedi cyn i ni ddarganfod ein hunain.",),
    }
)
MAIL_PROBLEMS: Final[Remarks] = MappingProxyType(
    {
        "en": (
            "Attachments do not open on the tablet.",
            "I have to sign in again every hour.",
            "It does not work away from the town hall.",
            "The calendar shows meetings a day late.",
        ),
        "cy": ("Nid yw atodiadau'n agor ar y llechen.",),
    }
)
WORRIES: Final[Remarks] = MappingProxyType(
    {
        "en": (
            "That nobody will know our contracts after the move.",
            "That we go live in the busiest week of the term.",
            "That the old data will not come across.",
            "Who answers the phone in the first week?",
            "I have not seen the new system yet.",
            "Nothing. The training was good.",
        ),
        "cy": ("Nad wyf wedi gweld y system newydd eto.",),
    }
)
