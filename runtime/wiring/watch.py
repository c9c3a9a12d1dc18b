"""The watch put together: who sweeps, who tells people, and by which policy."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from activities.alerting import Alerting
from activities.comparing import Speaking
from activities.feed_audiences import Audiences
from activities.reconciling import Pace, Reconciling
from activities.row_calling import RowCalling, both
from activities.tidying import Tidying
from activities.training import Training
from activities.training_news import FeedPlaces, TrainingNews
from activities.watching import Watching
from bot.presenters.sentences import stored_sentence
from domain.errors import BadInput
from domain.identity.people import Role, Way
from domain.ids import TeamId
from domain.ports.transactions import UnitOfWork
from domain.running.feeds import Criticality
from domain.stories import StoryCall, StoryKind
from domain.tidying import Keeping
from domain.watch.alert_policy import AlertPolicy, CallStep
from domain.watch.watching import Swept
from runtime.settings.house import Settings
from runtime.wiring.comparing.comparables import KnownTables
from runtime.wiring.stores import Stores
from runtime.wiring.watching.watch_trainer import ChildTrainer
from storage.run_intake import watch_call
from storage.stores.web_chat_store import SqlWebChatLog

if TYPE_CHECKING:
    from runtime.wiring.site import Site
    from runtime.wiring.watching.watch_engine import FeedForecaster

Activity = Callable[..., Any]
MODELS_KEY = "models"
_MODELS_KEPT = 8
"""The one in service and those before it, to go back to when it is damaged."""


class LazyForecaster:
    """Implements `Forecaster`; the engine is imported when there is a feed to watch."""

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._settings = settings
        self._stores = stores
        self._engine: FeedForecaster | None = None

    def sweep(self, now: datetime) -> Swept:
        """Return one estimate per feed under watch."""
        if self._engine is None:
            with self._stores.transactions.reading() as uow:
                if not uow.watched.names():
                    return Swept(now, (), (), "", 0.0)
            from runtime.wiring.watching.watch_engine import FeedForecaster

            self._engine = FeedForecaster(
                self._stores.database,
                self._stores.transactions,
                self._settings.data_dir.resolve() / "models",
                self._stores.keys.secret(MODELS_KEY),
            )
        return self._engine.sweep(now)


def alert_policy(settings: Settings) -> AlertPolicy:
    """Return how alerts reach people."""
    watch = settings.watch
    steps = zip_longest(zip(watch.call_after_minutes, watch.call_roles, strict=False), watch.call_by)
    return AlertPolicy(
        channel=watch.channel,
        team_channels=dict(watch.team_channels),
        quiet_from=time.fromisoformat(watch.quiet_from) if watch.quiet_from else None,
        quiet_until=time.fromisoformat(watch.quiet_until) if watch.quiet_until else None,
        zone=watch.quiet_zone,
        steps=tuple(
            CallStep(timedelta(minutes=step[0]), Role(step[1]), _ways(by or "")) for step, by in steps if step
        ),
        ways=_ways_set_up(settings),
        webhook=settings.notify.webhook_url,
    )


def quiet_ends(settings: Settings) -> Callable[[datetime], datetime]:
    """Return what says from when on people may be told what can wait."""
    policy = alert_policy(settings)
    return lambda now: policy.may_speak_at(Criticality.NORMAL, now)


def _ways_set_up(settings: Settings) -> frozenset[Way]:
    """Return the ways out that have their settings; `doctor` tells whether they work."""
    notify = settings.notify
    said = {
        Way.MAIL: notify.mail_host,
        Way.SMS: notify.sms_account,
        Way.WEBHOOK: notify.webhook_url,
        Way.PAGERDUTY: notify.pagerduty_key.get_secret_value(),
    }
    return frozenset(way for way, setting in said.items() if setting)


def _ways(words: str) -> tuple[Way, ...]:
    try:
        return tuple(Way(word.strip()) for word in words.split(",") if word.strip())
    except ValueError:
        known = ", ".join(way.value for way in Way)
        raise BadInput(
            "watch.call_by", say=f"watch.call_by names a way that I don't know; I know {known}."
        ) from None


def cards_a_week(settings: Settings) -> Callable[[TeamId], float]:
    """Return what says how many cards a week a team wants."""
    watch = settings.watch
    return lambda team: watch.team_alerts_a_week.get(team, watch.alerts_a_week)


def audiences_of(site: "Site") -> Audiences:
    """Return what looks up who hears of which feed."""
    return Audiences(alert_policy(site.settings), site.channels, stored_sentence)


def alerting_crew(site: "Site") -> Sequence[Activity]:
    """Return the activities of the front queue around an alert."""
    alerting = Alerting(
        audiences_of(site),
        reading=site.stores.transactions.reading,
        writing=site.stores.transactions.writing,
        clock=site.stores.clock,
        wake=site.wake,
        card=stored_sentence,
    )
    return [alerting.look_at_alert, alerting.announce_alert, alerting.call_people]


def watching_crew(site: "Site") -> Sequence[Activity]:
    """Return the activities of the sweep queue."""
    transactions, clock = site.stores.transactions, site.stores.clock
    opening = {"reading": transactions.reading, "writing": transactions.writing}
    calling = RowCalling(audiences_of(site), stored_sentence, **opening, clock=clock)
    watching = Watching(
        LazyForecaster(site.settings, site.stores),
        **opening,
        clock=clock,
        wake=site.wake,
        reconcile=both(reconciling_of(site).look, calling.look),
        news=_training_news(site),
    )
    return [watching.sweep]


def reconciling_of(site: "Site") -> Reconciling:
    """Return who opens the comparisons that feeds owe."""
    watch = site.settings.watch
    pace = Pace(
        delay=timedelta(minutes=watch.reconcile_after_minutes),
        daily_at=time.fromisoformat(watch.reconcile_at),
        at_once=watch.reconcile_at_once,
    )
    return Reconciling(
        KnownTables(site.settings, site.stores),
        Speaking(audiences_of(site)),
        pace,
        reading=site.stores.transactions.reading,
        writing=site.stores.transactions.writing,
        clock=site.stores.clock,
        wake=site.wake,
    )


def daily_crew(site: "Site") -> Sequence[Activity]:
    """Return the activities of the heavy queue that are due once a day."""
    return [reconciling_of(site).open_owed_comparisons, tidying_of(site.settings, site.stores).tidy_files]


def tidying_of(settings: Settings, stores: Stores) -> Tidying:
    """Return who tidies files away."""
    watch = settings.watch
    keeping = Keeping(
        days=timedelta(days=watch.keep_files_days),
        decided_days=timedelta(days=max(watch.keep_days, watch.keep_files_days)),
        newest=watch.keep_deliveries,
        cards=timedelta(days=watch.keep_cards_days),
    )
    transactions = stores.transactions

    def forget_models(now: datetime) -> Sequence[str]:
        from predictors.registry import forget_old

        folder, key = settings.data_dir.resolve() / "models", stores.keys.secret(MODELS_KEY)
        return forget_old(folder, key, keep=_MODELS_KEPT, now=now.timestamp())

    return Tidying(
        stores.blobs,
        keeping,
        reading=transactions.reading,
        writing=transactions.writing,
        clock=stores.clock,
        forget_models=forget_models,
        forget_messages=SqlWebChatLog(stores.database).forget_before,
    )


def training_crew(site: "Site") -> Sequence[Activity]:
    """Return the activities of the heavy queue around models."""
    training = training_of(site.settings, site.stores, _training_news(site))
    return [
        training.call_for_training,
        training.learn_calendars,
        training.train,
        training.review,
        training.note_failure,
    ]


def _training_news(site: "Site") -> TrainingNews:
    # The channel of incidents is read by who runs the house where none is named for them.
    places = site.channels.get("operators") or site.channels.get("incidents", ())
    feeds = FeedPlaces(audiences_of(site).places_of_feeds, quiet_ends(site.settings))
    return TrainingNews(places, stored_sentence, feeds)


def training_of(settings: Settings, stores: Stores, news: TrainingNews | None = None) -> Training:
    """Return who learns; also used by verbs of the command line, which tell by themselves."""
    return Training(
        ChildTrainer(settings, stores, stores.keys.secret(MODELS_KEY)),
        reading=stores.transactions.reading,
        writing=stores.transactions.writing,
        clock=stores.clock,
        keep=timedelta(days=settings.watch.keep_days),
        news=news,
    )


def reopen_watch(uow: UnitOfWork, now: datetime) -> None:
    """Write the calls that let the watch, and every open alert and errand, go on after a start.

    An errand is open too while people are asked about what it found.
    """
    uow.stories.add(watch_call(now))
    calls: list[tuple[StoryKind, str]] = [(StoryKind.ALERT, alert.id) for alert in uow.alerts.every_open()]
    errands = {errand.id for errand in uow.errands.wanted()}
    errands.update(filter(None, (_errand_of(uow, one.subject) for one in uow.approval_list.pending())))
    calls += [(StoryKind.ERRAND, errand) for errand in sorted(errands)]
    for kind, subject in calls:
        key = f"recover/{kind}/{subject}/{now.timestamp():.6f}"
        uow.stories.add(StoryCall(key=key, kind=kind, subject_id=subject, at=now))


def _errand_of(uow: UnitOfWork, subject: str) -> str:
    """Return the errand that asked about rows which are held back; empty for other subjects."""
    kind, _, name = subject.partition("/")
    if kind == "delivery":
        return name
    held = uow.publications.find(name) if kind == "publication" else None
    return held.errand if held is not None else ""
