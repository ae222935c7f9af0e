"""What questionnaires ask people how satisfied they are with."""

from survey.domain.rated import services_rated
from tests.support.application import Running


async def rated(here: Running, key: str) -> frozenset[str]:
    await here.publish(key)
    return services_rated((await here.core.catalogue.get(key)).published.questionnaire)


async def test_each_service_that_may_be_rated_counts_and_none_where_none_is(
    here: Running,
) -> None:
    services = {each.key for each in await here.core.organisation.services()}

    assert await rated(here, "service-satisfaction") >= services
    assert {"payroll", "hr"} <= await rated(here, "school-service-check") <= services
    assert await rated(here, "people-pulse") == frozenset()
