"""What a merged configuration tells the watch and the diagnosis, and which run an incident is about."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from activities.review_records import keep_feed
from config_gen.documents import dump
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange, FeedEntry, Proposal
from domain.configuration.feed_operation import Consumer, Lineage, Notification, NotificationChannel
from domain.configuration.reviews import FeedVersion
from domain.identity.chat import Place, Platform
from domain.ids import FeedName, IncidentId, PersonId, RequestId, RunId, TeamId
from domain.investigation.evidence import IncidentCase, RunFacts
from domain.ports.diagnostician import Gathered, Inquiry
from domain.running.feeds import Criticality, Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.stories import StoryKind
from rca.pipeline import diagnose_run
from runtime.wiring.facts_backfill import fill_in_facts
from runtime.wiring.investigating.incidents_evidence import FeedEvidence
from runtime.wiring.investigating.run_in_question import missing_since
from runtime.wiring.investigating.upstream_runs import upstream_runs
from runtime.wiring.proposal_facts import facts_of, schedule_of
from telemetry.run_reports import RunReceiver
from tests.config_gen.builders import a_config
from tests.workflows.watch_house import REF, WatchHouse

LOAD = FeedName("gold_load")
PLACE = Place(platform=Platform.WEB, workspace="web", channel="feeds")


@pytest.fixture
def house(tmp_path: Path) -> WatchHouse:
    return WatchHouse(tmp_path)


def _merge(house: WatchHouse, *, hours_ago: float = 0.0, cron: str = "0 * * * *") -> None:
    """Merge the configuration of a feed that is due every hour, or by a cron line, as a review does."""
    now = house.clock.now() - timedelta(hours=hours_ago)
    config = a_config(LOAD, criticality="critical", tags=("pool:etl-1",))
    readers = (Consumer(name="risk", kind="service"), Consumer(name="supervisor", kind="regulator"))
    lineage = Lineage(upstream=(REF, "settlement system"), consumers=readers)
    hourly = config.schedule.model_copy(update={"cron": cron, "time_zone": "UTC", "grace_minutes": 5})
    config = config.model_copy(update={"lineage": lineage, "schedule": hourly})
    told = Proposal(
        feed=LOAD,
        yaml="x",
        diff="",
        criticality=config.criticality.value,
        owner="desk",
        schedule=schedule_of(config),
        facts=facts_of(config),
    )
    with house.transactions.writing() as uow:
        keep_feed(uow, _change(now), told, "abc", now)


def _change(now: datetime) -> ConfigChange:
    return ConfigChange(
        id=RequestId("c1"),
        kind=ChangeKind.ONBOARD,
        state=ChangeState.MERGED,
        requested_by=PersonId("ada"),
        place=PLACE,
        opened_at=now,
        updated_at=now,
    )


def _watched(house: WatchHouse) -> Feed:
    with house.transactions.reading() as uow:
        return next(one.feed for one in uow.watched.every() if one.feed.name == LOAD)


class Below:
    """Implements `EvidenceGatherer`; tells for which moment it was asked."""

    def gather(self, inquiry: Inquiry) -> Gathered:
        """Return a case at that moment."""
        return Gathered(IncidentCase(inquiry.incident, inquiry.began_at.timestamp()))


def _gathered(
    house: WatchHouse,
    *,
    days_ago: float = 0.0,
    until: datetime | None = None,
    since: datetime | None = None,
) -> Gathered:
    now = house.clock.now()
    evidence = FeedEvidence(house.transactions.reading, house.stores.shelf, Below())
    began = until or now - timedelta(days=days_ago)
    asked = Inquiry(
        IncidentId("i1"), f"feed/{LOAD}", "gold_load failed", began, now, until=until, since=since
    )
    return evidence.gather(asked)


def _asked(house: WatchHouse) -> RunFacts:
    now = house.clock.now()
    evidence = FeedEvidence(house.transactions.reading, house.stores.shelf)
    asked = Inquiry(IncidentId("i1"), f"feed/{LOAD}", "gold_load is late", now, now)
    run = evidence.gather(asked).run
    assert run is not None
    return run


def test_a_merged_calendar_counts_from_its_merge_whatever_is_learned_of_the_feed_later(
    house: WatchHouse,
) -> None:
    now, by_runs = house.clock.now(), Schedule(Rhythm.DAILY, at_minute=390)
    merged = now - timedelta(days=20)
    with house.transactions.writing() as uow:
        uow.watched.keep([Feed(LOAD, TeamId(""), by_runs)], now - timedelta(days=60), is_learned=True)
    _merge(house, hours_ago=20 * 24)

    with house.transactions.writing() as uow:
        uow.watched.keep([replace(_watched(house), upstreams=(REF,))], now, is_learned=True)
        (change,) = uow.watched.schedule_changes(now - timedelta(days=90))[LOAD]

    assert change.before == by_runs
    assert change.at < merged + timedelta(minutes=1)


@pytest.mark.parametrize(("cron", "is_owed"), [("0 18 * * *", False), ("0 9 * * *", True)])
def test_the_run_that_is_due_when_a_schedule_is_merged_moves_along(
    house: WatchHouse, cron: str, is_owed: bool
) -> None:
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    days = [noon - timedelta(days=day) for day in range(1, 20)]
    runs = [Run(LOAD, RunId(f"{at:%d%m}"), at, Outcome.OK, at, at, at + timedelta(minutes=5)) for at in days]
    house.clock.ahead = noon + timedelta(minutes=10) - datetime.now(UTC)
    with house.transactions.writing() as uow:
        daily = Schedule(Rhythm.DAILY, at_minute=720)
        uow.watched.keep([Feed(LOAD, TeamId("desk"), daily)], days[-1])
        uow.runs.add_history(runs, house.clock.now())
    _merge(house, cron=cron)

    house.clock.ahead += timedelta(hours=2)
    swept = house.forecaster().sweep(house.clock.now())

    assert [one.is_late for one in swept.estimates if one.name == LOAD] == [is_owed]


def test_a_merge_lets_the_watch_look_at_once(house: WatchHouse) -> None:
    _merge(house)

    with house.transactions.reading() as uow:
        calls = [(call.kind, call.subject_id) for call in uow.stories.due(house.clock.now(), 10)]
    assert (StoryKind.WATCH, "main") in calls


def test_a_merged_configuration_says_what_the_feed_runs_on_and_whom_it_serves(house: WatchHouse) -> None:
    _merge(house)

    feed = _watched(house)

    config = a_config(LOAD)
    assert (feed.source, feed.pool) == (config.source.system, "etl-1")
    assert feed.databases == (config.target.bronze.database,)
    assert feed.upstreams == (REF, "settlement system")
    assert feed.impact == "critical, read by supervisor (regulator), risk (service)"
    assert (feed.criticality, feed.schedule.grace_minutes) == (Criticality.CRITICAL, 5)


def test_a_run_that_is_missing_is_what_an_incident_is_about_not_an_old_failure(house: WatchHouse) -> None:
    _merge(house, hours_ago=30)
    now = house.clock.now()
    for hours, outcome in ((28, Outcome.FAILED), (27, Outcome.OK), (3, Outcome.OK)):
        begun = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours)
        ended = begun + timedelta(minutes=4)
        house.report(outcome, LOAD, f"r{hours}", started_at=begun, finished_at=ended)

    run = _asked(house)

    assert (run.status, run.run_id) == ("missing", "")
    due = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    assert run.started_at == due.timestamp()
    assert len(run.earlier) == 3
    assert "etl-1" in run.services
    assert run.usual_columns


def test_a_run_in_time_is_told_as_one_and_a_late_one_with_how_late_it_is(house: WatchHouse) -> None:
    real = house.clock.now()
    hour = real.replace(minute=0, second=0, microsecond=0)
    house.clock.ahead = hour + timedelta(hours=1, minutes=6) - real
    _merge(house, hours_ago=30)
    for hours in (2, 1, 0):
        begun = hour - timedelta(hours=hours)
        ended = begun + timedelta(minutes=4)
        house.report(Outcome.OK, LOAD, f"r{hours}", started_at=begun, finished_at=ended)

    run = _asked(house)

    assert run.late_by == -300.0, "five minutes of grace beyond what it takes"
    assert diagnose_run(run).as_usual.startswith("run r0 ended well at ")
    house.report(Outcome.RUNNING, LOAD, "r-next", started_at=hour + timedelta(hours=1))
    house.clock.ahead += timedelta(minutes=34)
    going = _asked(house)
    assert going.late_by == pytest.approx(31 * 60.0, abs=60.0)
    assert "minutes late" in diagnose_run(going).hypotheses[0].claims[0].text


def test_telemetry_is_read_around_the_run_and_not_around_the_question(house: WatchHouse) -> None:
    now = house.clock.now()
    begun = now - timedelta(hours=7)
    ended = begun + timedelta(minutes=40)
    house.report(Outcome.FAILED, LOAD, "r1", started_at=begun, finished_at=ended)

    found = _gathered(house)

    assert found.run is not None
    assert found.run.run_id == "r1"
    assert found.case.anomaly_time == ended.timestamp()


def test_who_looks_again_days_later_is_told_of_the_run_of_then(house: WatchHouse) -> None:
    now = house.clock.now()
    for days, outcome in ((5, Outcome.OK), (4, Outcome.FAILED), (3, Outcome.OK), (2, Outcome.OK)):
        begun = now - timedelta(days=days, minutes=30)
        house.report(
            outcome,
            LOAD,
            f"r{days}",
            started_at=begun,
            finished_at=begun + timedelta(minutes=5),
            seen_at=begun,
        )

    then = _gathered(house, days_ago=4)
    day = _gathered(house, until=now - timedelta(days=3, hours=12))

    # Hours that are named are about the run of those hours, well as it went, and of none that is said.
    third, none = now - timedelta(days=3), now - timedelta(days=3, hours=6)
    hour = _gathered(house, since=third - timedelta(minutes=40), until=third)
    empty = _gathered(house, since=none, until=none + timedelta(hours=1))

    found = [one.run.run_id for one in (then, day, hour, empty) if one.run is not None]
    assert found == ["r4", "r4", "r3", "r4"]
    assert (then.looked, hour.looked) == ("", "")
    assert empty.looked.startswith("I know no run of gold_load of ")


class Versions:
    """Implements `FeedShelf` with a feed that is changed every hour."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def list_feeds(self) -> Sequence[FeedName]:
        """Return the one feed."""
        return (LOAD,)

    def read_all(self) -> Mapping[FeedName, bytes]:
        """Return its newest text."""
        return {LOAD: b"0"}

    def read_feed(self, feed: FeedName, at: str | None = None) -> bytes | None:
        """Return a text of its own for every version."""
        return (at or "0").encode()

    def history(self, feed: FeedName, limit: int = 20) -> Sequence[FeedVersion]:
        """Return the newest versions."""
        return [
            FeedVersion(
                sha=str(hours), subject=f"change {hours}", author="ada", at=self._now - timedelta(hours=hours)
            )
            for hours in range(min(limit, 100))
        ]


