"""Words of this house are explained where their meaning is asked for, and nothing else is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cards.text import literal
from bot.glossary import term_in
from bot.glossary_terms import TERMS
from bot.question_kinds import Topic
from bot.questions import read
from domain.ids import FeedName, IncidentId, TeamId
from domain.investigation.incidents import Incident, IncidentKind, IncidentState
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.watch.feed_health import FeedHealth, Light
from tests.bot.desk_house import DeskHouse, place_of
from tests.domain.builders import a_person

NAMES = frozenset({"fx_trades", "fx_rates"})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
_DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("what is a watermark?", "watermark"),
        ("whats a watermark", "watermark"),
        ("what does at risk mean?", "state of a feed"),
        ("what does 'held back' mean?", "held back"),
        ("what do the colours mean?", "state of a feed"),
        ("what is lineage", "lineage"),
        ("what's an SLO?", "SLO, SLA"),
        ("mttr?", "MTTR"),
        ("hi, can you explain break glass please", "break glass"),
        ("meaning of superseded", "superseded"),
        ("difference between late and failed?", "deadline"),
        ("difference between precision and recall", "precision"),
        ("what are deliveries?", "delivery"),
        ("was ist ein runbook?", "runbook"),
        ("was bedeutet shadow?", "shadow"),
        ("c'est quoi un feed ?", "feed"),
        ("¿qué es un incident?", "incident"),
        # What asks how it is, of a feed, or of something else.
        ("what is late?", ""),
        ("what is at risk", ""),
        ("what is red?", ""),
        ("what is held back?", ""),
        ("what is the alert?", ""),
        ("what is the deadline of fx_trades", ""),
        ("what is the watermark of fx_trades?", ""),
        ("what is a merge conflict?", ""),
        ("what does ORA-01555 mean?", ""),
        ("what are alerts today", ""),
        ("how do I explain a watermark to my team?", ""),
        ("what is up", ""),
        ("incidents?", ""),
        ("how do I mute a feed for a week?", "mute"),
        ("how can I snooze alerts", "mute"),
        ("how do I mute the channel?", ""),
        ("how do I mute myself in the call", ""),
    ],
)
def test_only_the_meaning_of_a_known_word_is_explained(text: str, term: str) -> None:
    found = read(text, NAMES, NOW)

    explained = found.kind if found is not None and found.topic is Topic.TERM else ""
    assert explained == term


def test_every_entry_is_found_by_its_names_and_cites_a_page_that_is_there() -> None:
    for term in TERMS:
        page, _, part = term.page.partition("#")
        text = (_DOCS / page).read_text()
        headings = {line.lstrip("# ").lower() for line in text.splitlines() if line.startswith("#")}
        anchors = {"".join(c for c in one.replace(" ", "-") if c.isalnum() or c in "-_") for one in headings}

        assert not part or part in anchors, term.page
        for name in term.names:
            found = term_in(f"what does {name} mean?")
            assert found is term or name == term.names[0], name


def test_how_it_stands_here_is_told_with_it(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path, is_watched=True)
    feeds = [Feed(FeedName(name), TeamId("desk"), Schedule(Rhythm.DAILY)) for name in sorted(NAMES)]
    with house.transactions.writing() as uow:
        uow.watched.keep(feeds, house.clock.at)
        uow.watched.show([_health("fx_trades", Light.RED), _health("fx_rates", Light.GREY)], house.clock.at)
        for number, hours in enumerate((2, 4)):
            opened = house.clock.at - timedelta(days=1)
            uow.incidents.save(_resolved(IncidentId(f"i{number}"), opened, opened + timedelta(hours=hours)))

    house.say("sam", "what does grey mean?")
    house.say("sam", "what is MTTR?")

    states, repair = (literal(card.lead) for card in house.cards_to_all()[-2:])
    assert "Of 2 feeds here: 1 in trouble, 0 at risk, 0 fine, 1 no news." in states
    assert "Here 2 incidents of the last 90 days took 3 hours in the mean" in repair


def test_the_library_is_asked_by_its_verb(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path)

    house.say("sam", "ask what is a watermark?")

    assert all(not card.title.startswith("Watermark") for card in house.cards_to_all())


def _health(name: str, state: Light) -> FeedHealth:
    return FeedHealth(name=name, team="", criticality="normal", state=state, probability=0.1, measured_at=NOW)


def _resolved(name: IncidentId, opened: datetime, ended: datetime) -> Incident:
    return Incident(
        id=name,
        kind=IncidentKind.INCIDENT,
        state=IncidentState.RESOLVED,
        title="orders are late",
        about="feed/orders",
        place=place_of("web"),
        opened_by=a_person("sam").id,
        opened_at=opened,
        began_at=opened,
        updated_at=ended,
        resolved_at=ended,
    )
