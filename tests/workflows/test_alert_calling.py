"""Who hears of an alert and who is called, on the real stores; time passes by moving the clock."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from temporalio import activity
from temporalio.worker import Worker

from activities.alerting import Alerting, AlertRef, AlertWhere
from activities.leavers import alerts_given_back
from bot.outward_rounds import Rounds
from bot.presenters.alerts import alert_card
from bot.presenters.notices import Stationery
from domain.configuration.changes import FeedEntry
from domain.identity.chat import Platform
from domain.identity.people import Person, Role, Way
from domain.ids import FeedName, PersonId, TeamId
from domain.running.feed_facts import FeedFacts, HeardAt
from domain.running.feeds import Criticality, Feed, Rhythm, Schedule
from domain.stories import StoryKind
from domain.telling.notices import NoticeState
from domain.telling.postings import Posting, View
from domain.watch.alert_policy import CallStep
from domain.watch.alert_rules import after_sweep
from domain.watch.alerts import Alert, AlertState, fingerprint_of
from domain.watch.predictions import Prediction, SuchMornings
from domain.watch.watching import Estimate, Swept, WatchedFeed
from runtime.wiring.serving import serving
from tests.audiences import an_audience_book
from tests.bot.desk_house import DeskHouse, place_of
from tests.domain.builders import a_person, an_alert
from tests.workflows.house import server
from workflows.alert import AlertWorkflow

FX = FeedName("fx_trades")
FEEDS, FX_DESK = place_of("web", "data-feeds"), place_of("web", "fx-desk")
STEPS = (
    CallStep(timedelta(minutes=15), Role.ON_CALL, (Way.MAIL,)),
    CallStep(timedelta(minutes=30), Role.LEAD, (Way.MAIL,)),
)


@dataclass
class Bell:
    """An alert of fx_trades that nobody acknowledges, and the activities around it."""

    folder: Path
    ways: frozenset[Way] = frozenset({Way.MAIL})
    facts: FeedFacts = field(default_factory=FeedFacts)
    quiet: tuple[time | None, time | None] = (None, None)

    def __post_init__(self) -> None:
        """Open the truth and raise the alert."""
        self.house = DeskHouse(self.folder)
        channels = {"data-feeds": (FEEDS,), "fx-desk": (FX_DESK,)}
        self.alerting = Alerting(
            an_audience_book(channels, STEPS, self.ways, self.quiet),
            card=lambda title, text, called=(): f"{title}: {text}",
            reading=self.house.transactions.reading,
            writing=self.house.transactions.writing,
            clock=self.house.clock,
            wake=lambda: None,
        )
        now = self.house.clock.now()
        told = {"fingerprint": fingerprint_of(FX, ""), "teams": ("desk",), "probability": 0.8, "peak": 0.8}
        alert = an_alert(now, **told)
        self.id = alert.id
        with self.house.transactions.writing() as uow:
            uow.feeds.save(FeedEntry(name=FX, owner="desk", facts=self.facts, updated_at=now))
            uow.alerts.save(alert)

    def announce(self) -> AlertWhere:
        """Post the card."""
        return self.alerting.announce_alert(AlertRef(id=self.id))

    def call(self, minutes: float) -> AlertWhere:
        """Let time pass and call whoever is next."""
        self.house.clock.at += timedelta(minutes=minutes)
        return self.alerting.call_people(AlertRef(id=self.id, step=self.alert().told))

    def alert(self) -> Alert:
        """Return the alert as it stands."""
        with self.house.transactions.reading() as uow:
            return uow.alerts.get(self.id)

    def said(self) -> list[str]:
        """Return what was said beside the card, oldest first."""
        return [one.card_json for one in self._postings() if one.view in (View.MESSAGE, View.CALL)]

    def shown_in(self) -> set[str]:
        """Return the channels that show the card."""
        return {one.place.channel for one in self._postings() if one.view is View.ALERT}

    def called(self) -> list[tuple[str, bool]]:
        """Return who was called, and whether anybody could hear it."""
        return [(call.whom, call.is_heard) for call in self.alert().calls]

    def _postings(self) -> list[Posting]:
        with self.house.transactions.reading() as uow:
            return uow.postings.due(self.house.clock.now(), 50, (Platform.WEB,))


def _with_mail(person: Person) -> Person:
    return person.model_copy(update={"email": f"{person.id}@example.org", "vouched": frozenset({Way.MAIL})})


@pytest.fixture
def bell(tmp_path: Path) -> Bell:
    bell = Bell(tmp_path)
    bell.house.knows(a_person("erin", Role.ON_CALL, team="desk"), "web")
    bell.house.knows(a_person("ben", Role.ON_CALL), "web")
    return bell


def test_the_team_is_called_first_and_all_in_the_role_later(bell: Bell) -> None:
    announced = bell.announce()
    assert announced.call_at == bell.house.clock.at + timedelta(minutes=15)

    where = bell.call(15)

    assert bell.called() == [("on call of desk", True)]
    assert bell.said() == ["Still open: Erin: nobody has acknowledged the alert of fx_trades yet."]
    assert where.call_at == bell.house.clock.at + timedelta(minutes=7.5)
    bell.call(7.5)
    assert bell.called()[1] == ("others on call", True)


def test_after_a_night_asleep_each_rung_has_its_time_to_answer(bell: Bell) -> None:
    bell.announce()

    where = bell.call(8 * 60)

    assert bell.called() == [("on call of desk", True)]
    assert where.call_at == bell.house.clock.at + timedelta(minutes=7.5)


class Quiet:
    """Two alerts: one in the quiet hours, and one that goes up and down for days."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.looks = 0

    @activity.defn
    async def look_at_alert(self, ref: AlertRef) -> AlertWhere:
        now = datetime.now(UTC)
        if ref.id == "restless":
            self.looks += 1
            return AlertWhere(is_open=self.looks < 12, state="closed", call_at=now)
        return AlertWhere(is_open=True, announce_at=now + timedelta(hours=9), call_at=now, step=1)

    @activity.defn
    async def announce_alert(self, ref: AlertRef) -> AlertWhere:
        self.did.append("announced")
        return AlertWhere(is_open=False, state="closed")

    @activity.defn
    async def call_people(self, ref: AlertRef) -> AlertWhere:
        assert ref.at is not None
        if ref.id == "restless":
            return await self.look_at_alert(ref)
        self.did.append(f"called {ref.step}")
        return AlertWhere(is_open=False, state="closed")


