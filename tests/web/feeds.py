"""Feeds under watch for the pages: as many as wanted, with runs, estimates, quality and an alert."""

from datetime import datetime, timedelta

from domain.errands import DeliveryState
from domain.ids import FeedName, RunId, TeamId
from domain.ports.run_intake import RunEvent
from domain.running.feeds import Criticality, Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.alerts import Alert, alert_id, fingerprint_of
from domain.watch.feed_health import (
    CardScore,
    FeedHealth,
    Light,
    MismatchPoint,
    QualityPoint,
    ReconciliationPoint,
    ScorecardView,
    ScoreRow,
)
from domain.watch.oddities import FeedOddities, OddPoint, Series
from tests.web.house import WebHouse

TEAMS = ("market-data", "payments", "risk", "reference")


def add_feeds(house: WebHouse, count: int = 3) -> list[str]:
    """Watch so many feeds: every tenth is in trouble, every fifth at risk; return their names."""
    now = house.clock.now()
    names = [f"{TEAMS[number % 4].replace('-', '_')}_{number:03d}" for number in range(count)]
    feeds = [_feed(name, names, number) for number, name in enumerate(names)]
    with house.transactions.writing() as uow:
        uow.watched.keep(feeds, now)
        uow.watched.show([_health(names, number, now) for number in range(count)], now)
        uow.alerts.save(_alert(names[0], now))
        uow.watched.note_oddities([_oddities(names[0], now)])
        for day in range(8):
            at = now - timedelta(days=8 - day)
            point = QualityPoint(measured_at=at, overall=92.0 - day, dimensions={"validity": 90.0})
            uow.quality.save_score(f"{names[0]}-{day}", FeedName(names[0]), point, DeliveryState.RELEASED, at)
        found = ReconciliationPoint(
            id="r1",
            business_date="2026-11-21",
            at=now,
            state="done",
            source_rows=1204,
            target_rows=1200,
            matched_rows=1200,
            mismatches=(MismatchPoint(kind="late rows", rows=4),),
        )
        uow.quality.save_reconciliation(FeedName(names[0]), found, now)
        uow.runs.merge([event for name in names[:3] for event in _runs(name, now)], now)
    return names


def add_scorecard(house: WebHouse) -> ScorecardView:
    """Keep a scorecard of some weeks and return it."""
    now = house.clock.now()
    told = CardScore(
        cards=23,
        right=14,
        wrong=6,
        neither=1,
        precision=0.7,
        troubles=31,
        foretold=16,
        unheard=4,
        recall=16 / 31,
        lead_minutes=(12.0, 38.0, 57.0),
        cards_a_week=5.4,
    )
    shadow = CardScore(
        cards=61,
        right=21,
        wrong=38,
        precision=21 / 59,
        troubles=40,
        foretold=19,
        recall=19 / 40,
        cards_a_week=14.2,
    )
    bins = tuple((share / 12, share / 11, 13_440) for share in range(10))
    row = ScoreRow(
        scope="all feeds",
        told=told,
        shadow=shadow,
        questions=134_400,
        came_true=912,
        brier=0.0058,
        brier_skill=0.14,
        reliability=bins,
    )
    parts = [row.model_copy(update={"scope": name}) for name in ("market-data", "payments", "no team")]
    tested = row.model_copy(update={"basis": "backtest", "shadow": CardScore()})
    view = ScorecardView(
        overall=row,
        teams=tuple(parts),
        feeds=tuple(parts[:1]),
        since=now - timedelta(days=30),
        measured_at=now,
    )
    with house.transactions.writing() as uow:
        uow.forecasts.keep_scorecard("live", view, now)
        uow.forecasts.keep_scorecard("backtest", ScorecardView(overall=tested, model="failures-1"), now)
    return view


def _oddities(name: str, now: datetime) -> FeedOddities:
    slow = OddPoint(series=Series.DURATION, at=now - timedelta(days=9) + timedelta(minutes=83), times=3.6)
    few = OddPoint(series=Series.ROWS, at=now - timedelta(days=1) + timedelta(minutes=25), times=0.31)
    return FeedOddities(feed=FeedName(name), until=now, points=(slow, few))


def _feed(name: str, names: list[str], number: int) -> Feed:
    upstreams = (FeedName(names[number // 2]),) if number else ()
    return Feed(
        name=FeedName(name),
        team=TeamId(TEAMS[number % 4]),
        schedule=Schedule(Rhythm.DAILY, at_minute=(number * 7) % 1440),
        criticality=Criticality.HIGH if number % 10 == 0 else Criticality.NORMAL,
        upstreams=upstreams,
        impact="desk reports wait" if number % 10 == 0 else "",
    )


def _health(names: list[str], number: int, now: datetime) -> FeedHealth:
    state = Light.RED if number % 10 == 0 else Light.YELLOW if number % 5 == 0 else Light.GREEN
    share = {Light.RED: 0.82, Light.YELLOW: 0.41, Light.GREEN: 0.02}[state]
    return FeedHealth(
        name=names[number],
        upstreams=(names[number // 2],) if number else (),
        team=TEAMS[number % 4],
        criticality="high" if number % 10 == 0 else "normal",
        impact="desk reports wait" if number % 10 == 0 else "",
        state=state,
        why="" if state is Light.GREEN else "the source file is 40 minutes late",
        probability=share,
        within=((30, share / 2), (45, share * 0.8), (60, share)),
        threshold=0.35,
        reasons=("source file 40 min late", "3 times smaller than usual"),
        record_wrong=82,
        record_asked=100,
        next_due=now + timedelta(minutes=15 + number % 400),
        overdue_at=now + timedelta(minutes=45 + number % 400),
        finish_early=now + timedelta(minutes=20),
        finish_middle=now + timedelta(minutes=30),
        finish_late=now + timedelta(minutes=70),
        quality=91.0,
        model="model-1",
        measured_at=now,
    )


def _runs(name: str, now: datetime) -> list[RunEvent]:
    events = []
    for day in range(30):
        begun = now - timedelta(days=30 - day)
        minutes = 20 + (day * 7) % 9 + (60 if day == 21 else 0)
        run = Run(
            feed=FeedName(name),
            run=RunId(f"{name}-{day}"),
            seen_at=begun + timedelta(minutes=minutes),
            outcome=Outcome.FAILED if day == 21 else Outcome.OK,
            scheduled_at=begun,
            started_at=begun,
            finished_at=begun + timedelta(minutes=minutes),
            rows_written=1000 + day,
            error_class="SourceTimeout <script>alert(1)</script>" if day == 21 else "",
        )
        events.append(RunEvent(run=run, source="test", dialect="json"))
    return events


def _alert(name: str, now: datetime) -> Alert:
    return Alert(
        id=alert_id(FeedName(name), now),
        fingerprint=fingerprint_of(FeedName(name), "source file late"),
        root=FeedName(name),
        team=TeamId(TEAMS[0]),
        criticality=Criticality.HIGH,
        probability=0.82,
        peak=0.86,
        threshold=0.35,
        reasons=("its source file is 40 min late",),
        opened_at=now,
        announced_at=now,
        updated_at=now,
        raised_at=now,
    )
