"""Sign-ins in browsers: noted as used, and never brought back by that."""

from datetime import timedelta

import pytest

from survey.domain.accounts import Method, Stage
from survey.domain.secrets import digest
from survey.errors import Unknown
from tests.support.application import Running
from tests.support.signing import an_account


async def test_a_sign_in_that_is_used_goes_on_past_an_hour(here: Running) -> None:
    begun = await here.core.staff_sessions.start(
        await an_account(here), stage=Stage.WHOLE, method=Method.PASSWORD
    )

    for _ in range(3):
        here.clock.advance(timedelta(minutes=50))
        assert await here.core.staff_sessions.who(begun.secret)
    here.clock.advance(timedelta(minutes=61))

    with pytest.raises(Unknown):
        await here.core.staff_sessions.who(begun.secret)


async def test_a_page_that_loads_while_somebody_signs_out_does_not_sign_them_in_again(
    here: Running,
) -> None:
    """The request has read the session; it ends; the request notes that it was used."""
    begun = await here.core.staff_sessions.start(
        await an_account(here), stage=Stage.WHOLE, method=Method.PASSWORD
    )
    await here.core.staff_sessions.end(begun.secret)

    async with here.core.begin() as work:
        await work.staff_sessions.seen(digest(begun.secret), at=here.clock.now())
        await work.commit()

    with pytest.raises(Unknown):
        await here.core.staff_sessions.who(begun.secret)
