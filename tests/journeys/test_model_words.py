"""Words of a model as people see them: an answer that grows on the screen, an incident told, a follow-up."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path

import pytest

from tests.bot.webchat.screens import Screen, browser
from tests.counterparts.model import Counterpart, saying, streamed
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
_LONGEST_THOUGHT = 30
_HAS_GROWN = """(pattern) => {
  const found = window.seen.map((text) => text.match(new RegExp(pattern, "m"))).filter(Boolean);
  return new Set(found.map((one) => one[1])).size >= 2;
}"""
_WATCH_IT_GROW = """(word) => {
  window.seen = [];
  const look = () => {
    const cards = [...document.querySelectorAll("article.card")].filter((c) => c.innerText.includes(word));
    const text = cards.length ? cards.at(-1).innerText : "";
    if (text && text !== window.seen.at(-1)) window.seen.push(text);
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""


@dataclass(frozen=True)
class Model:
    """Streams answers of the library and words about incidents, slowly until somebody has seen them grow."""

    is_awaited: threading.Event = field(default_factory=threading.Event)
    """The card that its words will stand on is seen: it need not think any longer."""
    has_grown: threading.Event = field(default_factory=threading.Event)

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        asked = handler.server.last_body  # type: ignore[attr-defined]  # set before each answer
        if "root-cause" in json.loads(asked)["messages"][0]["content"]:
            streamed(self._thought_over(json.dumps(TOLD)), self._rest)(handler)
        elif json.loads(asked).get("stream"):
            streamed(PIECES, lambda: self.has_grown.wait(0.8))(handler)
        else:
            saying("".join(PIECES))(handler)

    def _thought_over(self, told: str) -> Iterator[str]:
        for _ in range(_LONGEST_THOUGHT):
            if self.is_awaited.is_set():
                break
            yield " "
        yield from (told[at : at + 12] for at in range(0, len(told), 12))

    def _rest(self) -> None:
        if self.is_awaited.is_set():
            self.has_grown.wait(0.4)
        else:
            self.is_awaited.wait(0.4)


@dataclass(frozen=True)
class Scene:
    """A house, the port of its intake, and the model that it asks."""

    house: House
    port: int
    model: Model


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    server = Counterpart()
    server.behave = model = Model()
    port, settings = intake_settings()
    # Only a machine that is very busy lets a person wait so long.
    settings |= {
        "MODEL__NAME": "openai/local",
        "MODEL__BASE_URL": server.url,
        "MODEL__SECONDS_PER_CALL": "60",
    }
    folder = tmp_path_factory.mktemp("words") / "data"
    with house(folder, **settings) as running:
        wait_until(lambda: "answers from words" in _log(folder / "library.log"))
        yield Scene(running, port, model)
    server.close()


def _log(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _seen_growing(scene: Scene, room: str, says: str, card: str, growing: str, until: str) -> list[str]:
    """Return what stood on the newest card with a word, one text after the other, until another word came."""
    scene.model.is_awaited.clear()
    scene.model.has_grown.clear()
    with browser() as chromium:
        erin = Screen(chromium, scene.house.url, "erin")
        erin.go_to(room)
        erin.page.evaluate(_WATCH_IT_GROW, card)

        erin.say(says)
        erin.open_thread(says)
        erin.page.wait_for_function("() => window.seen.length > 0", timeout=60_000)
        scene.model.is_awaited.set()
        erin.page.wait_for_function(_HAS_GROWN, arg=growing, timeout=60_000)
        scene.model.has_grown.set()
        erin.wait_for_text(until, 60_000)

        seen = list(erin.page.evaluate("() => window.seen"))
        assert erin.complaints == []
        erin.close()
    return seen


def _told(seen: list[str], growing: str) -> list[str]:
    return [found.group(1) for text in seen if (found := re.search(growing, text, re.MULTILINE))]


def test_an_answer_grows_word_by_word_before_the_eyes_of_who_asked(scene: Scene) -> None:
    asked, growing = "ask how do I drain a node?", "^(Stop new pods.*?)…?$"
    seen = _seen_growing(scene, "data-feeds", asked, "Stop", growing, "scratch data is lost")

    told = _told(seen, growing)
    assert len(set(told)) >= 2, seen
    assert all(longer.startswith(shorter.rstrip()) for shorter, longer in pairwise(told)), told


def test_a_diagnosis_stands_at_once_and_its_words_grow_below_it(scene: Scene) -> None:
    with intake_of(scene.port) as intake:
        report_runs(intake, "eod_positions")
    asked, growing = "why did eod_positions fail?", "^(The newest runs.*?) …"
    causes, worded = "Causes, most likely first", "Worded by a language model"
    seen = _seen_growing(scene, "incidents", asked, causes, growing, worded)

    assert "In words" not in seen[0]
    assert len(set(_told(seen, growing))) >= 2, seen
    assert "comet" not in "".join(seen).split("Removed from")[0]


def test_an_incident_is_told_in_words_and_what_nothing_supports_is_named(scene: Scene) -> None:
    erin = Visitor(scene.house.url, "erin")
    scene.model.is_awaited.set()
    scene.model.has_grown.set()
    with intake_of(scene.port) as intake:
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
