"""How plain questions about one feed are answered: the answer first, then what it rests on."""

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.cards.model import Card, Link, Section, Table
from bot.cards.text import literal, md, quote
from bot.presenters.alerts import minutes_in_words, moment
from bot.question_kinds import Question, Wanted
from bot.weekdays import by_weekday
from domain.clock.wall_clock import clock_near, local
from domain.configuration.changes import FeedEntry
from domain.counting import counted, in_series
from domain.identity.people import Person, Role
from domain.running.feeds import Schedule
from domain.running.schedule_words import is_known, promise_in_words, schedule_in_words
from domain.watch.feed_health import FeedHealth, FeedPage, Light, Neighbour, RunPoint

_LINES = 12
_MANY = 500
_NEWEST, _ENOUGH = 30, 5
_WIDE = 360
"""Minutes: runs that end at all hours have no usual time of day."""
_OUTCOMES = {Wanted.LATE: ("late",), Wanted.FAILED: ("failed", "partial"), Wanted.DONE: ("ok", "late")}


def state_answer(one: FeedHealth, wanted: Wanted, now: datetime, beyond: str = "") -> str:
    """Return the direct answer to "is it late, failed, fine, done"; empty when none of it was asked.

    Args:
        beyond: A day to come that was asked about and that no estimate reaches.
    """
    last = one.last_run
    when = moment(last.at, one.zone, now) if last and last.at else ""
    if one.state is Light.GREY and one.has_not_run and wanted is not Wanted.ANY:
        due = f"; its first run is due {moment(one.next_due, one.zone)}" if one.next_due else ""
        return f"It has no runs yet{due}."
    if one.state is Light.GREY and wanted is not Wanted.ANY:
        return "I can't tell: I know only its history, nothing live."
    if wanted is Wanted.LATE:
        return _late(one, now)
    if wanted is Wanted.FAILED and last is not None:
        verdict = "Yes" if last.outcome in ("failed", "partial") else "No"
        return f"{verdict}: its last run {_ended(last)}, {when}."
    if wanted is Wanted.DONE and last is not None:
        under_way = f" A run is under way since {clock_near(one.zone, one.running_since, now)}." if (
            one.running_since
        ) else ""  # fmt: skip
        return f"Its last run {_ended(last)}, {when}.{under_way}"
    if wanted is Wanted.GOOD:
        return {Light.GREEN: "Yes.", Light.YELLOW: "Not quite."}.get(one.state, "No.")
    if wanted in (Wanted.RED, Wanted.YELLOW):
        return "Yes." if one.state.words == wanted.value else "No."
    if wanted is Wanted.LIKELY:
        not_yet = f"I can't tell for {beyond}: my estimates do not reach that far. " if beyond else ""
        return f"{not_yet}Trouble within an hour: {one.probability:.0%}."
    return ""


def _late(one: FeedHealth, now: datetime) -> str:
    last = one.last_run
    if one.overdue_at is not None and one.overdue_at < now:
        over = minutes_in_words(max(round((now - one.overdue_at).total_seconds() / 60), 1))
        return f"Yes: it has counted as late since {clock_near(one.zone, one.overdue_at, now)}, {over} ago."
    due = f" The next is due {clock_near(one.zone, one.next_due, now)}." if one.next_due else ""
    if one.running_since is not None:
        due = f" A run is under way since {clock_near(one.zone, one.running_since, now)}."
    if last is not None and last.outcome == "late":
        return f"Not now, but its last run was: {moment(last.at, one.zone, now)}.{due}"
    ended = f": its last run {_ended(last)}, {moment(last.at, one.zone, now)}" if last and last.at else ""
    return f"No{ended}.{due}"


def _ended(run: RunPoint) -> str:
    ended = {"ok": "ended well", "failed": "failed", "running": "is under way", "partial": "was not complete"}
    return ended.get(run.outcome, f"was {run.outcome}")