def test_of_a_past_day_the_changes_of_then_are_told_not_the_newest(house: WatchHouse) -> None:
    now = house.clock.now()
    until = now - timedelta(hours=48)
    evidence = FeedEvidence(house.transactions.reading, Versions(now), Below())

    asked = Inquiry(IncidentId("i1"), f"feed/{LOAD}", "gold_load failed", until, now, until=until)
    run = evidence.gather(asked).run

    assert run is not None
    assert [change.change_id for change in run.changes] == ["48", "49", "50", "51", "52", "53"]


def test_an_upstream_is_judged_by_its_run_of_then_and_by_how_long_it_takes(house: WatchHouse) -> None:
    feed = Feed(LOAD, TeamId("desk"), Schedule(Rhythm.DAILY, at_minute=360), upstreams=(REF,))
    other = Feed(REF, TeamId("desk"), Schedule(Rhythm.DAILY, at_minute=300, grace_minutes=10))
    watched = {REF: other}
    day = datetime(2026, 11, 20, tzinfo=UTC)

    def ref(days: int, minutes: float, outcome: Outcome = Outcome.OK) -> Run:
        begun = day + timedelta(days=days, hours=5)
        ended = begun + timedelta(minutes=minutes)
        return Run(REF, RunId(f"u{days}"), ended, outcome, begun, begun, ended)

    usual = [ref(days, 40) for days in range(-6, 0)]
    start, end = day + timedelta(hours=6), day + timedelta(hours=6, minutes=20)

    def told(*runs: Run) -> list[tuple[str, str, float]]:
        found = upstream_runs(feed, lambda name: [*usual, *runs], watched, start=start, end=end)
        return [(one.feed, one.status, one.due_at - day.timestamp()) for one in found]

    usually_there = timedelta(hours=5, minutes=50).total_seconds()
    # Forty minutes are what it takes; what it does a day later is another story.
    assert told(ref(0, 41), ref(1, 5, Outcome.FAILED)) == [(REF, "succeeded", usually_there)]
    assert told(ref(1, 5)) == [(REF, "missing", timedelta(hours=5).total_seconds())]
    still = replace(ref(0, 0), outcome=Outcome.RUNNING, finished_at=None)
    assert told(still) == [(REF, "running", usually_there)]
    late = replace(ref(0, 30), scheduled_at=None, started_at=day + timedelta(hours=6, minutes=5))
    assert told(late) == [(REF, "succeeded", usually_there)]
    early = upstream_runs(
        feed, lambda name: [*usual, still], watched, start=start, end=day + timedelta(hours=5, minutes=20)
    )
    assert early == ()


