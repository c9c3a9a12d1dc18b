"""Words of a model as people see them: an answer that grows on the screen, an incident told, a follow-up."""

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path

import pytest

from tests.bot.webchat.screens import Screen, browser
from tests.counterparts.model import Counterpart, saying, streaming
from tests.journeys.house import House, house, wait_until
from tests.journeys.intake_calls import intake_of, intake_settings, report_runs
from tests.journeys.visitor import Visitor, words

pytestmark = pytest.mark.timeout(600)
PIECES = (
    "Stop new pods ", "from being placed ", "on the node [1]. ",
    "Move its pods ", "away, for local ", "scratch data is lost [1].",
)  # fmt: skip
LONG = (
    "The newest runs ended with a missing column, so the positions of that day were not written, and "
    "whoever reads them still sees those of the day before."
)
TOLD = {
    "summary": [
        {"evidence": ["e1"], "text": LONG},
        {"evidence": ["e99"], "text": "A comet hit the server room."},
    ],
    "ideas": [],
}
_WATCH_IT_GROW = """(word) => {
  window.seen = [];
  const look = () => {
    const cards = [...document.querySelectorAll("article.card")].filter((c) => c.innerText.includes(word));
    const text = cards.length ? cards.at(-1).innerText : "";
    if (text && text !== window.seen.at(-1)) window.seen.push(text);
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""


def _plays_both_parts(handler: BaseHTTPRequestHandler) -> None:
    """Stream answers of the library, and words about incidents, slowly."""
    asked = handler.server.last_body  # type: ignore[attr-defined]  # set before each answer
    if "root-cause" in json.loads(asked)["messages"][0]["content"]:
        told = " " * 180 + json.dumps(TOLD)  # it thinks before it writes
        streaming(*(told[at : at + 12] for at in range(0, len(told), 12)), pause=0.4)(handler)
    elif json.loads(asked).get("stream"):
        streaming(*PIECES, pause=0.8)(handler)
    else:
        saying("".join(PIECES))(handler)


@pytest.fixture(scope="module")
def running_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, int]]:
    model = Counterpart()
    model.behave = _plays_both_parts
    port, settings = intake_settings()
    settings |= {"MODEL__NAME": "openai/local", "MODEL__BASE_URL": model.url}
    folder = tmp_path_factory.mktemp("words") / "data"
    with house(folder, **settings) as running:
        wait_until(lambda: "answers from words" in _log(folder / "library.log"))
        yield running, port
    model.close()


def _log(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _seen_growing(url: str, room: str, says: str, card: str, until: str) -> list[str]:
    """Return what stood on the newest card with a word, one text after the other, until another word came."""
    with browser() as chromium:
        erin = Screen(chromium, url, "erin")
        erin.go_to(room)
        erin.page.evaluate(_WATCH_IT_GROW, card)

        erin.say(says)
        erin.open_thread(says)
        erin.wait_for_text(until, 60_000)

        seen = list(erin.page.evaluate("() => window.seen"))
        assert erin.complaints == []
        erin.close()
    return seen


def test_an_answer_grows_word_by_word_before_the_eyes_of_who_asked(running_at: tuple[House, int]) -> None:
    url, asked = running_at[0].url, "ask how do I drain a node?"
    seen = _seen_growing(url, "data-feeds", asked, "Stop", "scratch data is lost")

    told = [found.group(1) for text in seen if (found := re.search(r"(?m)^(Stop new pods.*?)…?$", text))]
    assert len(set(told)) >= 2, seen
    assert all(longer.startswith(shorter.rstrip()) for shorter, longer in pairwise(told)), told


def test_a_diagnosis_stands_at_once_and_its_words_grow_below_it(running_at: tuple[House, int]) -> None:
    with intake_of(running_at[1]) as intake:
        report_runs(intake, "eod_positions")
    url, asked = running_at[0].url, "why did eod_positions fail?"
    seen = _seen_growing(url, "incidents", asked, "Causes, most likely first", "Worded by a language model")

    told = [found.group(1) for text in seen if (found := re.search(r"(?m)^(The newest runs.*?) …", text))]
    assert "In words" not in seen[0]
    assert len(set(told)) >= 2, seen
    assert "comet" not in "".join(seen).split("Removed from")[0]


def test_an_incident_is_told_in_words_and_what_nothing_supports_is_named(
    running_at: tuple[House, int],
) -> None:
    erin = Visitor(running_at[0].url, "erin")
    with intake_of(running_at[1]) as intake:
        report_runs(intake, "fx_trades")

    thread = str(erin.say("incidents", "why did fx_trades fail?")["message"]["id"])
    card = words(erin.wait_for("incidents", "Worded by a language model", thread))

    assert LONG in card
    assert re.search(r"Language model: 1 call, \d+ tokens", card)
    assert "Removed from the model's answer" in card
    erin.say("incidents", "@dogwatch how do I drain a node?", thread=thread)
    followed = erin.wait_for("incidents", "scratch data is lost", thread)
    assert "/kb/seed-drain-node" in followed["html"]
    erin.say("incidents", "how sure are you?", thread=thread)
    erin.wait_for("incidents", "no diagnosis this sure has been judged yet", thread)
