"""What people ask about the rows themselves: quality of deliveries, agreement with the source, imports."""

import asyncio
import datetime as dt
import hashlib
import re
from collections.abc import Sequence

from bot.bare_names import bare_name
from bot.cards.model import Card, Link, Picture, Reply, Table
from bot.cards.text import md, quote
from bot.commands.feeds import named_feed
from bot.commands.unknown_feeds import is_misspelt, unknown_feed
from bot.commands.watch import Seen
from bot.intents import Area, Verb
from bot.presenters.alerts import moment
from bot.presenters.sentences import sentence
from bot.turn import Asked, Turn
from domain.clock.wall_clock import known_zone
from domain.errands import Errand, ErrandKind
from domain.errors import BadInput
from domain.identity.access import Act
from domain.identity.people import Person
from domain.ids import feed_name
from domain.stories import StoryKind
from domain.watch.feed_health import FeedPage, QualityPoint

_LINES = 12
_NO_NAME = frozenset(
    {"of", "for", "in", "trend", "trends", "score", "scores", "history", "report", "problems"}
)
_BEFORE_A_DAY = frozenset({"for", "of", "on", "from", "the", "day"})
_IMPORTS = re.compile(
    r"^\s*(?:<@[^>]+>\s*)?(?:@\w+\s+)?import\b(?:\s+([a-z]+/[a-z_/+-]{1,40}|utc)(?!\S))?", re.IGNORECASE
)
_SCORES = re.compile(r"^\s*(?:<@[^>]+>\s*)?(?:@\w+\s+)?quality\s+([a-z][a-z0-9_]{1,62})\b", re.IGNORECASE)


async def look(asked: Asked) -> object:
    """Read one feed and draw its scores."""
    health = asked.tools.health
    name = bare_name(asked.words[0]) if asked.words else ""
    page = await asyncio.to_thread(health.one, name) if health and name else None
    if page is None:
        return None
    pictures = asked.tools.pictures
    drawn = await pictures.of_quality(page) if pictures and len(page.quality) > 1 else ""
    return Seen(page=page, picture=drawn)


def show_quality(turn: Turn) -> Reply:
    """Say how good a feed's deliveries were."""
    turn.require(Act.SEE_FEEDS)
    seen = turn.prepared
    page = seen.page if isinstance(seen, Seen) else None
    if page is None and (unwatched := _of_deliveries_alone(turn)) is not None:
        turn.say(unwatched)
        return Reply()
    if page is None or not page.quality:
        name = page.health.name if page else named_feed(turn).name
        turn.say(
            sentence(
                f"Quality of {name}",
                md(
                    "No delivery of **{name}** has been scored. Drop one with the words `quality {name}`.",
                    name=name,
                ),
            )
        )
        return Reply()
    turn.say(_quality_card(page, seen.picture if isinstance(seen, Seen) else ""))
    return Reply()


def reconcile(turn: Turn) -> Reply:
    """Compare a feed's source with its target for a day; the answer comes into this thread."""
    person = turn.require(Act.SEE_FEEDS)
    name = feed_name(bare_name(turn.words[0])) if turn.words else ""
    if not name:
        raise BadInput("no feed", say="Which feed?", next_step="Say `reconcile NAME 2026-10-01`.")
    if is_misspelt(turn, name):  # a name that comes near none may be one whose tables the settings name
        raise unknown_feed(turn, name)
    said = [word for word in turn.words[1:] if word.lower() not in _BEFORE_A_DAY]
    day = _day(said[0] if said else "yesterday", turn.now)
    _open(turn, person, ErrandKind.RECONCILE, feed=name, business_date=day)
    turn.say(
        sentence("On it", md("I compare source and target of **{name}** for {day}.", name=name, day=day))
    )
    return Reply()


def _day(said: str, now: dt.datetime) -> str:
    """Return the day that was said, as 2026-10-01; raises `BadInput` for anything that could be two days."""
    back = {"today": 0, "yesterday": 1}.get(said.lower())
    if back is not None:
        return (now - dt.timedelta(days=back)).date().isoformat()
    try:
        return dt.date.fromisoformat(said).isoformat()
    except ValueError as error:
        raise BadInput(
            "bad date", say=f"{said[:40]} is no date that I can read.", next_step="Write it as 2026-10-01."
        ) from error


