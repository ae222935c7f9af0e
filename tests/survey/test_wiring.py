"""What the application takes from the operating system."""

import re

from survey.wiring import RandomIds


def test_a_reference_can_be_read_aloud_and_uses_every_letter_in_every_place() -> None:
    references = [RandomIds().reference() for _ in range(3_000)]

    assert all(re.fullmatch("[2-9A-HJKMNP-TV-Z]{3}-[2-9A-HJKMNP-TV-Z]{3}", r) for r in references)
    for place in (0, 1, 2, 4, 5, 6):
        assert len({reference[place] for reference in references}) == 30
