"""Who is called about an alert: its own team first, then all in the role, then the next role."""

from datetime import timedelta

from domain.identity.people import Person, Role, Way
from domain.ids import FeedName, TeamId
from domain.running.feed_facts import FeedFacts
from domain.watch.alert_ladder import LAST, called_from, ladder, named
from domain.watch.alert_policy import AlertPolicy, CallStep
from domain.watch.alerts import Alert, AlertCall, alert_id, fingerprint_of
from tests.domain.builders import NOW, a_person

FX = FeedName("fx_trades")
STEPS = (
    CallStep(timedelta(minutes=15), Role.ON_CALL, (Way.MAIL,)),
    CallStep(timedelta(minutes=30), Role.LEAD, (Way.SMS,)),
)
POLICY = AlertPolicy("data-feeds", steps=STEPS)
ERIN = a_person("erin", Role.ON_CALL, team="Market-Data")
BEN = a_person("ben", Role.ON_CALL, team="platform")
LEA = a_person("lea", Role.LEAD, team="platform")
SAM = a_person("sam", Role.STREAM_TEAM, team="market_data")
GONE = a_person("gus", Role.ON_CALL, Role.LEAD, team="market-data", is_active=False)
EVERYBODY = [BEN, ERIN, GONE, LEA, SAM]


def _alert(*teams: str) -> Alert:
    return Alert(
        id=alert_id(FX, NOW),
        fingerprint=fingerprint_of(FX, ""),
        root=FX,
        team=TeamId(teams[0] if teams else ""),
        teams=tuple(TeamId(team) for team in teams),
        probability=0.8,
        peak=0.8,
        threshold=0.3,
        opened_at=NOW,
        updated_at=NOW,
        raised_at=NOW,
    )


def _drawn(
    alert: Alert, people: list[Person], facts: FeedFacts | None = None
) -> list[tuple[float, str, list[str]]]:
    rungs = ladder(alert, facts or FeedFacts(), POLICY, people)
    return [
        (rung.after.total_seconds() / 60, rung.whom, list(rung.people)) for rung in rungs if rung.name != LAST
    ]


def test_the_alerts_team_comes_first_then_all_in_the_role_then_the_next_role() -> None:
    assert _drawn(_alert("market-data"), EVERYBODY) == [
        (15.0, "on call of market-data", ["erin"]),
        (22.5, "others on call", ["ben"]),
        (30.0, "lead", ["lea"]),
    ]


def test_who_was_called_in_one_role_is_not_among_the_others_of_the_next() -> None:
    two = a_person("two", Role.ON_CALL, Role.LEAD, team="platform")
    mia = a_person("mia", Role.LEAD, team="market-data")

    assert _drawn(_alert("market-data"), [ERIN, LEA, mia, two]) == [
        (15.0, "on call of market-data", ["erin"]),
        (22.5, "others on call", ["two"]),
        (30.0, "lead of market-data", ["mia"]),
        (37.5, "others lead", ["lea"]),
    ]


def test_another_team_that_it_hits_is_called_when_its_own_has_nobody() -> None:
    assert _drawn(_alert("finance", "platform"), EVERYBODY)[0] == (15.0, "on call of platform", ["ben"])


def test_without_a_team_all_in_the_role_are_called_at_once() -> None:
    assert _drawn(_alert(), EVERYBODY)[0] == (15.0, "on call", ["ben", "erin"])


def test_a_role_that_nobody_has_is_a_rung_without_people_not_a_missing_one() -> None:
    assert _drawn(_alert("desk"), [SAM]) == [(15.0, "on call", []), (30.0, "lead", [])]


def test_the_configuration_says_who_is_first_and_when_and_the_others_follow() -> None:
    facts = FeedFacts(escalate_to="market-data", escalate_after_minutes=5)

    assert _drawn(_alert("finance"), EVERYBODY, facts) == [
        (5.0, "team market-data", ["erin"]),
        (12.5, "others on call", ["ben"]),
        (20.0, "lead", ["lea"]),
    ]


def test_an_unknown_name_leaves_the_usual_people() -> None:
    assert _drawn(_alert("market-data"), EVERYBODY, FeedFacts(escalate_to="the night shift"))[0] == (
        15.0,
        "on call of market-data",
        ["erin"],
    )


def test_a_name_is_a_person_a_role_or_a_team() -> None:
    gone = a_person("gus", Role.LEAD, is_active=False)

    assert named("@Sam", EVERYBODY) is not None
    assert [one.id for one in (named("lead", EVERYBODY) or named("x", [])).people] == ["lea"]  # type: ignore[union-attr]
    assert [one.id for one in named("market data", EVERYBODY, Role.LEAD).people] == ["erin", "sam"]  # type: ignore[union-attr]
    assert named("gus", [gone]) is None
    assert named("@", [SAM]) is None


def test_whoever_was_called_late_has_as_long_to_answer_as_ever() -> None:
    first, others, lead, _ = rungs = ladder(_alert("market-data"), FeedFacts(), POLICY, EVERYBODY)
    late = AlertCall(rung=first.name, number=0, at=NOW + timedelta(hours=2), whom=first.whom)
    in_time = late.model_copy(update={"at": NOW + first.after})

    assert called_from(first, rungs, (), NOW) == NOW + first.after
    assert called_from(others, rungs, (in_time,), NOW) == NOW + others.after
    assert called_from(others, rungs, (late,), NOW) == late.at + timedelta(minutes=7.5)
    assert called_from(lead, rungs, (late,), NOW) == late.at + timedelta(minutes=15)


def test_the_last_rung_is_everybody_who_might_help() -> None:
    looks_on = a_person("vi", team="market-data").model_copy(update={"roles": frozenset()})
    last = ladder(_alert("market-data"), FeedFacts(), POLICY, [*EVERYBODY, looks_on])[-1]

    assert last.name == LAST
    assert list(last.people) == ["ben", "erin", "lea", "sam"]
    assert Way.PAGERDUTY in last.by