def due_card(page: FeedPage, now: datetime, schedule: Schedule | None = None) -> Card:
    """Return when a feed is expected, by which calendar, and when its runs usually end."""
    one = page.health
    if one.running_since is not None:
        said = md(
            "**{name}** is running since {at}.",
            name=one.name,
            at=clock_near(one.zone, one.running_since, now),
        )
    elif one.next_due is not None:
        said = md("**{name}** is due {at}.", name=one.name, at=clock_near(one.zone, one.next_due, now))
    else:
        said = md("Nothing of **{name}** is due within a day.", name=one.name)
    if one.finish_early and one.finish_late and one.last_run is not None:
        early, late = clock_near(one.zone, one.finish_early, now), clock_near(one.zone, one.finish_late, now)
        said += f" It finishes between {early} and {late} in 80 of 100 cases."
    if one.overdue_at is not None:
        said += f" It counts as late from {clock_near(one.zone, one.overdue_at, now)}."
    if schedule is not None:
        promised = promise_in_words(schedule)
        when = schedule_in_words(schedule) + (f", promised by {promised}" if promised else "")
        unknown = " Its calendar is not known: it is taken to run daily."
        said += f" It runs {when}." if is_known(schedule) else unknown
    said += _usual_end(page.runs, one.zone)
    last = one.last_run
    if one.has_not_run:
        said += " It has no runs yet."
    if last is not None and last.at is not None:
        said += f" Its last run {_ended(last)}, {moment(last.at, one.zone, now)}."
    return _about(one.name, f"When {one.name} comes", said)


