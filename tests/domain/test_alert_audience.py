"""Where alerts of a feed are told: what its configuration names, looked up among what is here."""

from domain.identity.people import Role, Way
from domain.ids import TeamId
from domain.running.feed_facts import FeedFacts, HeardAt
from domain.watch.alert_audience import audience_of
from domain.watch.alert_policy import AlertPolicy
from tests.domain.builders import a_person

DESK = TeamId("desk")
HOOK = "https://hooks.example.org/dogwatch"
POLICY = AlertPolicy(
    "data-feeds", {"desk": "desk-alerts"}, ways=frozenset({Way.MAIL, Way.WEBHOOK}), webhook=HOOK
)
CHANNELS = {"data-feeds", "desk-alerts", "fx-desk"}
ERIN = a_person("erin", Role.ON_CALL).model_copy(update={"email": "erin@example.org"})


def _facts(*heard: tuple[str, str]) -> FeedFacts:
    return FeedFacts(heard_at=tuple(HeardAt(kind=kind, address=address) for kind, address in heard))


def test_the_configuration_decides_and_its_teams_channel_stands_in_for_it() -> None:
    said = audience_of(
        _facts(("chat", "#FX-Desk"), ("mail", "Erin@example.org")), DESK, POLICY, CHANNELS, [ERIN]
    )
    silent = audience_of(FeedFacts(), DESK, POLICY, CHANNELS, [ERIN])
    elsewhere = audience_of(FeedFacts(), TeamId("ops"), POLICY, CHANNELS, [ERIN])

    assert (said.channels, said.mailed, said.amiss) == (("fx-desk",), ("erin",), ())
    assert silent.channels == ("desk-alerts",)
    assert elsewhere.channels == ("data-feeds",)


def test_a_feed_that_names_only_the_usual_channel_is_told_in_its_teams_own_too() -> None:
    found = audience_of(_facts(("chat", "data-feeds")), DESK, POLICY, CHANNELS, [])

    assert found.channels == ("data-feeds", "desk-alerts")


def test_what_is_not_here_is_said_and_the_teams_channel_hears() -> None:
    found = audience_of(
        _facts(
            ("chat", "fx-dsk"),
            ("mail", "boss@example.org"),
            ("pager", "fx"),
            ("webhook", "https://else.where/"),
        ),
        DESK,
        POLICY,
        CHANNELS,
        [ERIN],
    )

    assert found.channels == ("desk-alerts",)
    assert (found.mailed, found.systems) == ((), ())
    assert found.amiss == (
        "there is no channel fx-dsk here",
        "the mail address b•••@example.org is nobody's in the roster",
        "PagerDuty is not set up here",
        "its webhook is not the one that is set up here",
    )


def test_only_the_webhook_that_an_operator_set_up_is_told() -> None:
    found = audience_of(_facts(("webhook", HOOK), ("chat", "fx-desk")), DESK, POLICY, CHANNELS, [])

    assert found.systems == (Way.WEBHOOK,)
    assert found.amiss == ()
