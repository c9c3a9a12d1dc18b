"""What keeps an open alert true of its feeds: who owns them now, and which wait when the first is well."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from domain.counting import counted
from domain.ids import AlertId, FeedName
from domain.watch.alert_raising import clock_of
from domain.watch.alerts import Alert, AlertState
from domain.watch.standing_alerts import StandingAlerts
from domain.watch.watching import Estimate, Swept, Trouble

_FOLLOW_WITHIN = timedelta(hours=1)


def until_others_follow(
    before: Alert, after: Alert, by_name: Mapping[FeedName, Estimate], swept: Swept
) -> Alert:
    """Return an alert that ends now as open still, while feeds that waited for its feed are to come.

    Their own cards would be thirty where one told of them all. What has not come within an hour, or failed
    since, speaks for itself; and so does its own feed when it is in trouble again.
    """
    found = by_name.get(before.root)
    if before.state is not AlertState.HAPPENED or found is None:
        return after
    well_since = before.well_since or found.good_at
    if after.is_open or well_since is None:
        return _over(before, found, swept.at) if before.well_since else after
    troubles = {trouble.root for trouble in swept.troubles}.intersection(before.dependants)
    waiting = {name for name in troubles if not _failed_since(by_name.get(name), well_since)}
    if not waiting or found.is_high or swept.at - well_since > _FOLLOW_WITHIN:
        return after
    many = "is not yet" if len(waiting) == 1 else "are not yet"
    said = f"{before.root} has been well since {clock_of(found, well_since)}"
    told = {
        "sentence": f"{said}; {counted(len(waiting), 'feed')} that waited for it {many}.",
        "dependants": tuple(name for name in before.dependants if name not in troubles - waiting),
        "well_since": well_since,
    }
    held = before.model_copy(update=told)
    return before if held == before else held.model_copy(update={"updated_at": swept.at})


def of_one_card(troubles: Sequence[Trouble], now: StandingAlerts) -> list[Trouble]:
    """Return troubles with those of feeds that waited for one which is back on track as one of their own.

    Each by itself they would be thirty cards at once where one told of them all.
    """
    found: list[Trouble] = []
    waited: dict[AlertId, list[Trouble]] = {}
    for trouble in troubles:
        card = next((one for one in now.open_of((trouble.root,)) if _let_wait(one, trouble)), None)
        if card is None or trouble.silent is not None:
            found.append(trouble)
        else:
            waited.setdefault(card.id, []).append(trouble)
    for some in waited.values():
        first = max(some, key=lambda one: (one.priority, one.root))
        members = dict.fromkeys((first.root, *(name for one in some for name in one.members)))
        found.append(Trouble(first.root, tuple(members), sum(one.priority for one in some)))
    return found


def _let_wait(alert: Alert, trouble: Trouble) -> bool:
    """Return whether the feed that a trouble starts at waited for one that is back on track."""
    is_back = alert.state is AlertState.BACK_ON_TRACK and not alert.sender
    return is_back and trouble.root in alert.dependants and alert.root not in trouble.members


def _failed_since(one: Estimate | None, moment: datetime) -> bool:
    return one is not None and one.trouble_at is not None and one.trouble_at > moment


def _over(held: Alert, found: Estimate, now: datetime) -> Alert:
    """Return an alert that stood for others as closed: what comes to its own feed now is another trouble."""
    since = clock_of(found, held.well_since or now)
    over = {"state": AlertState.CLOSED, "closed_at": now, "updated_at": now}
    return held.model_copy(update={**over, "sentence": f"It happened, and was over at {since}."})


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
