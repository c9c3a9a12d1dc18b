"""From the telling report to the card, the acknowledgement, and what became of it; in a running house."""

import re
from pathlib import Path

import pytest

from domain.running.runs import Outcome
from tests.journeys.house import house, wait_until
from tests.journeys.late_feeds import late_feeds
from tests.journeys.visitor import Visitor, words

FX = "fx_trades"

pytestmark = pytest.mark.timeout(600)


def test_a_late_run_is_told_acknowledged_and_back_on_track_and_the_next_one_happens(tmp_path: Path) -> None:
    with house(tmp_path / "data") as running, late_feeds(running) as feeds:
        feeds.know(FX)
        erin = Visitor(running.url, "erin")
        feeds.begin(FX)

        card = erin.wait_for("data-feeds", "no record of such estimates yet")
        assert "usual time" in words(card)
        answer = erin.press(card, "Acknowledge")
        assert "You have the alert" in words(answer["whispers"][0])
        erin.wait_for("data-feeds", "has it")
        ahead = _asked(erin, "what will break", "The next hours: fx_trades")
        assert erin.get(ahead).content.startswith(b"\x89PNG")

        feeds.end(FX, Outcome.OK)
        erin.wait_for("data-feeds", "back on track")
        posted = running.rows("SELECT count(*) FROM postings WHERE view = 'alert'")
        assert posted == [(1,)]

        feeds.begin(FX)
        erin.wait_for("data-feeds", "About")
        feeds.end(FX, Outcome.FAILED)
        erin.wait_for("data-feeds", "It happened")
        runs = _asked(erin, "feed fx_trades", "Runs of fx_trades")
        assert erin.get(runs).content.startswith(b"\x89PNG")


def _asked(visitor: Visitor, said: str, alternative: str) -> str:
    """Return the path of the picture in the answer, which says this where pictures can't be seen."""
    thread = str(visitor.say("data-feeds", said)["message"]["id"])

    def drawn() -> str:
        shown = " ".join(message["html"] for message in visitor.messages("data-feeds", thread))
        found = re.search(rf'<img[^>]* src="([^"]+)" alt="{alternative}', shown)
        return found.group(1) if found else ""

    return wait_until(drawn, 60)