async def test_who_is_to_be_called_is_called_in_the_quiet_hours_and_a_long_history_begins_anew() -> None:
    quiet = Quiet()
    async with (
        server("limit.historyCount.suggestContinueAsNew=20") as environment,
        serving(
            Worker(
                environment.client,
                task_queue="alerts",
                workflows=[AlertWorkflow],
                activities=[quiet.look_at_alert, quiet.announce_alert, quiet.call_people],
            )
        ),
    ):
        for name in ("quiet", "restless"):
            await environment.client.execute_workflow(
                AlertWorkflow.run, AlertRef(id=name), id=f"alert/{name}", task_queue="alerts"
            )
        newest = await environment.client.get_workflow_handle("alert/restless").describe()

    assert quiet.did == ["called 1"]
    assert newest.history_length < 40, "twelve looks are more than eighty events"


def test_a_place_that_joined_in_the_quiet_hours_gets_no_card_before_their_end(tmp_path: Path) -> None:
    bell = Bell(tmp_path, quiet=(time(22), time(7)))
    bell.house.clock.at = datetime(2026, 11, 22, 23, tzinfo=UTC)

    where = bell.announce()

    assert bell.shown_in() == set()
    assert where.announce_at == datetime(2026, 11, 23, 7, tzinfo=UTC)
    bell.house.clock.at = datetime(2026, 11, 23, 7, tzinfo=UTC)
    bell.announce()
    assert bell.shown_in() == {"data-feeds"}