def _usual_end(runs: Sequence[RunPoint], zone: str) -> str:
    """Return when eight in ten of the newest good runs ended, empty where they end at all times of day."""
    ended = [
        local(zone, run.finished_at) for run in runs[-_NEWEST:] if run.finished_at and run.outcome == "ok"
    ]
    if len(ended) < _ENOUGH:
        return ""
    first = ended[0]
    noon = first.hour * 60 + first.minute
    # Around midnight the clock starts anew: times are counted from the first, half a day to both sides.
    after = sorted((at.hour * 60 + at.minute - noon + 720) % 1440 - 720 for at in ended)
    low, high = after[len(after) // 10], after[-1 - len(after) // 10]
    if high - low > _WIDE:
        return ""
    early, late = (f"{at // 60:02d}:{at % 60:02d}" for at in ((noon + low) % 1440, (noon + high) % 1440))
    known = counted(len(ended), "good run")
    return f" It usually ends between {early} and {late} {zone}, by its newest {known}."


def runs_card(page: FeedPage, asked: Question) -> Card:
    """Return a feed's runs of the span and kind that was asked for, the newest first."""
    one, window = page.health, asked.window
    outcomes = (
        _OUTCOMES.get(asked.wanted) if asked.is_last or asked.wanted in (Wanted.LATE, Wanted.FAILED) else None
    )
    of_time = [
        run for run in page.runs if window is None or (run.at and window.since <= run.at < window.until)
    ]
    of_time, other_days = by_weekday(of_time, asked.weekdays, one.zone)
    found = [run for run in of_time if outcomes is None or run.outcome in outcomes][::-1]
    when = f" {window.words}" if window else ""
    is_cut = window is None and len(page.runs) >= _MANY
    newest = "the newest " if is_cut and found else ""
    if is_cut and len(found) < len(page.runs):
        newest = f"of the newest {len(page.runs):,} runs, "
    said = md("**{name}**: ", name=one.name) + newest + _counted(of_time if window else found, asked, when)
    if asked.is_last and found:
        said = md(
            "**{name}** last {what} {at}.",
            name=one.name,
            what=_what(asked),
            at=moment(found[0].at, one.zone, one.measured_at),
        )
    last = one.last_run
    if window is not None and asked.wanted in (Wanted.LATE, Wanted.FAILED) and of_time:
        share = of_all(len(found), len(of_time))
        # "more often on Mondays?" is answered by both shares: that some failed is no yes to it.
        yes = "" if asked.weekdays else "Yes, " if found else "No, "
        said = f"{yes}{share}{_on_other_days(other_days, outcomes)}. {said}"
    elif window is None and not asked.is_last and outcomes is not None and found:
        said = f"{of_all(len(found), len(of_time))}. {said}"
    if window is not None and not of_time and last is not None and last.at is not None:
        said += f" The last one {_ended(last)}, {moment(last.at, one.zone, one.measured_at)}."
    if page.duration_band is not None:
        band = page.duration_band
        said += f" Usual are {band.low:.0f} to {band.high:.0f} minutes"
        rows = page.rows_band
        said += f" and {rows.low:,.0f} to {rows.high:,.0f} rows." if rows is not None else "."
    oldest = next((run.at for run in page.runs if run.at), None)
    if window is not None and oldest is not None and oldest > window.since and len(page.runs) >= _MANY:
        first = moment(oldest, one.zone, one.measured_at)
        said += f" I looked at the newest {len(page.runs):,}, which begin {first}."
    table = _table(found[:_LINES], one.zone, one.measured_at) if found else None
    if len(found) > _LINES:
        said += f" The newest {_LINES} are shown."
    return _about(one.name, f"Runs of {one.name}", said, table=table)


def _on_other_days(runs: Sequence[RunPoint], outcomes: Collection[str] | None) -> str:
    """Return how many there were on the days that are not asked about, empty where all days are."""
    there = sum(run.outcome in (outcomes or ()) for run in runs)
    return f", on other days {of_all(there, len(runs))}" if runs else ""


def of_all(some: int, every: int) -> str:
    """Return how many of all there are, with their share."""
    share = some / every * 100
    told = f" ({share:.0f}%)" if share >= 10 else f" ({share:.2g}%)"
    return f"{some:,} of {every:,}{told if some else ''}"


def _what(asked: Question) -> str:
    return {Wanted.LATE: "was late", Wanted.FAILED: "failed", Wanted.DONE: "ended"}.get(asked.wanted, "ran")


def _counted(runs: Sequence[RunPoint], asked: Question, when: str) -> str:
    if not runs:
        kind = f"{asked.wanted.value} run" if asked.wanted in (Wanted.LATE, Wanted.FAILED) else "run"
        return f"I know of no {kind}{when}."
    counts = {
        outcome: sum(run.outcome == outcome for run in runs)
        for outcome in dict.fromkeys(r.outcome for r in runs)
    }
    told = in_series([f"{number:,} {outcome}" for outcome, number in counts.items()])
    rows = [run.rows for run in runs if run.rows is not None]
    total = f", {counted(sum(rows), 'row')} in all" if rows and when else ""
    return f"{counted(len(runs), 'run')}{when}: {told}{total}."


def _table(runs: Sequence[RunPoint], zone: str, now: datetime) -> Table:
    rows = tuple(
        (
            moment(run.at, zone, now),
            run.outcome,
            "" if run.minutes is None else f"{run.minutes:.1f}",
            "" if run.rows is None else f"{run.rows:,}",
            quote(run.error),
        )
        for run in runs
    )
    return Table(columns=("When", "Outcome", "Minutes", "Rows", "Error"), rows=rows)


def owner_card(name: str, team: str, entry: FeedEntry | None, people: Sequence[Person]) -> Card:
    """Return whose a feed is, who that is, and who is on call."""
    team = (entry.owner if entry else "") or team
    said = md("**{name}** belongs to **{team}**.", name=name, team=team or "nobody yet")
    members = [person.name for person in people if person.is_active and team and team in person.teams]
    said += md(" In that team: {who}.", who=in_series(members, most=8)) if members else ""
    if team and not members:
        said += " I know nobody by name in that team."
    said += on_call_words(people)
    known = "its agreed configuration" if entry and entry.owner else "what its runs report"
    return _about(name, f"Who owns {name}", f"{said} I know this from {known}.")


def on_call_words(people: Sequence[Person]) -> str:
    """Return who is on call, as a sentence after another; empty without anybody."""
    names = [person.name for person in people if person.is_active and Role.ON_CALL in person.roles]
    return md(" On call: {who}.", who=in_series(names, most=8)) if names else ""


def lineage_card(page: FeedPage) -> Card:
    """Return what a feed reads from and who reads it."""
    one = page.health
    near = (("Reads from", page.upstreams), ("Is read by", page.downstreams))
    sections = tuple(Section(heading=heading, text=_listed(some)) for heading, some in near)
    up, down = counted(len(page.upstreams), "feed"), counted(len(page.downstreams), "feed")
    said = md("**{name}** reads from {up} and is read by {down}.", name=one.name, up=up, down=down)
    said += md(" When it is late or wrong: {impact}.", impact=one.impact.rstrip(".")) if one.impact else ""
    return _about(one.name, f"What stands around {one.name}", said, sections=sections)


def _listed(some: Sequence[Neighbour]) -> str:
    lines = [f"• {quote(one.name)} ({one.state.words})" for one in some[:_LINES]]
    lines += [f"… and {len(some) - _LINES} more"] if len(some) > _LINES else []
    return "\n".join(lines) or "Nothing that I know of."


def _about(
    name: str, title: str, said: str, *, table: Table | None = None, sections: tuple[Section, ...] = ()
) -> Card:
    return Card(
        title=title,
        lead=said,
        table=table,
        sections=sections,
        links=(Link(label="The feed's page", target=f"/dashboard/feeds/{name}"),),
        plain=literal(said),
    )
