"""Who hears of feeds: what their configurations say, looked up among our channels, people and ways."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.identity.chat import Place
from domain.ids import FeedName, TeamId
from domain.ports.sentence_card import SentenceCard
from domain.ports.transactions import UnitOfWork
from domain.running.feed_facts import FeedFacts
from domain.telling.postings import Posting, View
from domain.watch.alert_audience import Audience, audience_of, joined
from domain.watch.alert_ladder import named
from domain.watch.alert_policy import AlertPolicy
from domain.watch.alerts import Alert
from domain.watch.watching import Threshold


class Audiences:
    """Looks up who hears of what.

    Args:
        policy: How alerts reach people.
        channels: Where each channel of the settings is.
        card: Makes the stored card of a sentence: title and text in, JSON out.
    """

    def __init__(
        self, policy: AlertPolicy, channels: Mapping[str, tuple[Place, ...]], card: SentenceCard
    ) -> None:
        self.policy = policy
        self._channels = channels
        self._card = card

    def of_alert(self, uow: UnitOfWork, alert: Alert) -> Audience:
        """Return who hears of an alert: of every feed that its card tells of, those who hear of that feed."""
        people = uow.people.everybody()
        named_feeds = [uow.feeds.find(name) for name in (alert.root, *alert.dependants)]
        entries = [entry for entry in named_feeds if entry is not None]
        heard = [(entry.facts, TeamId(entry.owner)) for entry in entries]
        owners = {team for _, team in heard}
        teams = dict.fromkeys((alert.team, *alert.teams))
        heard += [(FeedFacts(), team) for team in teams if team not in owners]
        return joined(audience_of(facts, team, self.policy, self._channels, people) for facts, team in heard)

    def of_feed(self, uow: UnitOfWork, facts: FeedFacts, team: TeamId) -> Audience:
        """Return who hears of what a configuration says, its team where it names nobody."""
        return audience_of(facts, team, self.policy, self._channels, uow.people.everybody())

    def places_of_feeds(self, uow: UnitOfWork, feeds: Sequence[Threshold]) -> list[tuple[Place, ...]]:
        """Return where people hear of the alerts of each feed; a training may have moved thousands."""
        people, found = uow.people.everybody(), []
        for one in feeds:
            entry = uow.feeds.find(one.feed)
            facts = entry.facts if entry is not None else FeedFacts()
            found.append(self.places(audience_of(facts, one.team, self.policy, self._channels, people)))
        return found

    def places(self, audience: Audience) -> tuple[Place, ...]:
        """Return the places of an audience's channels, each once."""
        named_ones = [place for name in audience.channels for place in self._channels.get(name, ())]
        if not named_ones:  # a policy that names no channel we have must not silence an alert
            named_ones = [place for name in sorted(self._channels) for place in self._channels[name]][:1]
        return tuple(dict.fromkeys(named_ones))

    def tell_amiss(
        self, uow: UnitOfWork, feed: FeedName, team: TeamId, facts: FeedFacts, now: datetime
    ) -> None:
        """Tell the team's channel, once, what a configuration names and nobody here knows."""
        people = uow.people.everybody()
        amiss = list(audience_of(facts, team, self.policy, self._channels, people).amiss)
        if facts.escalate_to and named(facts.escalate_to, people) is None:
            amiss.append(f"{facts.escalate_to} is no person, team or role that I know")
        if not amiss:
            return
        home = self.of_feed(uow, FeedFacts(), team)
        said = (
            f"The configuration of {feed} says who hears of its trouble,"
            f" and I can't follow it: {'; '.join(amiss)}."
            f" Until that is mended I tell {', '.join(home.channels)} and call the usual people."
            f" Say config {feed} edit to mend it."
        )
        digest = hashlib.sha256("\0".join(amiss).encode()).hexdigest()[:16]
        for place in self.places(home):
            uow.postings.add(
                Posting(
                    key=f"amiss#{feed}:{digest}:{place.platform}:{place.workspace}:{place.channel}"[:300],
                    view=View.MESSAGE,
                    place=place,
                    card_json=self._card("I can't tell people as configured", said),
                    created_at=now,
                    next_attempt_at=now,
                )
            )