def test_what_came_and_went_in_the_quiet_hours_is_told_only_if_it_comes_again(tmp_path: Path) -> None:
    bell = Bell(tmp_path, quiet=(time(22), time(7)))
    bell.house.clock.at = datetime(2026, 11, 23, 7, tzinfo=UTC)

    def stands(state: AlertState) -> AlertWhere:
        with bell.house.transactions.writing() as uow:
            uow.alerts.save(bell.alert().model_copy(update={"state": state}))
        return bell.announce()

    calm = stands(AlertState.BACK_ON_TRACK)
    assert (calm.is_open, calm.announce_at, bell.shown_in()) == (True, None, set())

    stands(AlertState.RAISED)
    assert bell.shown_in() == {"data-feeds"}
    stands(AlertState.BACK_ON_TRACK)
    assert bell.shown_in() == {"data-feeds"}, "a card that was told stays"


def test_runs_that_are_missing_since_a_sender_was_silent_in_the_quiet_hours_are_told_after_them(
    tmp_path: Path,
) -> None:
    bell = Bell(tmp_path, quiet=(time(22), time(7)))
    bell.house.clock.at = datetime(2026, 11, 23, 7, tzinfo=UTC)
    speaks_again = {"state": AlertState.BACK_ON_TRACK, "sender": "airflow\njson"}
    with bell.house.transactions.writing() as uow:
        uow.alerts.save(bell.alert().model_copy(update=speaks_again))

    bell.announce()

    assert bell.shown_in() == {"data-feeds"}


def test_when_nobody_is_left_to_hear_the_next_are_called_in_the_same_step(bell: Bell) -> None:
    bell.announce()
    bell.call(15)
    bell.call(7.5)

    where = bell.call(7.5)

    assert bell.called()[2] == ("lead", False)
    assert where.call_at is None, "two rungs were heard, so the ladder ends here"
    assert "I could reach nobody: lead (nobody there)" in bell.said()[-1]
    shown = {fact.label: fact.value for fact in alert_card(bell.alert(), {}, bell.house.clock.at).facts}
    assert "lead: not reached, nobody there" in shown["Called"]


def test_an_account_elsewhere_and_an_unconfirmed_address_are_nobody(tmp_path: Path) -> None:
    bell = Bell(tmp_path)
    away = a_person("lea", Role.LEAD).model_copy(update={"email": "lea@example.org"})
    bell.house.knows(away, "slack")
    bell.announce()

    where = bell.call(15)

    assert bell.called() == [("on call", False), ("lead", False), ("everybody who might help", False)]
    assert where.call_at is None
    (said,) = bell.said()
    assert "I could reach nobody" in said
    assert "no account here and no confirmed address" in said
    assert "It waits here for whoever reads this" in said


def test_who_is_reached_by_mail_alone_is_heard_until_the_mail_fails(tmp_path: Path) -> None:
    bell = Bell(tmp_path)
    bell.house.knows(_with_mail(a_person("erin", Role.ON_CALL, team="desk")))
    bell.house.knows(a_person("lea", Role.LEAD), "web")
    bell.announce()
    waits = bell.call(15)
    assert (bell.called(), waits.call_at) == (
        [("on call of desk", True)],
        bell.house.clock.at + timedelta(minutes=15),
    )

    with bell.house.transactions.writing() as uow:
        (notice,) = [one for one in uow.notices.about(bell.alert().subject) if one.person == "erin"]
    rounds = _rounds(bell)
    (job,) = rounds.claim({Way.MAIL: 1}, 1)
    rounds.note_sending(job, None, "the relay refused it", is_final=True)  # type: ignore[arg-type]
    with bell.house.transactions.reading() as uow:
        kept = {one.key: one for one in uow.notices.about(bell.alert().subject)}[notice.key]
        nudges = [call for call in uow.stories.due(bell.house.clock.now(), 9) if call.kind is StoryKind.ALERT]
    assert (kept.state, [call.subject_id for call in nudges]) == (NoticeState.GIVEN_UP, [bell.id])

    assert bell.alerting.look_at_alert(AlertRef(id=bell.id)).call_at <= bell.house.clock.now()  # type: ignore[operator]
    bell.call(0)

    assert bell.called() == [("on call of desk", False), ("lead", True)]


