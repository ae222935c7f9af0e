"""Reports that say much the same are suggested, and those that do not are not."""

import pytest

from survey.domain.similar import MOST, MOST_WORDS, groups, nearest, words_of

PROBLEMS = [
    [
        "Three teaching assistants have no payslip on the portal this month",
        "payslips missing in the portal for our TAs again",
        "I cannot see my payslip for May, the portal is empty",
        "Payslip portal shows nothing for two of our cleaners",
    ],
    [
        "Overtime was not paid in the April pay run",
        "My overtime for April is missing from the pay",
        "The overtime of our caretaker has not been paid for April",
        "overtime claims in April were not paid to four staff",
    ],
    [
        "The new HR system is hard to use: entering sickness takes ten screens",
        "Recording sickness absence in the HR system takes far too long",
        "Sickness absence screens in HR are confusing and take ten clicks",
        "It takes half an hour to record one sickness absence",
    ],
    [
        "The headcount report does not match our own records",
        "The absence report shows figures that do not match the data",
        "headcount in the report is 52, we have 48 staff",
        "Report of headcount is wrong, leavers are still counted",
    ],
    [
        "My tablet cannot open committee papers",
        "Committee papers will not open on the tablet",
        "Councillors cannot download the committee papers on their tablets",
        "the committee papers app on my tablet crashes",
    ],
    [
        "E-mail does not arrive on my mobile phone",
        "I get no council e-mail on my phone",
        "My phone stopped receiving e-mail on Monday",
        "email on the phone is not syncing",
    ],
    [
        "Pension contributions were taken twice",
        "Pension deducted twice this month",
        "two pension deductions on one payslip",
        "The pension contribution is doubled for three teachers",
    ],
    [
        "A new starter has no contract after six weeks",
        "Contract for our new teacher has not come",
        "We are still waiting for the contract of a new starter",
        "new starter contract missing since September",
    ],
    [
        "The boiler in the hall is leaking",
        "Water leaks from the boiler",
        "boiler leak in the main hall",
        "Our boiler has leaked on the hall floor",
    ],
    [
        "DBS check for a volunteer has been pending for two months",
        "DBS checks take over eight weeks",
        "waiting for a DBS check since June",
        "Our DBS checks are stuck",
    ],
]
TEXTS = {
    f"{problem}.{report}": text
    for problem, reports in enumerate(PROBLEMS)
    for report, text in enumerate(reports)
}


def test_reports_of_one_problem_are_grouped_and_no_others_with_them() -> None:
    found = groups(TEXTS)

    assert all(len({key.partition(".")[0] for key in group.keys}) == 1 for group in found)
    assert len({group.keys[0].partition(".")[0] for group in found}) >= 9
    assert sum(len(group.keys) for group in found) >= 31


def test_the_words_of_a_group_are_whole_as_somebody_wrote_them() -> None:
    texts = {1: "The permit was refused for no reason", 2: "Permits refused: no reasons given"}
    [group] = groups(texts)

    assert set(group.words) == {"permit", "refused", "reason"}


def test_a_group_says_by_which_words_it_was_found() -> None:
    tied = [set(group.words) for group in groups(TEXTS)]

    assert {"april", "overtime", "paid"} in tied
    assert all(tied)


def test_the_largest_group_comes_first_and_nothing_is_in_two() -> None:
    found = groups(TEXTS)
    sizes = [len(group.keys) for group in found]
    everything = [key for group in found for key in group.keys]

    assert sizes == sorted(sizes, reverse=True)
    assert len(everything) == len(set(everything))


def test_the_same_texts_give_the_same_groups() -> None:
    assert groups(TEXTS) == groups(dict(TEXTS))


def test_nothing_gets_into_a_group_that_does_not_resemble_its_leader() -> None:
    words = ["boiler leaking", "contract starter", "payslip portal", "tablet committee"]
    chain = {
        number: f"{words[number]} {words[number + 1]}" if number < 3 else words[number]
        for number in range(4)
    } | {f"other {number}": f"other{number} thing{number}" for number in range(9)}

    (first, *_) = groups(chain)

    assert len(first.keys) == 3
    assert set(first.keys) != {0, 1, 2, 3}


@pytest.mark.parametrize("texts", [{}, {"a": "payslip missing"}, {"a": "", "b": "...", "c": "1"}])
def test_of_nothing_nothing_is_said(texts: dict[str, str]) -> None:
    assert groups(texts) == []


def test_case_accents_and_endings_make_no_difference() -> None:
    assert words_of("PAYSLIPS Tŷ sickness reported") == ["payslip", "sickness", "report"]


def test_what_is_nearest_to_a_report_comes_first() -> None:
    others = {key: text for key, text in TEXTS.items() if key != "1.0"}

    found = nearest(TEXTS["1.0"], others, most=2)

    assert len(found) == 2
    assert {key.partition(".")[0] for key in found} == {"1"}
    assert nearest("nothing of the kind", others, most=2) == []


def test_no_more_is_compared_than_can_be_at_once() -> None:
    many = dict.fromkeys(range(MOST + 50), "boiler leaking hall")
    unlike = {"x": "payslip portal"}

    assert len(words_of("word " * 1000)) == MOST_WORDS
    assert sum(len(group.keys) for group in groups({**unlike, **many})) == MOST - 1
