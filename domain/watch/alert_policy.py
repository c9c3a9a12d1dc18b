"""When and where people are told of an alert, and who is called when nobody answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.clock.wall_clock import first_moment
from domain.identity.people import Role, Way
from domain.running.feeds import Criticality


@dataclass(frozen=True)
class CallStep:
    """So long after the card was posted, or after a snooze ended, people of a role are called."""

    after: timedelta
    role: Role
    by: tuple[Way, ...] = ()
    """How they are told outside of the chats as well: by the first of these that works."""


@dataclass(frozen=True)
class AlertPolicy:
    """How alerts reach people.

    Attributes:
        channel: Name of the channel that alerts go to; `team_channels` says otherwise for a team.
        quiet_from: Local time from which only critical feeds may speak, until `quiet_until`; None: never.
        zone: IANA name of the zone of the quiet hours.
        steps: What is done while nobody acknowledges, in order.
        ways: Ways out of the house that are set up here.
        webhook: Address of the webhook that is set up here.
    """

    channel: str
    team_channels: Mapping[str, str] = field(default_factory=dict)
    quiet_from: time | None = None
    quiet_until: time | None = None
    zone: str = "UTC"
    steps: tuple[CallStep, ...] = ()
    ways: frozenset[Way] = frozenset()
    webhook: str = ""

    def channel_of(self, team: str) -> str:
        """Return the channel of a team."""
        return self.team_channels.get(team, self.channel)

    def may_speak_at(self, criticality: Criticality, now: datetime) -> datetime:
        """Return from when an alert may be posted: now, or at the end of the quiet hours."""
        if criticality is Criticality.CRITICAL or self.quiet_from is None or self.quiet_until is None:
            return now
        zone = ZoneInfo(self.zone)
        today = now.astimezone(zone).date()
        over_midnight = self.quiet_from > self.quiet_until
        for day in (today - timedelta(days=1), today):
            last = day + timedelta(days=1) if over_midnight else day
            until = first_moment(last, self.quiet_until, zone)
            if first_moment(day, self.quiet_from, zone) <= now < until:
                return until.astimezone(now.tzinfo)
        return now