def test_the_configuration_decides_where_and_who_and_what_it_names_wrongly_is_said_once(
    tmp_path: Path,
) -> None:
    heard = (HeardAt(kind="chat", address="#fx-desk"), HeardAt(kind="chat", address="fx-dsk"))
    bell = Bell(tmp_path, facts=FeedFacts(heard_at=heard, escalate_to="sam", escalate_after_minutes=5))
    bell.house.knows(a_person("erin", Role.ON_CALL, team="desk"), "web")

    announced = bell.announce()
    bell.announce()
    bell.call(5)

    assert bell.shown_in() == {"fx-desk"}
    assert announced.call_at == bell.house.clock.at
    assert bell.called() == [("Sam", True)]
    amiss = [text for text in bell.said() if "I can't follow it" in text]
    assert len(amiss) == 1
    assert "there is no channel fx-dsk here" in amiss[0]


def test_an_acknowledgement_ends_the_calls_and_a_snooze_begins_them_anew(bell: Bell) -> None:
    bell.announce()
    bell.call(15)
    with bell.house.transactions.writing() as uow:
        until = bell.house.clock.at
        uow.alerts.save(bell.alert().model_copy(update={"snoozed_until": until}))

    bell.house.clock.at -= timedelta(seconds=20)  # the clock of the machine that acts is behind
    awake = bell.alerting.call_people(AlertRef(id=bell.id, step=-1, at=until))

    assert "Still open: Erin: the alert of fx_trades still stands." in " ".join(bell.said())
    assert awake.call_at == bell.house.clock.at + timedelta(minutes=22.5)
    with bell.house.transactions.writing() as uow:
        uow.alerts.save(bell.alert().model_copy(update={"acknowledged_by": "erin"}))
    assert bell.alerting.look_at_alert(AlertRef(id=bell.id)).call_at is None


def _rounds(bell: Bell) -> Rounds:
    return Rounds(
        bell.ways,
        Stationery("https://dogwatch.example.org", lambda text: text),
        code=lambda uow, notice: "",
        reading=bell.house.transactions.reading,
        writing=bell.house.transactions.writing,
        clock=bell.house.clock,
    )


def test_the_team_that_gets_the_feed_has_its_own_time_before_others_are_called(bell: Bell) -> None:
    bell.house.knows(a_person("kim", Role.ON_CALL, team="risk"), "web")
    bell.announce()
    bell.call(15)

    now = bell.house.clock.at = bell.house.clock.at + timedelta(minutes=5)
    feed = Feed(FX, TeamId("risk"), Schedule(Rhythm.DAILY, at_minute=390))
    told = Prediction(FX, now, ((60, 0.8),), None, (), SuchMornings(0, 0), "m1")
    found = Estimate(WatchedFeed(feed, 0.3, True), told, None, None, None, None, None)
    changes = after_sweep([bell.alert()], Swept(now, (found,), (), "m1", 0.0), {})
    with bell.house.transactions.writing() as uow:
        uow.alerts.save(changes.alerts[bell.id])
    where = bell.call(15)

    assert bell.called() == [("on call of desk", True), ("on call of risk", True)]
    assert bell.said()[-1] == "Still open: Kim: nobody has acknowledged the alert of fx_trades yet."
    assert where.call_at == bell.house.clock.at + timedelta(minutes=7.5)


