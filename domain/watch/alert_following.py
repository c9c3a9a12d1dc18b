"""What keeps an open alert true of its feeds: who owns them now, and which wait when the first is well."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from domain.counting import counted
from domain.ids import FeedName
from domain.watch.alert_raising import clock_of
from domain.watch.alerts import Alert, AlertState
from domain.watch.watching import Estimate, Swept

_FOLLOW_WITHIN = timedelta(hours=1)


def until_others_follow(
    before: Alert, after: Alert, by_name: Mapping[FeedName, Estimate], swept: Swept
) -> Alert:
    """Return an alert that ends now as open still, while feeds that waited for its feed are to come.

    Their own cards would be thirty where one told of them all. What has not come within an hour speaks for
    itself.
    """
    found = by_name.get(before.root)
    if after.is_open or before.state is not AlertState.HAPPENED or found is None or found.good_at is None:
        return after
    speaking = {trouble.root for trouble in swept.troubles}
    waiting = [name for name in before.dependants if name in speaking]
    if not waiting or swept.at - found.good_at > _FOLLOW_WITHIN:
        return after
    many = "is not yet" if len(waiting) == 1 else "are not yet"
    said = f"{before.root} has been well since {clock_of(found, found.good_at)}"
    said = f"{said}; {counted(len(waiting), 'feed')} that waited for it {many}."
    return (
        before
        if said == before.sentence
        else before.model_copy(update={"sentence": said, "updated_at": swept.at})
    )


def of_its_team(alert: Alert, by_name: Mapping[FeedName, Estimate], now: datetime) -> Alert:
    """Return an open alert as that of the team which owns its feed now.

    Whoever had the feed before has been told, and stays among its teams; the new owners have their own time
    to answer before others are called.
    """
    found = by_name.get(alert.root)
    if found is None or not alert.is_open or found.watched.feed.team in ("", alert.team):
        return alert
    team = found.watched.feed.team
    former = (call.model_copy(update={"rung": f"{call.rung}@{alert.team}"}) for call in alert.calls)
    moved = {"team": team, "teams": tuple(sorted({*alert.teams, alert.team, team})), "calls": tuple(former)}
    return alert.model_copy(update={**moved, "resumed_at": now})
