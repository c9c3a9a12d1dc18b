"""The buttons of an alert at the desk: two at once, somebody without the right, a card that is over."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cards.model import Action, Reply
from bot.presenters.alert_actions import alert_actions
from bot.presenters.alerts import alert_card
from bot.presenters.drawing import Drawing
from bot.presenters.sentences import stored_sentence
from domain.identity.chat import Incoming, IncomingKind
from domain.identity.people import Role
from domain.ids import FeedName, RunId
from domain.investigation.incidents import EntryKind
from domain.ports.run_intake import RunEvent
from domain.remediation.runbooks import IncidentType
from domain.running.runs import Outcome, Run
from domain.stories import StoryKind
from domain.telling.postings import View
from domain.watch.alert_remedies import REMEDIES, advice_for, troubles_of
from domain.watch.alerts import Alert, AlertState, sender_fingerprint
from domain.watch.causes import cause_of
from domain.watch.predictions import Verdict
from tests.bot.desk_house import account_of, place_of, whispered
from tests.bot.mending import Mending, planner
from tests.domain.builders import a_person, a_posting, an_alert

FX = FeedName("fx_trades")
_KEYS = itertools.count(1)


@pytest.fixture
def house(tmp_path: Path) -> Mending:
    started = Mending(tmp_path)
    started.knows(a_person("ann", Role.ADMINISTRATOR), "web")
    return started


def _keep(house: Mending, **facts: object) -> Alert:
    at = house.clock.at - timedelta(minutes=20)
    alert = an_alert(at, **{"due_at": at + timedelta(hours=1), "announced_at": at} | facts)
    with house.transactions.writing() as uow:
        uow.alerts.save(alert)
    return alert


def _now(house: Mending, alert: Alert) -> Alert:
    with house.transactions.reading() as uow:
        return uow.alerts.get(alert.id)


def _press(house: Mending, person: str, card: Alert, verb: str) -> Reply:
    """Press a button as the card had it when it was drawn."""
    action = next((one for one in alert_actions(card) if one.verb == verb), None)
    action = action or Action(verb=verb, label="x", subject=card.subject)
    return house.act(
        Incoming(
            key=f"press:{next(_KEYS)}",
            kind=IncomingKind.PRESS,
            account=account_of(person, "web"),
            place=place_of("web"),
            at=house.clock.at,
            token=house.mint(action, place_of("web")),
        )
    )


def test_the_second_of_two_who_acknowledge_reads_who_has_it(house: Mending) -> None:
    alert = _keep(house)

    assert "You have the alert" in whispered(_press(house, "erin", alert, "alert.acknowledge"))

    assert "Erin has it already" in whispered(_press(house, "sam", alert, "alert.acknowledge"))
    assert "You have it already" in whispered(_press(house, "erin", alert, "alert.acknowledge"))


def test_somebody_takes_over_and_the_second_who_does_reads_who_was_first(house: Mending) -> None:
    _press(house, "erin", alert := _keep(house), "alert.acknowledge")
    taken = _now(house, alert)
    assert "Take over" in [one.label for one in alert_actions(taken)]

    _press(house, "sam", taken, "alert.take_over")

    assert "Sam has it already" in whispered(_press(house, "max", taken, "alert.take_over"))
    assert _now(house, alert).acknowledged_by == "sam"


def test_two_who_extend_at_once_extend_it_once(house: Mending) -> None:
    alert = _keep(house)

    _press(house, "erin", alert, "alert.extend")
    once = _now(house, alert).extended_until
    refused = whispered(_press(house, "sam", alert, "alert.extend"))

    assert "extended a moment ago" in refused
    assert _now(house, alert).extended_until == once == house.clock.at + timedelta(minutes=70)
    _press(house, "sam", _now(house, alert), "alert.extend")
    assert _now(house, alert).extended_until == house.clock.at + timedelta(minutes=100)


def test_a_snooze_over_the_hour_that_comes_twice_says_which_one_it_means(house: Mending) -> None:
    house.clock.at = datetime(2026, 10, 25, 0, 40, tzinfo=UTC)  # 01:40 in London, and an hour later again
    alert = _keep(house, zone="Europe/London")

    told = whispered(_press(house, "erin", alert, "alert.snooze"))

    assert "until 01:40 GMT Europe/London" in told
    assert _now(house, alert).snoozed_until == house.clock.at + timedelta(hours=1)


def test_a_snooze_can_be_ended_before_its_time(house: Mending) -> None:
    alert = _keep(house)
    assert "until 13:00 UTC" in whispered(_press(house, "erin", alert, "alert.snooze"))
    snoozed = _now(house, alert)
    assert "alert.snooze" not in [one.verb for one in alert_actions(snoozed)]

    _press(house, "sam", snoozed, "alert.wake")

    assert (_now(house, alert).snoozed_until, _now(house, alert).resumed_at) == (None, house.clock.at)
    assert "over already" in whispered(_press(house, "erin", snoozed, "alert.wake"))


@pytest.mark.parametrize(
    "verb",
    [
        "alert.acknowledge",
        "alert.snooze",
        "alert.extend",
        "alert.expected",
        "alert.mute",
        "incident.open",
        "fix.open",
    ],
)
def test_a_press_on_a_card_that_is_over_says_how_it_ended(house: Mending, verb: str) -> None:
    open_card = _keep(house)
    ended = {"state": AlertState.CLOSED, "outcome": Verdict.DID_NOT_HAPPEN, "sentence": "It did not happen."}
    with house.transactions.writing() as uow:
        uow.alerts.save(open_card.model_copy(update=ended))

    said = whispered(_press(house, "erin", open_card, verb))

    assert "over already. It did not happen" in said
    assert _now(house, open_card).state is AlertState.CLOSED


@pytest.mark.parametrize("verb", ["alert.acknowledge", "alert.mute", "alert.take_over", "fix.open"])
def test_who_may_not_is_told_who_may(house: Mending, verb: str) -> None:
    alert = _keep(house)

    said = whispered(_press(house, "ann", alert, verb))

    assert "Not yours to do" in said
    assert "on call" in said
    assert _now(house, alert) == alert


@pytest.mark.parametrize("verb", ["alert.mute", "alert.expected"])
def test_what_was_silenced_is_told_again_from_its_own_card(house: Mending, verb: str) -> None:
    alert = _keep(house, cause="its source file is late")
    (mute,) = [one for one in alert_actions(alert) if one.verb == "alert.mute"]
    assert "its source file is late" in mute.confirm

    _press(house, "erin", alert, verb)
    silenced = _now(house, alert)
    assert "this is over" not in alert_card(silenced, {}, house.clock.at).lead
    _press(house, "sam", silenced, "alert.unmute")

    with house.transactions.reading() as uow:
        assert uow.alerts.mutes(house.clock.at) == {}
        assert StoryKind.WATCH in [call.kind for call in uow.stories.due(house.clock.at, 20)], "it looks now"
    heard = _now(house, alert)
    assert "Sam undid it" in heard.sentence
    assert "alert.unmute" not in [one.verb for one in alert_actions(heard)]


def test_a_cause_is_muted_for_all_feeds_of_its_card(house: Mending) -> None:
    reasons = ("its last run failed", "its source answers 5.6 times slower than usual")
    alert = _keep(house, cause=cause_of(reasons[1]), reasons=reasons, dependants=(FeedName("fx_rates"),))

    said = whispered(_press(house, "erin", alert, "alert.mute"))

    assert "nor about the feeds on its card that share it" in said
    with house.transactions.reading() as uow:
        (mute,) = uow.alerts.mutes(house.clock.at).values()
    assert (mute.sharing, mute.seen) == (("fx_rates",), tuple(map(cause_of, reasons)))
    assert "The same holds for the feeds on this card" in _now(house, alert).sentence


@pytest.mark.parametrize("verb", ["alert.mute", "alert.expected"])
def test_a_silent_sender_is_hushed_with_the_feeds_of_its_card(house: Mending, verb: str) -> None:
    sender = "prod\nairflow"
    silent = {
        "sender": sender,
        "fingerprint": sender_fingerprint(sender),
        "dependants": (FeedName("fx_rates"),),
    }
    alert = _keep(house, state=AlertState.HAPPENED, cause="nothing was heard from prod (Airflow)", **silent)

    said = whispered(_press(house, "erin", alert, verb))

    assert "about prod (Airflow)" in said
    with house.transactions.reading() as uow:
        (mute,) = uow.alerts.mutes(house.clock.at).values()
    assert (mute.fingerprint, mute.feeds) == (alert.fingerprint, (FX, FeedName("fx_rates")))
    assert mute.about == "prod (Airflow)"
    (again,) = alert_actions(_now(house, alert))
    assert again.label == "Tell about prod (Airflow) again"
    _press(house, "sam", _now(house, alert), "alert.unmute")
    with house.transactions.reading() as uow:
        assert uow.alerts.mutes(house.clock.at) == {}


@pytest.mark.proves("D6")
@pytest.mark.parametrize("verb", ["alert.acknowledge", "alert.snooze", "alert.expected", "alert.mute"])
def test_a_senders_name_draws_nothing_in_an_answer(house: Mending, verb: str) -> None:
    sender = "**pay** `now` {x}\nairflow"
    alert = _keep(
        house,
        state=AlertState.HAPPENED,
        sender=sender,
        fingerprint=sender_fingerprint(sender),
        cause="silent",
    )

    (card,) = _press(house, "erin", alert, verb).whispers

    assert "about **pay** `now` {x} (Airflow)" in card.plain or "of **pay** `now` {x} (Airflow)" in card.plain


def test_whoever_opens_an_incident_hears_where_it_is(house: Mending) -> None:
    alert = _keep(house, probability=0.1, lateness=0.0)

    told = whispered(_press(house, "sam", alert, "incident.open"))

    assert "is open: fx_trades may fail" in told, "no surer than the estimate"
    house.clock.at += timedelta(minutes=1)
    assert "was open already" in whispered(_press(house, "erin", alert, "incident.open"))
    with house.transactions.reading() as uow:
        (incident,) = uow.incidents.every_open()
        told = [line.text for line in uow.timeline.of(incident.id) if line.kind is EntryKind.ALERT]
    assert len(told) == 1, "one alert is one line, however often it is pressed"


def test_once_it_is_back_on_track_there_is_little_to_press(house: Mending) -> None:
    calm = _keep(house, state=AlertState.BACK_ON_TRACK)

    assert [one.verb for one in alert_actions(calm)] == ["alert.mute"]


@pytest.mark.parametrize(
    ("reason", "runbook"),
    [
        ("its source refuses 40% of connections", "use-standby-source"),
        ("its source file is 40 min late", "extend-deadline"),
        (
            "its 06:30 UTC run is still running, 12 minutes before it counts as late at 07:00 UTC",
            "restart-stuck-run",
        ),
        ("its last run failed", "rerun-run"),
        ("its last run rejected 4.0 times more rows than usual", "accept-new-columns"),
        ("an upstream failed within the last six hours", "extend-deadline"),
    ],
)
def test_fix_offers_what_fits_the_reason(house: Mending, reason: str, runbook: str) -> None:
    alert = _keep(house, reasons=(reason,), lateness=0.6)

    _press(house, "erin", alert, "fix.open")

    fix = house.fix()
    assert fix.subject_name == "feed/fx_trades"
    assert fix.options[0].runbook == runbook


def test_fix_fills_in_the_run_the_later_deadline_and_what_readers_should_know(house: Mending) -> None:
    run = Run(FX, RunId("r7"), house.clock.at, Outcome.RUNNING, started_at=house.clock.at)
    with house.transactions.writing() as uow:
        uow.runs.merge([RunEvent(run, source="test", dialect="json")], house.clock.at)
    alert = _keep(house, reasons=("its source file is 40 min late",), lateness=0.6)

    _press(house, "erin", alert, "fix.open")

    offered = {option.runbook: option.suggested for option in house.fix().options}
    assert offered["extend-deadline"] == {
        "feed": "fx_trades",
        "deadline": "2026-11-22T13:40:00+00:00",
        "text": "fx_trades will probably be late: its source file is 40 min late.",
    }
    assert house.fix().trouble.facts["run"] == "r7"


def test_without_a_target_the_answer_is_what_people_can_do_themselves(house: Mending) -> None:
    alert = _keep(house, root=FeedName("elsewhere"), reasons=("its source refuses 40% of connections",))

    said = whispered(_press(house, "erin", alert, "fix.open"))

    assert "no target for elsewhere" in said
    assert "check the source" in said


def test_every_kind_of_trouble_that_a_reason_means_has_a_runbook() -> None:
    served = {kind for runbook in planner().runbooks() for kind in runbook.serves}

    known = {runbook.id for runbook in planner().runbooks()}
    assert {kind for remedy in REMEDIES for kind in remedy.troubles} <= served
    assert {name for remedy in REMEDIES for name in remedy.runbooks} <= known


def test_the_strongest_reason_decides_what_helps_first(house: Mending) -> None:
    reasons = ("its source refuses 40% of connections", "its last run needed 4 retries", "it is often late")

    assert advice_for(reasons)[0].startswith("check the source's connectivity")
    assert troubles_of(_keep(house, reasons=reasons))[0] is IncidentType.SOURCE_DOWN


def test_who_is_called_takes_it_on_the_message_that_calls(house: Mending) -> None:
    alert = _keep(house)
    said = stored_sentence("Still open", "Erin: nobody has acknowledged the alert of fx_trades yet.")
    posting = a_posting(View.CALL, alert.subject, place_of("web"), house.clock.at, card=said)
    draw = Drawing(house.blobs).draw

    with house.transactions.reading() as uow:
        calling = draw(posting, uow)
    _press(house, "erin", alert, "alert.acknowledge")
    with house.transactions.reading() as uow:
        taken = draw(posting, uow)

    assert [one.label for one in calling.actions] == ["Acknowledge", "Snooze 1 h", "Fix"]
    assert (taken.title, taken.actions) == ("Taken", ())
    assert "Erin** has the alert" in taken.lead


def test_who_says_of_an_alert_what_another_said_or_says_it_too_soon_reads_that(house: Mending) -> None:
    alert = _keep(house)
    early = whispered(_press(house, "erin", alert, "alert.no_trouble"))
    with house.transactions.writing() as uow:
        over = {"state": AlertState.CLOSED, "outcome": Verdict.HAPPENED, "sentence": "It happened."}
        uow.alerts.save(uow.alerts.get(alert.id).model_copy(update=over))

    first = whispered(_press(house, "erin", alert, "alert.no_trouble"))
    second = whispered(_press(house, "sam", alert, "alert.no_trouble"))

    assert "It is not over yet." in early
    assert "it was no trouble" in first
    assert "That stands already. Erin says: it was no trouble." in second
