"""A scheduler tells of its runs while they go on, with its own client or by the documented callback.

The house has to speak up before the run is late. What it knows of the feed came the same way.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import pytest

from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.watch.watching import Threshold
from runtime.wiring.stores import Stores
from tests.journeys.house import ROOT, House, house, wait_until
from tests.journeys.intake_calls import KEY
from tests.journeys.late_feeds import late_feeds, store_of
from tests.journeys.visitor import Visitor, words

pytestmark = pytest.mark.timeout(600)
DESK = TeamId("desk")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    keys = json.dumps({"airflow": KEY})
    with house(tmp_path_factory.mktemp("live") / "data", TELEMETRY__KEYS=keys) as started:
        yield started


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_run_that_the_openlineage_client_tells_of_raises_a_card_while_it_runs(running: House) -> None:
    from openlineage.client.event_v2 import RunState

    with late_feeds(running) as feeds:
        feeds.know("fx_trades")
        told = _openlineage(running.url, "fx_trades")
        begun = datetime.now(UTC) - timedelta(minutes=12)

        told(RunState.START, begun)
        said = datetime.now(UTC)
        sam = Visitor(running.url, "sam")
        card = sam.wait_for("data-feeds", "usual time")

        assert "will probably" in words(card)
        (alert,) = feeds.alerts("fx_trades")
        assert said <= alert.opened_at, "the report raised it, and the run has not ended"
        assert alert.trouble_at is None
        told(RunState.COMPLETE, datetime.now(UTC))
        sam.wait_for("data-feeds", "back on track")


def test_a_run_that_airflows_callback_does_not_tell_of_is_missed_before_it_is_late(running: House) -> None:
    tell = _documented_callback(running.url)
    now = datetime.now(UTC)
    due = now - timedelta(minutes=28)  # so late already that its chance is beyond the threshold
    for day in range(14, 0, -1):
        tell(_run_of("positions", due - timedelta(days=day)))

    with store_of(running) as stores:
        wait_until(lambda: len(_runs(stores)) == 14)
        with stores.transactions.writing() as uow:
            daily = Schedule(Rhythm.DAILY, at_minute=due.hour * 60 + due.minute, grace_minutes=30)
            uow.watched.keep([Feed(FeedName("positions"), DESK, daily)], now - timedelta(days=20))
            # What is told days later is history; this one was told of as it ran.
            uow.watched.hear({FeedName("positions"): now - timedelta(days=20)})
            uow.watched.set_thresholds([Threshold(FeedName("positions"), DESK, 0.3, 5, 5, True)], now)
        tell(_run_of("other", now))  # any report lets the watch look

        sam = Visitor(running.url, "sam")
        wait_until(
            lambda: any(
                "positions" in said and "counts as late at" in said
                for said in map(words, sam.messages("data-feeds"))
            )
        )

        with stores.transactions.reading() as uow:
            (alert,) = [one for one in uow.alerts.every_open() if one.root == "positions"]
        assert alert.overdue_at is not None
        assert alert.opened_at < alert.overdue_at


def test_the_dashboard_is_found_without_its_last_slash(running: House) -> None:
    found = httpx.get(f"{running.url}/dashboard")

    assert found.is_redirect
    assert found.headers["location"] == "/dashboard/"


def _runs(stores: Stores) -> list[object]:
    with stores.transactions.reading() as uow:
        return list(uow.runs.of_feed("positions", 20))


def _openlineage(url: str, name: str) -> Callable[[object, datetime], None]:
    """Return what reports states of one run with OpenLineage's own client."""
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import Job, Run, RunEvent
    from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport

    config = HttpConfig(url=f"{url}/intake/openlineage/", auth=ApiKeyTokenProvider({"apiKey": KEY}))
    client = OpenLineageClient(transport=HttpTransport(config))
    run, job = Run(runId="0190a5d6-7a3e-7d2e-9a46-0d5a4f0c1b12"), Job(namespace="etl", name=name)

    def tell(state: object, at: datetime) -> None:
        facts = {"eventType": state, "eventTime": at.isoformat(), "run": run, "job": job}
        client.emit(RunEvent(producer="https://example.org/tests", **facts))  # type: ignore[arg-type]

    return tell


def _documented_callback(url: str) -> Callable[[dict[str, object]], None]:
    """Return the callback that the documentation gives to people."""
    page = (ROOT / "docs" / "run-reports.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(# tell_dogwatch.py\n.*?)```", page, re.DOTALL)
    assert block is not None
    module: dict[str, object] = {}
    exec(block[1], module)  # noqa: S102  our own documentation
    tell = module["tell_dogwatch"]
    assert callable(tell)

    def told(context: dict[str, object]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DOGWATCH_URL", url)
            patch.setenv("DOGWATCH_KEY", KEY)
            tell(context)

    return told


def _run_of(dag: str, due: datetime) -> dict[str, object]:
    """Return the context of a run that went well, with the names that Airflow gives."""
    run = SimpleNamespace(
        dag_id=dag,
        run_id=f"scheduled__{due.isoformat()}",
        run_type="scheduled",
        state="success",
        start_date=due,
        end_date=due + timedelta(minutes=6),
        data_interval_end=due,
        logical_date=due - timedelta(days=1),
    )
    return {"dag_run": run}