def test_a_feed_of_business_days_is_not_missing_on_a_holiday() -> None:
    working = frozenset(range(5))
    schedule = Schedule(Rhythm.DAILY, at_minute=360, weekdays=working, zone="Europe/London")
    feed = Feed(LOAD, TeamId("desk"), schedule)
    eve = datetime(2026, 12, 24, 6, tzinfo=UTC)
    ran = Run(LOAD, RunId("r"), eve, Outcome.OK, eve, eve, eve + timedelta(minutes=5))

    # Christmas, Boxing Day kept on the Monday: the next load is due on Tuesday.
    assert missing_since(feed, [ran], None, datetime(2026, 12, 28, 20, tzinfo=UTC)) is None
    due = missing_since(feed, [ran], None, datetime(2026, 12, 29, 20, tzinfo=UTC))
    assert due == datetime(2026, 12, 29, 6, tzinfo=UTC)


def test_a_feed_that_never_ran_is_missing_from_its_merge_on(house: WatchHouse) -> None:
    _merge(house, hours_ago=3)

    assert _asked(house).status == "missing"


def test_a_column_that_a_delivery_lost_is_the_cause_of_a_failed_run(house: WatchHouse) -> None:
    now = house.clock.now()
    intake = RunReceiver(house.intake, house.clock.now)
    for hours, state, fields in ((2, "COMPLETE", ("id", "amount")), (1, "FAIL", ("id",))):
        at = (now - timedelta(hours=hours)).isoformat()
        schema = {"fields": [{"name": name, "type": "VARCHAR"} for name in fields]}
        event = {
            "eventType": state,
            "eventTime": at,
            "run": {"runId": f"r{hours}"},
            "job": {"namespace": "lake", "name": LOAD},
            "inputs": [{"namespace": "sftp", "name": "trades.csv", "facets": {"schema": schema}}],
            "outputs": [],
        }
        intake.receive("openlineage", orjson.dumps(event), "lineage")

    run = _asked(house)

    assert run.status == "failed"
    assert (run.columns, sorted(run.usual_columns)) == ({"id": "VARCHAR"}, ["amount", "id"])
    diagnosis = diagnose_run(run)
    assert any("lost amount" in item.text for item in diagnosis.evidence)


