"""The links of invitations: made from the invitation and a key, and read back by that key alone."""

from uuid import UUID

import pytest

from survey.services.invitation_links import PAYLOAD, InvitationLinks

INVITATION = UUID("b3c6a9de-5d0c-4a6f-9a3e-1f2d3c4b5a69")
KEY, OTHER = b"k" * 32, b"o" * 32


def test_a_token_leads_back_to_its_invitation_and_fits_a_link_to_the_bot() -> None:
    token = InvitationLinks(KEY).token(INVITATION)

    assert InvitationLinks(KEY).read(token) == INVITATION
    assert len(PAYLOAD + token) <= 64
    assert InvitationLinks(KEY).token(INVITATION) == token


def test_a_token_goes_on_working_after_the_secret_was_changed_and_not_without_the_old_one() -> None:
    token = InvitationLinks(KEY).token(INVITATION)

    assert InvitationLinks(OTHER, KEY).read(token) == INVITATION
    assert InvitationLinks(OTHER).read(token) is None


@pytest.mark.parametrize("change", range(43))
def test_a_token_with_one_other_character_leads_nowhere(change: int) -> None:
    token = InvitationLinks(KEY).token(INVITATION)
    other = "A" if token[change] != "A" else "B"

    assert InvitationLinks(KEY).read(token[:change] + other + token[change + 1 :]) is None


@pytest.mark.parametrize("text", ["", "A" * 43, "é" * 43, "=" * 43, "A" * 44, "x"])
def test_a_text_that_is_no_token_leads_nowhere(text: str) -> None:
    assert InvitationLinks(KEY).read(text) is None
