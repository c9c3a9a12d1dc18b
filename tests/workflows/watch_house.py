"""The watch with everything real but the chat: stores, engine, stories; feeds that a test makes late."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from activities.alerting import Alerting
from activities.approving import Approving
from activities.comparing import Comparing, Speaking
from activities.comparing_days import ComparingDays
from activities.errands import Errands
from activities.gating import Gating
from activities.reconciling import Pace, Reconciling
from activities.row_news import RowNews
from activities.scoring_deliveries import ScoringDeliveries
from activities.taking_history import TakingHistory
from activities.training import Training
from activities.watching import Watching
from bot.presenters.comparisons import comparison_card
from domain.approval.policy import parse_policy
from domain.errands import Errand, ErrandKind
from domain.identity.chat import Place, Platform
from domain.identity.people import Role, Way
from domain.ids import FeedName, PersonId, RunId, TeamId
from domain.ports.errand_work import ErrandWork
from domain.ports.run_intake import RunEvent
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.alert_policy import CallStep
from domain.watch.alerts import Alert
from domain.watch.watching import Threshold
from runtime.settings.house import Settings
from runtime.wiring.comparing.comparables import KnownTables
from runtime.wiring.remediation import advising_of
from runtime.wiring.serving import serving
from runtime.wiring.stores import Stores, open_stores
from runtime.wiring.watch import tidying_of, training_of
from runtime.wiring.watch_errands import EngineErrands
from runtime.wiring.watching.watch_engine import FeedForecaster
from storage.run_intake import SqlRunIntake
from tests.audiences import an_audience_book
from tests.domain.builders import a_person
from tests.workflows.house import ShiftedClock
from workflows import names
from workflows.registry import FRONT_WORKFLOWS, RUNNER

FX, REF = FeedName("fx_trades"), FeedName("ref_data")
PLACE = Place(platform=Platform.WEB, workspace="web", channel="data-feeds")
RULES = {"rules": [{"id": "all", "needs": [{"role": "approver", "count": 1}], "expire_after_minutes": 60}]}


@dataclass
class WatchHouse:
    """The truth, feeds with a week of history, and the activities around them."""

    folder: Path
    clock: ShiftedClock = field(default_factory=ShiftedClock)
    speaks: bool = True
    database: str = ""

    def __post_init__(self) -> None:
        """Open everything and import the history."""
        self.settings = Settings(data_dir=self.folder, database={"url": self.database})  # type: ignore[arg-type]
        self.stores: Stores = open_stores(self.settings)
        self.transactions = self.stores.transactions
        self.intake = SqlRunIntake(self.transactions, self.clock)
        now = self.clock.now()
        # Due half a day from now, so that no feed is late by itself, whatever the hour.
        daily = Schedule(Rhythm.DAILY, at_minute=(now.hour + 12) % 24 * 60)
        feeds = [
            Feed(REF, TeamId("desk"), daily),
            Feed(FX, TeamId("desk"), daily, upstreams=(REF,)),
        ]
        with self.transactions.writing() as uow:
            reached = {"email": "erin@example.org", "vouched": frozenset({Way.MAIL})}
            uow.people.save(a_person("erin", Role.ENGINEER, Role.ON_CALL).model_copy(update=reached))
            uow.people.save(a_person("ada", Role.APPROVER))
            uow.watched.keep(feeds, now)
            uow.runs.add_history([run for feed in feeds for run in _hourly(feed.name, now)], now)
            uow.watched.set_thresholds(
                # The one upstream is there for lineage; only the other feed alerts, whatever the hour.
                [
                    Threshold(REF, TeamId("desk"), 2.0, 5, 5, self.speaks),
                    Threshold(FX, TeamId("desk"), 0.3, 5, 5, self.speaks),
                ],
                now,
            )
        opening = {"reading": self.transactions.reading, "writing": self.transactions.writing}
        shared: dict[str, Any] = {**opening, "clock": self.clock, "wake": lambda: None}
        card: dict[str, Any] = {"card": lambda title, text, called=(): f"{title}: {text}"}
        channels = {"data-feeds": (PLACE,), "approvals": (PLACE.model_copy(update={"channel": "approvals"}),)}
        policy = parse_policy(RULES)
        self.watching = Watching(self.forecaster(), **shared)
        steps = (CallStep(timedelta(minutes=15), Role.ON_CALL, (Way.MAIL, Way.SMS)),)
        audiences = an_audience_book(channels, steps, frozenset({Way.MAIL}))
        self.alerting = Alerting(audiences, **shared, **card)
        self.speaking = Speaking(audiences)
        self.approving = Approving(policy=lambda: policy, channels=channels, **shared, **card)
        self.training: Training = training_of(self.settings, self.stores)
        self.gating = Gating(lambda: policy, channels, 70.0)
        self._news = RowNews(audiences, lambda team: 5.0)
        self._shared, self._card = shared, card
        self.errands = self.made_errands(self.settings)
        self.reconciling = self.made_reconciling(self.settings)

    def made_errands(self, settings: Settings, work: ErrandWork | None = None) -> Errands:
        """Return the activities of errands under these settings."""
        work = work or EngineErrands(settings, self.stores)
        once = {name: self._shared[name] for name in ("writing", "clock")}
        seen = {**once, "reading": self._shared["reading"]}
        blobs, gating, advising = self.stores.blobs, self.gating, advising_of(self.settings, self.stores)
        comparing = Comparing(work, self.speaking, **once, **self._card)
        doing = {
            ErrandKind.IMPORT_RUNS: TakingHistory(work, blobs, **once).answer,
            ErrandKind.SCORE_DELIVERY: ScoringDeliveries(work, blobs, gating, self._news, **seen).answer,
            ErrandKind.RECONCILE: ComparingDays(comparing, gating, _comparison, **once).answer,
            ErrandKind.PROPOSE_FIX: advising.answer,
            ErrandKind.DRAFT_SCRIPT: advising.answer,
        }
        return Errands(doing, comparing, **self._card, **self._shared)

    def made_reconciling(self, settings: Settings, pace: Pace | None = None) -> Reconciling:
        """Return who opens comparisons under these settings."""
        tables = KnownTables(settings, self.stores)
        return Reconciling(tables, self.speaking, pace or Pace(), **self._shared)

    def forecaster(self) -> FeedForecaster:
        """Return an engine that has seen nothing yet."""
        return FeedForecaster(self.stores.database, self.transactions, self.folder / "models", b"k" * 32)

    def report(self, outcome: Outcome, feed: FeedName = FX, run: str = "now", **facts: object) -> None:
        """Let a source report something about a run."""
        told = {"feed": feed, "run": RunId(run), "seen_at": self.clock.now(), "outcome": outcome, **facts}
        event = RunEvent(Run(**told), source="test", dialect="json")  # type: ignore[arg-type]
        self.intake.take([event])

    def begins(self, feed: FeedName = FX, minutes_ago: float = 0.0, run: str = "now") -> None:
        """Let a run begin."""
        begun = self.clock.now() - timedelta(minutes=minutes_ago)
        self.report(Outcome.RUNNING, feed, run, scheduled_at=begun, started_at=begun)

    def hand_in(self, name: str, content: bytes) -> None:
        """Keep a delivery of fx_trades that waits to be scored, as Erin handed it in."""
        errand = Errand(
            id=name,
            kind=ErrandKind.SCORE_DELIVERY,
            asked_by=PersonId("erin"),
            place=PLACE,
            at=self.clock.now(),
            feed=FX,
            blob=self.stores.blobs.put(content),
            file_name=f"{name}.csv",
        )
        with self.transactions.writing() as uow:
            uow.errands.save(errand)

    def open_alerts(self) -> list[Alert]:
        """Return open alerts."""
        with self.transactions.reading() as uow:
            return uow.alerts.every_open()


def _hourly(feed: FeedName, now: datetime) -> list[Run]:
    """Return a week of hourly runs of four to six minutes."""
    found = []
    for hour in range(1, 170):
        due = now - timedelta(hours=hour)
        end = due + timedelta(minutes=4 + hour % 3)
        found.append(
            Run(feed, RunId(f"h{hour}"), end, Outcome.OK, due, due, end, rows_written=1_000 + hour % 7)
        )
    return found


@asynccontextmanager
async def watch_workers(client: Client, house: WatchHouse) -> AsyncIterator[None]:
    """Run the workers of all queues."""
    with ThreadPoolExecutor(2) as heavy:
        computing = Worker(
            client,
            task_queue=names.HEAVY_QUEUE,
            activities=[
                house.training.call_for_training,
                house.training.learn_calendars,
                house.training.train,
                house.training.review,
                house.training.note_failure,
                house.errands.run_errand,
                house.reconciling.open_owed_comparisons,
                tidying_of(house.settings, house.stores).tidy_files,
            ],
            activity_executor=heavy,
            max_concurrent_activities=2,
        )
        async with quick_workers(client, house), serving(computing):
            yield


@asynccontextmanager
async def quick_workers(client: Client, house: WatchHouse) -> AsyncIterator[None]:
    """Run the workers of stories and sweeps alone, as while all that computes is busy."""
    with ThreadPoolExecutor(8) as front, ThreadPoolExecutor(1) as eyes:
        light = Worker(
            client,
            task_queue=names.FRONT_QUEUE,
            workflows=list(FRONT_WORKFLOWS),
            activities=[
                house.alerting.look_at_alert,
                house.alerting.announce_alert,
                house.alerting.call_people,
                house.approving.look_at_request,
                house.approving.remind,
                house.approving.expire,
            ],
            workflow_runner=RUNNER,
            activity_executor=front,
            max_concurrent_activities=8,
        )
        sweeps = Worker(
            client,
            task_queue=names.SWEEP_QUEUE,
            activities=[house.watching.sweep],
            activity_executor=eyes,
            max_concurrent_activities=1,
        )
        async with serving(light, sweeps):
            yield


def _comparison(*told: Any) -> str:
    return comparison_card(*told).model_dump_json()