def test_the_configured_columns_are_the_usual_ones_where_no_run_told_them(house: WatchHouse) -> None:
    _merge(house)
    names = [column.source for column in a_config(LOAD).columns]
    end = house.clock.now() - timedelta(minutes=1)
    plain = {"feed": LOAD, "run": "r1", "state": "failed", "finished_at": end.isoformat()}
    report = orjson.dumps(plain | {"columns": names[1:]})
    RunReceiver(house.intake, house.clock.now).receive("json", report, "loader")

    run = _asked(house)

    assert set(run.usual_columns) - set(run.columns) == {names[0]}


def test_reports_tell_what_a_feed_runs_on_until_a_configuration_does(house: WatchHouse) -> None:
    intake = RunReceiver(house.intake, house.clock.now)
    end = (house.clock.now() - timedelta(minutes=1)).isoformat()
    event = {
        "eventType": "COMPLETE",
        "eventTime": end,
        "run": {"runId": "r1"},
        "job": {"namespace": "lake", "name": LOAD},
        "inputs": [{"namespace": "sftp://partner", "name": "trades.csv"}],
        "outputs": [{"namespace": "postgres://lake:5432", "name": "gold.trades"}],
    }
    intake.receive("openlineage", orjson.dumps(event), "lineage")
    plain = {"feed": LOAD, "run": "r2", "state": "ok", "finished_at": end, "pool": "etl-2"}
    intake.receive("json", orjson.dumps(plain), "loader")

    told = _watched(house)
    assert (told.source, told.pool, told.databases) == ("sftp://partner", "etl-2", ("postgres://lake:5432",))

    _merge(house)
    assert (_watched(house).source, _watched(house).pool) == (a_config(LOAD).source.system, "etl-1")


