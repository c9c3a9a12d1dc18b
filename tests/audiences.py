"""What looks up who hears of feeds, with the channels of a test."""

from collections.abc import Mapping
from datetime import time

from activities.feed_audiences import Audiences
from domain.identity.chat import Place
from domain.identity.people import Way
from domain.watch.alert_policy import AlertPolicy, CallStep


def an_audience_book(
    channels: Mapping[str, tuple[Place, ...]],
    steps: tuple[CallStep, ...] = (),
    ways: frozenset[Way] = frozenset(),
    quiet: tuple[time | None, time | None] = (None, None),
) -> Audiences:
    """Return one whose alerts go to `data-feeds` unless a configuration says otherwise."""
    policy = AlertPolicy(
        "data-feeds",
        quiet_from=quiet[0],
        quiet_until=quiet[1],
        steps=steps,
        ways=ways,
        webhook="https://hooks.example.org/dogwatch",
    )
    return Audiences(policy, channels, lambda title, text, called=(): f"{title}: {text}")
