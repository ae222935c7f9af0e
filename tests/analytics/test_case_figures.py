"""Figures of problem reports: sums and shares, worked by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from analytics.case_figures import By, CaseFigures, figures_by, percent, shown, total
from analytics.disclosure import CellStatus
from survey.domain.case_sums import CaseCounts, CaseSum

NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)
APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
SUMS = [
    CaseSum(
        APRIL,
        "payroll",
        "school",
        CaseCounts(reported=8, confirmed=5, not_confirmed=1, refused=2, breached=1, reopened=3),
    ),
    CaseSum(MAY, "payroll", "department", CaseCounts(reported=2, open=2), NOON - timedelta(days=3)),
    CaseSum(MAY, "it", "school", CaseCounts(reported=1, confirmed=1, settled=1)),
    CaseSum(None, "it", "school", CaseCounts(reported=1, open=1), NOON - timedelta(days=90)),
]
PROVIDERS = {"payroll": "Capita", "it": "Capita"}


def by(what: By) -> dict[str, CaseFigures]:
    found = figures_by(what, SUMS, providers=PROVIDERS, months=(date(2026, 3, 1), APRIL, MAY))
    return {each.key: each for each in found}


def test_each_report_is_in_one_row_of_each_table() -> None:
    for what, keys in (
        (By.SERVICE, ["it", "payroll"]),
        (By.PROVIDER, ["Capita"]),
        (By.KIND, ["department", "school"]),
    ):
        rows = by(what)
        assert list(rows) == keys
        assert sum(row.counts.reported for row in rows.values()) == 12


def test_months_without_a_report_are_there_and_older_reports_are_in_none() -> None:
    rows = by(By.MONTH)

    assert list(rows) == ["2026-03-01", "2026-04-01", "2026-05-01"]
    assert [row.counts.reported for row in rows.values()] == [0, 8, 3]


def test_confirmed_as_fixed_is_of_all_who_could_say() -> None:
    rows = by(By.MONTH)

    assert rows["2026-04-01"].confirmed_rate == Fraction(5, 8)
    assert rows["2026-03-01"].confirmed_rate is None
    assert percent(Fraction(5, 8)) == Decimal(63)
    assert shown(rows["2026-04-01"]).value == Decimal(63)
    assert shown(rows["2026-03-01"]).status is CellStatus.NO_DATA


def test_shares_are_of_what_was_reported_and_of_what_was_judged() -> None:
    whole = total(SUMS)

    assert whole.breach_rate == Fraction(1, 12)
    assert whole.reopened_rate == Fraction(3, 12)
    assert whole.first_contact_rate == Fraction(0, 1)
    assert whole.percents == {
        "breached_percent": Decimal(8),
        "reopened_percent": Decimal(25),
        "confirmed_percent": Decimal(67),
        "first_contact_percent": Decimal(0),
    }
    assert set(total([]).percents.values()) == {None}
    assert total([]).first_contact_rate is None


def test_the_oldest_open_one_tells_the_age() -> None:
    assert total(SUMS).age(NOON) == 90
    assert by(By.KIND)["department"].age(NOON) == 3
    assert total([]).age(NOON) is None
