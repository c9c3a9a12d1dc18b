"""The card of an alert: its sentence, its buttons, and that every platform draws it whole."""

import json
from datetime import UTC, datetime, timedelta

from bot.cards import adaptive, blockkit, plain
from bot.cards.model import Tone
from bot.presenters.alerts import alert_card
from domain.identity.people import Role
from domain.ids import FeedName, PersonId, TeamId
from domain.watch.alerts import Alert, AlertState, Ending, alert_id, fingerprint_of
from domain.watch.predictions import Verdict
from tests.bot.cards.builders import a_fixed_ink
from tests.domain.builders import a_person

NOW = datetime(2026, 11, 22, 5, 45, tzinfo=UTC)
FX = FeedName("fx_trades")


def _alert(**facts: object) -> Alert:
    told = {
        "id": alert_id(FX, NOW),
        "fingerprint": fingerprint_of(FX, ""),
        "root": FX,
        "team": TeamId("desk"),
        "probability": 0.8,
        "peak": 0.8,
        "threshold": 0.3,
        "record_wrong": 82,
        "record_asked": 100,
        "reasons": (
            "it should have started 40 minutes ago",
            "its last run brought 3.0 times fewer rows than usual",
        ),
        "due_at": NOW + timedelta(minutes=45),
        "opened_at": NOW,
        "updated_at": NOW,
        "raised_at": NOW,
    }
    return Alert.model_validate(told | facts)


def test_the_card_says_what_when_how_sure_why_and_what_helps() -> None:
    card = alert_card(_alert(), {}, NOW)

    assert card.lead == (
        "**fx_trades** will probably miss its 06:30 UTC load: I put it at 80%, and of 100 such estimates"
        " before 82 came true. About 45 min left."
    )
    assert card.sections[0].text.startswith("It should have started 40 minutes ago")
    assert "scheduler" in card.sections[1].text
    assert [action.verb for action in card.actions] == [
        "alert.acknowledge",
        "alert.snooze",
        "alert.extend",
        "incident.open",
        "fix.open",
        "alert.expected",
        "alert.mute",
    ]
    subjects = {action.verb: action.subject for action in card.actions}
    assert subjects["fix.open"].startswith("alert/")
    assert subjects["incident.open"].startswith("alert/")


def test_the_words_are_as_sure_as_the_estimate() -> None:
    likely = _alert(probability=0.3, record_wrong=0, record_asked=0)
    low = _alert(probability=0.04, record_wrong=3, record_asked=900)

    assert alert_card(likely, {}, NOW).title == "fx_trades may well fail"
    assert alert_card(low, {}, NOW).lead.startswith(
        "**fx_trades** may miss its 06:30 UTC load: I put it at 4%, and of 100 such estimates before"
        " fewer than 1 came true."
    )


def test_a_run_that_is_due_in_the_evening_is_not_what_the_next_hour_is_about() -> None:
    evening = NOW + timedelta(hours=20)

    card = alert_card(_alert(due_at=evening, overdue_at=evening), {}, NOW)

    assert card.lead == (
        "**fx_trades** will probably fail within the hour: I put it at 80%, and of 100 such estimates"
        " before 82 came true."
    )


def test_a_late_run_is_named_with_the_time_of_its_own_zone() -> None:
    late = {"lateness": 0.8, "zone": "Europe/Zurich", "overdue_at": NOW + timedelta(minutes=25)}

    due = alert_card(_alert(due_at=NOW - timedelta(minutes=15), **late), {}, NOW)
    unplanned = alert_card(_alert(due_at=None, **late), {}, NOW)

    assert due.title == "fx_trades will probably be late"
    assert due.lead == (
        "**fx_trades** will probably miss its 06:30 Europe/Zurich load: I put it at 80%, and of 100 such"
        " estimates before 82 came true. About 25 min left."
    )
    assert "will probably run past 07:10 Europe/Zurich" in unplanned.lead


def test_a_trouble_that_came_to_a_dependant_is_not_said_of_the_feed_that_the_card_starts_at() -> None:
    facts = {"state": AlertState.HAPPENED, "dependants": ("fx_rates",), "stricken": "fx_rates"}

    card = alert_card(_alert(sentence="fx_rates failed at 05:50 UTC.", **facts), {}, NOW)

    assert card.title == "It happened: fx_rates"
    assert card.lead == (
        "What was foretold **happened**, first to **fx_rates**, which shares the card of **fx_trades**."
        " fx_rates failed at 05:50 UTC."
    )


def test_a_card_that_another_one_took_over_is_not_good_news() -> None:
    joined = _alert(state=AlertState.CLOSED, ending=Ending.JOINED, closed_at=NOW)

    assert alert_card(joined, {}, NOW).tone is Tone.CALM


def test_what_was_late_before_it_was_raised_is_not_called_foretold() -> None:
    since = NOW - timedelta(minutes=20)
    facts = {"state": AlertState.HAPPENED, "overdue_at": since, "trouble_at": since}

    card = alert_card(_alert(sentence="fx_trades has been late since 05:25 UTC.", **facts), {}, NOW)

    assert card.title == "Late: fx_trades"
    assert "nothing spoke of it before" in card.lead


def test_once_it_happened_nobody_is_told_to_extend_the_deadline() -> None:
    card = alert_card(_alert(state=AlertState.HAPPENED, sentence="fx_trades failed at 06:20 UTC."), {}, NOW)

    assert "alert.extend" not in [action.verb for action in card.actions]
    assert "extend" not in "".join(section.text for section in card.sections)


def test_it_says_who_has_it_and_how_it_ended() -> None:
    erin = a_person("erin", Role.ENGINEER)
    owned = alert_card(_alert(acknowledged_by=PersonId("erin"), acknowledged_at=NOW), {"erin": erin}, NOW)
    ended = {"state": AlertState.CLOSED, "outcome": Verdict.DID_NOT_HAPPEN, "sentence": "It did not happen."}
    closed = alert_card(_alert(**ended), {}, NOW)

    assert erin.name in next(fact.value for fact in owned.facts if fact.label == "Acknowledged")
    assert "alert.acknowledge" not in [action.verb for action in owned.actions]
    assert closed.title == "Did not happen: fx_trades"
    assert [action.verb for action in closed.actions] == ["alert.happened", "alert.prevented"]


def test_every_platform_draws_it_with_every_button() -> None:
    card, ink = alert_card(_alert(), {}, NOW), a_fixed_ink()
    labels = [action.label for action in card.actions]

    drawn = (
        json.dumps(blockkit.render_message(card, ink).blocks),
        json.dumps(adaptive.render_message(card, ink).card),
        plain.render_message(card, ink).text,
    )

    assert all("About 45 min left" in text for text in drawn)
    assert [[label for label in labels if label.lower() not in text.lower()] for text in drawn] == [
        [],
        [],
        [],
    ]


def test_a_card_that_another_one_took_over_says_so_and_asks_nothing() -> None:
    sentence = "This is the trouble of ref_data, so its card tells of it."
    over = {
        "state": AlertState.CLOSED,
        "ending": Ending.JOINED,
        "outcome": Verdict.HAPPENED,
        "sentence": sentence,
    }
    card = alert_card(_alert(**over), {}, NOW)

    assert card.title == "On another card now: fx_trades"
    assert card.lead == f"**fx_trades**: {sentence}"
    assert card.actions == ()
