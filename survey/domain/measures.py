"""What each figure means: one definition from which value, base and variance all follow.

A measure gives points to each answer, and its value is the mean of those points over the
people who answered:

==========  ======================  ===========================
kind        points of an answer     value
==========  ======================  ===========================
share       0 or 100                percent favourable
net         -100, 0 or 100          favourable minus unfavourable
index       0 to 100                mean of people's own scores
==========  ======================  ===========================

Nothing is rounded here, and nothing is withheld: both are for disclosure control.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from survey.domain.language import N_
from survey.errors import NoAnswers

ENGAGEMENT_ITEMS = 5


class MeasureKind(StrEnum):
    """How points are given, and so which interval and which words fit."""

    SHARE = "share"
    NET = "net"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure computed from answers; hashable, and safe to send to another process.

    `definition` is a sentence for everybody, `formula` is for those who check, `source` says
    where the rule was published. `scale` pairs each answer that counts, as text, with its
    points; `lowest` and `highest` bound the value.
    """

    key: str
    label: str
    kind: MeasureKind
    definition: str
    formula: str
    source: str
    unit: str
    lowest: int
    highest: int
    scale: tuple[tuple[str, int], ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The answers that the measure scores, as text, least favourable first."""
        return tuple(value for value, _ in self.scale)

    def points(self, value: str) -> int:
        """The points of one answer.

        Raises:
            ValueError: the measure does not score this answer. (A base row, `*`, is not an answer.)
        """
        for scored, points in self.scale:
            if scored == value:
                return points
        raise ValueError(f"{self.key} does not score {value!r}")

    def spread(self, counts: Mapping[str, int]) -> dict[int, int]:
        """How many people have how many points; points that nobody has are left out."""
        people: dict[int, int] = {}
        for value, n in counts.items():
            if n:
                points = self.points(value)
                people[points] = people.get(points, 0) + n
        return people

    def value(self, counts: Mapping[str, int]) -> Fraction:
        """The figure in the measure's unit, exact.

        Args:
            counts: how many people gave each answer; the unanswered are left out.

        Raises:
            NoAnswers: nobody answered.
            ValueError: an answer that the measure does not score.
        """
        people = self.spread(counts)
        answered = sum(people.values())
        if not answered:
            raise NoAnswers(self.key)
        return Fraction(sum(points * n for points, n in people.items()), answered)

    def variance(self, counts: Mapping[str, int]) -> Fraction:
        """The mean squared distance of people's points from the value, exact, in squared units.

        Raises: as `value`.
        """
        mean = self.value(counts)
        people = self.spread(counts)
        squares = [n * (points - mean) * (points - mean) for points, n in people.items()]
        return sum(squares, Fraction(0)) / sum(people.values())


def answered(counts: Mapping[str, int]) -> int:
    """How many people answered."""
    return sum(counts.values())


def engagement_sum(items: Sequence[int | None]) -> int | None:
    """The derived value that the engagement index counts: the sum of five items scored 0 to 4.

    Args:
        items: the five answers, 1 (strongly disagree) to 5 (strongly agree), None where unanswered.

    Returns:
        0 to 20, or None unless all five were answered.

    Raises:
        ValueError: not five items, or an answer outside 1 to 5.
    """
    if len(items) != ENGAGEMENT_ITEMS:
        raise ValueError(f"the engagement index has {ENGAGEMENT_ITEMS} items, not {len(items)}")
    given = [item for item in items if item is not None]
    if any(not 1 <= item <= 5 for item in given):
        raise ValueError("an engagement item is answered 1 to 5")
    return sum(item - 1 for item in given) if len(given) == ENGAGEMENT_ITEMS else None


def _points(
    *, values: range, favourable: range, unfavourable: range | None = None
) -> tuple[tuple[str, int], ...]:
    """100 for the favourable, -100 for the unfavourable where they count against, else 0."""
    against = unfavourable or range(0)
    return tuple(
        (str(value), 100 if value in favourable else -100 if value in against else 0)
        for value in values
    )


_ALL = (
    Measure(
        key="engagement_index",
        label=N_("Staff engagement index"),
        kind=MeasureKind.INDEX,
        definition=N_(
            "The average of people's own engagement scores. Each person who answered all five "
            "engagement questions scores 0 (strongly disagrees with all) to 100 (strongly "
            "agrees with all)."
        ),
        formula=N_(
            "mean over people who answered all five of the mean of their five answers, scored "
            "0, 25, 50, 75, 100"
        ),
        source=N_(
            "Civil Service People Survey, Technical Guide 2018 and Quality and Methodology "
            "Information 2024, Cabinet Office (Open Government Licence v3.0)"
        ),
        unit=N_("index 0 to 100"),
        lowest=0,
        highest=100,
        scale=tuple((str(total), 5 * total) for total in range(21)),
    ),
    Measure(
        key="satisfaction",
        label=N_("Satisfaction"),
        kind=MeasureKind.SHARE,
        definition=N_("Of everyone who answered, the share who are satisfied or very satisfied."),
        formula=N_("100 x (answers 4 or 5) / (answers 1 to 5)"),
        source=N_("GOV.UK Service Manual, Data you must publish: measuring user satisfaction"),
        unit="%",
        lowest=0,
        highest=100,
        scale=_points(values=range(1, 6), favourable=range(4, 6)),
    ),
    Measure(
        key="net_satisfaction",
        label=N_("Net satisfaction"),
        kind=MeasureKind.NET,
        definition=N_(
            "The percentage satisfied minus the percentage dissatisfied, of everyone who "
            "answered, those who are neither included."
        ),
        formula=N_("100 x ((answers 4 or 5) - (answers 1 or 2)) / (answers 1 to 5)"),
        source=N_(
            "No statutory definition exists; the base is named every time. Worked from the "
            "published answers of Uttlesford District Council, autumn 2013"
        ),
        unit=N_("points"),
        lowest=-100,
        highest=100,
        scale=_points(values=range(1, 6), favourable=range(4, 6), unfavourable=range(1, 3)),
    ),
    Measure(
        key="nps",
        label=N_("Net promoter score"),
        kind=MeasureKind.NET,
        definition=N_(
            "Of everyone asked how likely they are to recommend us, the percentage answering "
            "9 or 10 minus the percentage answering 0 to 6. It is not the share satisfied."
        ),
        formula=N_("100 x ((answers 9 or 10) - (answers 0 to 6)) / (answers 0 to 10)"),
        source=N_("F. Reichheld, The One Number You Need to Grow, Harvard Business Review, 2003"),
        unit=N_("points"),
        lowest=-100,
        highest=100,
        scale=_points(values=range(11), favourable=range(9, 11), unfavourable=range(7)),
    ),
    Measure(
        key="ease",
        label=N_("Ease"),
        kind=MeasureKind.SHARE,
        definition=N_(
            "Of everyone who answered, the share who agree that it was made easy for them."
        ),
        formula=N_("100 x (answers 5, 6 or 7) / (answers 1 to 7)"),
        source=N_("Customer Effort Score 2.0, Gartner; seven points from disagree to agree"),
        unit="%",
        lowest=0,
        highest=100,
        scale=_points(values=range(1, 8), favourable=range(5, 8)),
    ),
    Measure(
        key="first_contact_resolution",
        label=N_("Resolved first time"),
        kind=MeasureKind.SHARE,
        definition=N_(
            "Of everyone who said yes or no, the share whose query was resolved the first time. "
            "The customer decides, not the service."
        ),
        formula=N_("100 x yes / (yes + no)"),
        source=N_("ICMI 2013 and SQM: first contact resolution by the customer's own answer"),
        unit="%",
        lowest=0,
        highest=100,
        scale=(("no", 0), ("yes", 100)),
    ),
)

MEASURES: Mapping[str, Measure] = MappingProxyType({measure.key: measure for measure in _ALL})