def test_an_alert_of_somebody_who_left_calls_people_anew(bell: Bell) -> None:
    bell.house.knows(a_person("kim", Role.ON_CALL, team="desk"), "web")
    bell.announce()
    bell.call(15)
    _has(bell, "erin")
    bell.house.clock.at += timedelta(hours=2)
    _leaves(bell, "erin")

    _gives_back(bell)
    where = bell.alerting.look_at_alert(AlertRef(id=bell.id))

    assert bell.alert().acknowledged_by is None
    assert where.call_at == bell.house.clock.at + timedelta(minutes=15)
    bell.call(15)
    assert bell.said()[-1] == "Still open: Kim: nobody has acknowledged the alert of fx_trades yet."


def test_an_alert_of_somebody_who_is_here_stays_theirs(bell: Bell) -> None:
    bell.announce()
    _has(bell, "erin")
    _leaves(bell, "ben")

    before = bell.alert()
    _gives_back(bell)

    assert bell.alert() == before


def _has(bell: Bell, person: str) -> None:
    with bell.house.transactions.writing() as uow:
        has = {"acknowledged_by": PersonId(person), "acknowledged_at": bell.house.clock.at}
        uow.alerts.save(bell.alert().model_copy(update=has))


def _leaves(bell: Bell, person: str) -> None:
    with bell.house.transactions.writing() as uow:
        uow.people.save(uow.people.get(PersonId(person)).model_copy(update={"is_active": False}))


def _gives_back(bell: Bell) -> None:
    with bell.house.transactions.writing() as uow:
        alerts_given_back(uow, uow.alerts.hold_open(), bell.house.clock.at)


def test_a_call_that_goes_out_of_the_house_says_why_in_sentences(tmp_path: Path) -> None:
    bell = Bell(tmp_path)
    bell.house.knows(_with_mail(a_person("erin", Role.ON_CALL, team="desk")))
    said = {"reasons": ("its source file is 40 min late", "3 times fewer rows than usual")}
    with bell.house.transactions.writing() as uow:
        uow.alerts.save(bell.alert().model_copy(update=said))

    bell.announce()
    bell.call(15)

    with bell.house.transactions.reading() as uow:
        (notice,) = uow.notices.about(bell.alert().subject)
    assert notice.text == (
        "Nobody has acknowledged it yet. Its source file is 40 min late; 3 times fewer rows than usual"
    )


def test_nobody_is_called_in_the_quiet_hours_of_a_card_that_stood_before_and_each_rung_has_its_time_then(
    tmp_path: Path,
) -> None:
    bell = Bell(tmp_path, quiet=(time(22), time(6)))
    bell.house.knows(_with_mail(a_person("erin", Role.ON_CALL, team="desk")))
    bell.house.clock.at = datetime(2026, 11, 22, 21, 50, tzinfo=UTC)
    morning = datetime(2026, 11, 23, 6, tzinfo=UTC)

    announced = bell.announce()
    bell.house.clock.at = datetime(2026, 11, 22, 23, tzinfo=UTC)
    by_night = bell.alerting.look_at_alert(AlertRef(id=bell.id))
    bell.house.clock.at = morning
    called = bell.call(0)

    assert (announced.call_at, by_night.call_at) == (morning, morning)
    assert bell.called() == [("on call of desk", True)]
    assert called.call_at == morning + timedelta(minutes=15)


def test_of_a_critical_feed_people_are_called_at_any_hour(tmp_path: Path) -> None:
    bell = Bell(tmp_path, quiet=(time(22), time(6)))
    with bell.house.transactions.writing() as uow:
        uow.alerts.save(bell.alert().model_copy(update={"criticality": Criticality.CRITICAL}))
    bell.house.clock.at = datetime(2026, 11, 22, 23, tzinfo=UTC)

    assert bell.announce().call_at == bell.house.clock.at + timedelta(minutes=15)