def names_a_feed(rest: str) -> bool:
    """Return whether what follows `quality` is a name, not "trend of fx_trades"."""
    return rest.partition(" ")[0].lower() not in _NO_NAME


def is_errand(text: str) -> bool:
    """Return whether words beside a dropped file ask for an import or a score instead of a new feed."""
    return bool(_IMPORTS.search(text) or _SCORES.search(text))


def take_errand(turn: Turn) -> Reply:
    """Import the dropped history, or score the dropped delivery."""
    text, files = turn.incoming.text, turn.incoming.files
    scored, imported = _SCORES.search(text), _IMPORTS.search(text)
    zone = known_zone(imported[1]) if imported and imported[1] and not scored else ""
    person = turn.require(Act.SEE_FEEDS if scored else Act.ONBOARD_FEED)
    for number, file in enumerate(files):
        kind = ErrandKind.SCORE_DELIVERY if scored else ErrandKind.IMPORT_RUNS
        _open(
            turn,
            person,
            kind,
            number=number,
            feed=scored.group(1).lower() if scored else "",
            blob=file.blob,
            file_name=file.name,
            zone=zone,
        )
    what = (
        md("I score this delivery of **{feed}**.", feed=scored.group(1)) if scored else "I read this history."
    )
    turn.say(sentence("On it", what))
    return Reply()


def _open(turn: Turn, person: Person, kind: ErrandKind, *, number: int = 0, **facts: object) -> None:
    name = "e" + hashlib.sha256(f"{turn.incoming.key}/{number}".encode()).hexdigest()[:14]
    errand = Errand.model_validate(
        {"id": name, "kind": kind, "asked_by": person.id, "place": turn.thread, "at": turn.now, **facts}
    )
    turn.uow.errands.save(errand)
    turn.nudge(StoryKind.ERRAND, name)


def _of_deliveries_alone(turn: Turn) -> Card | None:
    """Return the scores of what was delivered under a name that is no watched feed's; None without any."""
    name = bare_name(turn.words[0]) if turn.words else ""
    scores = turn.uow.quality.scores(name, _LINES) if name else []
    if not scores:
        return None
    said = f"The newest delivery scored {scores[-1].overall:.0f} of 100."
    return _scores_card(name, said, scores).model_copy(update={"links": ()})


def _quality_card(page: FeedPage, picture: str) -> Card:
    last, name = page.quality[-1], page.health.name
    band = page.quality_forecast
    heading = f" The scores are {page.quality_trend}." if page.quality_trend else ""
    ahead = f"{heading} Expected next: {band.low:.0f} to {band.high:.0f}." if band else heading
    words = f"The newest delivery scored {last.overall:.0f} of 100.{ahead}"
    drawn = Picture(path=picture, alternative=f"Scores of {name}: {words}") if picture else None
    return _scores_card(name, words, page.quality).model_copy(update={"picture": drawn})


def _scores_card(name: str, words: str, scores: Sequence[QualityPoint]) -> Card:
    rows = tuple(
        (moment(score.measured_at), f"{score.overall:.0f}", score.state, quote("; ".join(score.findings[:2])))
        for score in scores[::-1][:_LINES]
    )
    return Card(
        title=f"Quality of {name}",
        lead=words,
        table=Table(columns=("Measured", "Score", "State", "What pulled it down"), rows=rows),
        links=(Link(label="The feed's page", target=f"/dashboard/feeds/{name}"),),
        plain=f"Quality of {name}: {words}",
    )


AREA = Area(
    verbs=(
        Verb(
            ("quality",),
            "quality NAME",
            "how good a feed's deliveries were",
            show_quality,
            look,
            is_harmless=True,
            fits=names_a_feed,
        ),
        Verb(("reconcile",), "reconcile NAME [DATE]", "compare a feed's source with its target", reconcile),
    ),
)