def test_feeds_merged_before_a_fact_was_known_are_filled_in_once_at_the_start(house: WatchHouse) -> None:
    config = a_config(LOAD, tags=("pool:etl-1",), sla={"available_by": "07:00"})
    told = Proposal(feed=LOAD, yaml=dump(config).decode(), diff="")
    merged_at = house.clock.now()
    change = _change(merged_at).model_copy(
        update={"feed": LOAD, "proposal": house.stores.blobs.put(told.model_dump_json().encode())}
    )
    with house.transactions.writing() as uow:
        uow.changes.save(change)
        uow.feeds.save(FeedEntry(name=LOAD, owner="desk", change=change.id, updated_at=merged_at))
        uow.feeds.save(FeedEntry(name="gone_feed", commit="ab" * 20, updated_at=merged_at))

    filled = [fill_in_facts(house.stores) for _ in range(2)]

    assert filled == [1, 0]
    with house.transactions.reading() as uow:
        entry = uow.feeds.find(LOAD)
    assert entry is not None
    assert (entry.facts, entry.owner) == (facts_of(config), "desk")
    assert entry.facts.promised.startswith("07:00 ")


def test_who_hears_of_trouble_and_who_is_called_is_read_off_the_configuration() -> None:
    late = NotificationChannel(kind="chat", address="#fx-desk", events=("late", "drift"))
    drift = NotificationChannel(kind="mail", address="model@example.org", events=("drift",))
    said = Notification(
        channels=(late, drift),
        escalate_to="market-data",
        escalate_after_minutes=5,
        runbook="https://wiki.example.org/fx",
    )

    facts = facts_of(a_config(LOAD).model_copy(update={"notification": said}))

    assert [(one.kind, one.address) for one in facts.heard_at] == [("chat", "#fx-desk")]
    assert (facts.escalate_to, facts.escalate_after_minutes) == ("market-data", 5)
    assert facts.runbook == "https://wiki.example.org/fx"
