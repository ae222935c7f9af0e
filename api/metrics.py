"""What `/metrics` tells Prometheus: of this process, its requests and the whole installation.

Labels are routes, methods and words of our own code; no address, person, unit or questionnaire.
Each process tells its own counts; what comes from the database is the same from all of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from time import perf_counter
from typing import Final

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from survey.domain.waves import InvitationState
from survey.services.watch import Health
from survey.tally import LABELS, Counted, Moment, Tally

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_COUNTS: Final = {
    Counted.UPDATES: "Telegram updates of this process, by what became of them.",
    Counted.TELEGRAM_CALLS: "Calls to Telegram, by method and what it answered.",
    Counted.JOBS: "Runs of due work, by job and how they ended.",
    Counted.SUBMISSIONS: "Responses accepted by this process, by channel.",
    Counted.LOG_LINES_LOST: "Lines of the log that could not be written.",
    Counted.MESSAGES: "Messages of campaigns that this process tried, by channel and outcome.",
}
_MOMENTS: Final = {
    Moment.HEARD: "When updates last came from Telegram, or would have come if there were any.",
    Moment.JOB_SUCCEEDED: "When a job last ended well.",
    Moment.CHANNEL_DOWN: "When a channel was last found not to work.",
    Moment.CHANNEL_WORKED: "When it was set up, or last found to work again.",
}
_GAUGES: Final = {
    "tellback_database_up": "1 where the database answered this question.",
    "tellback_tables_current": "1 where the database is at the tables of this version.",
    "tellback_sending_held": "1 where nothing is sent until `tellback db release`.",
    "tellback_inbox_waiting": "Telegram updates that are stored and not yet applied.",
    "tellback_inbox_oldest_seconds": "How long the oldest of these has waited.",
    "tellback_inbox_parked": "Updates put aside after failing; see `tellback inbox`.",
    "tellback_replies_owed": "Chats whose last turn was not shown for over a minute.",
    "tellback_boxes_due": "Boxes that have their floor and are not opened yet.",
    "tellback_messages_due": "Messages of campaigns that are due and not sent yet.",
    "tellback_messages_oldest_seconds": "For how long the oldest of these has been due.",
    "tellback_tellings_due": "Messages to people who reported a problem, due and not sent yet.",
    "tellback_tellings_oldest_seconds": "For how long the oldest of these has been due.",
    "tellback_publication_months_due": "Months whose figures are to be computed.",
    "tellback_waves_open": "Waves of campaigns that take answers.",
    "tellback_waves_filling": "Waves whose invitations are being written.",
    "tellback_waves_late_seconds": "For how long the next wave should have been open.",
    "tellback_waves_missed": "Waves of the last day whose time passed before they could open.",
}


class Metrics:
    """One process's metrics."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._requests = Counter(
            "tellback_http_requests",
            "Requests answered, by route and status.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "tellback_http_request_seconds",
            "How long an answer took.",
            ("route",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._kinds: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, *, route: str, method: str, status: int, seconds: float) -> None:
        # Kept by us: the library makes texts of the labels and takes a lock to find them again.
        kind = (route, method, status)
        if kind not in self._kinds:
            self._kinds[kind] = (
                self._requests.labels(route, method, str(status)),
                self._seconds.labels(route),
            )
        requests, taken = self._kinds[kind]
        requests.inc()
        taken.observe(seconds)

    def written(
        self,
        tally: Tally,
        health: Health | None,
        *,
        answers: bool,
        asked: Mapping[InvitationState, int] | None = None,
    ) -> bytes:
        """Everything in the text format of Prometheus.

        Args:
            health: None where it could not be seen.
            answers: whether the database does.
            asked: how many invitations of open waves are in each state; None as for `health`.
        """
        gauges = _gauges(health, answers=answers)
        told = _Told([*gauges, *_invitations(asked), *_tallied(tally)])
        return generate_latest(self._registry) + generate_latest(told)


class _Told:
    """What is collected already, in the form in which the library writes it out."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _gauges(health: Health | None, *, answers: bool) -> Iterator[Metric]:
    values = {
        "tellback_database_up": float(answers),
        "tellback_tables_current": float(health is not None),
    }
    if health is not None:
        vitals = health.vitals
        values |= {
            "tellback_sending_held": float(health.held),
            "tellback_inbox_waiting": vitals.waiting,
            "tellback_inbox_oldest_seconds": health.waited.total_seconds(),
            "tellback_inbox_parked": vitals.parked,
            "tellback_replies_owed": vitals.owed,
            "tellback_boxes_due": health.boxes_due,
            "tellback_publication_months_due": vitals.months_due,
            "tellback_messages_due": health.messages_due,
            "tellback_messages_oldest_seconds": health.messages_waited.total_seconds(),
            "tellback_tellings_due": health.tellings_due,
            "tellback_tellings_oldest_seconds": health.tellings_waited.total_seconds(),
            "tellback_waves_open": vitals.waves_open,
            "tellback_waves_filling": vitals.waves_filling,
            "tellback_waves_late_seconds": health.late.total_seconds(),
            "tellback_waves_missed": vitals.waves_missed,
        }
    for name, value in values.items():
        yield GaugeMetricFamily(name, _GAUGES[name], value=value)


def _invitations(asked: Mapping[InvitationState, int] | None) -> Iterator[Metric]:
    if asked is None:
        return
    help_ = "People of the waves that take answers, by where their invitation has come to."
    gauge = GaugeMetricFamily("tellback_invitations", help_, labels=("state",))
    for state in InvitationState:
        gauge.add_metric((state.value,), asked.get(state, 0))
    yield gauge


def _tallied(tally: Tally) -> Iterator[Metric]:
    for counted, help_ in _COUNTS.items():
        family = CounterMetricFamily(f"tellback_{counted}", help_, labels=LABELS[counted])
        for (name, *labels), number in sorted(tally.counts.items()):
            if name == counted:
                family.add_metric(labels, number)
        yield family
    for moment, help_ in _MOMENTS.items():
        gauge = GaugeMetricFamily(
            f"tellback_{moment}_timestamp_seconds", help_, labels=LABELS[moment]
        )
        for (name, *labels), at in sorted(tally.moments.items()):
            if name == moment:
                gauge.add_metric(labels, at.timestamp())
        yield gauge


class Measured:
    """Middleware that counts and times each answer, under its route's template."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        begun = perf_counter()
        try:
            await self._app(scope, receive, watched)
        finally:
            self._metrics.answered(
                # Never the address: it may hold a personal token.
                route=getattr(scope.get("route"), "path", "none"),
                method=scope["method"] if scope["method"] in _METHODS else "other",
                status=status,
                seconds=perf_counter() - begun,
            )


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
