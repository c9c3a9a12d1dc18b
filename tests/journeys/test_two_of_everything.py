"""Two fronts and two workers of each queue beside each other: one truth, whoever is asked or leaves."""

import contextlib
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from benchmarks.chat_world import Question, seed_approvals
from domain.identity.chat import Place, Platform
from runtime.demo.samples import write_samples
from runtime.settings.house import DatabaseSettings, Settings
from tests.counterparts.postgres import create_database, postgres_server
from tests.counterparts.processes import free_ports
from tests.journeys.house import wait_until
from tests.journeys.test_served import _is_up, _migrate, _ours, _settings, _temporal
from tests.journeys.visitor import Visitor, words

pytestmark = pytest.mark.timeout(600)

_QUESTIONS = 24
_APPROVALS = Place(platform=Platform.WEB, workspace="web", channel="approvals")
_Process = subprocess.Popen[bytes]


@dataclass
class Pair:
    """Two fronts, two workers of each queue, one database, one workflow server."""

    urls: list[str]
    fronts: list[_Process]
    workers: dict[str, list[_Process]]
    temporal: _Process
    questions: list[Question]
    database: str
    acknowledged: list[str] = field(default_factory=list)

    def parts(self, front: int) -> dict[str, str]:
        """Return what a front says about itself."""
        return dict(httpx.get(f"{self.urls[front]}/healthz", timeout=10).json()["parts"])

    def asked(self, question: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with psycopg.connect(self.database.replace("+psycopg", ""), autocommit=True) as truth:
            return truth.execute(question).fetchall()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    temporal, webs = free_ports(2), [free_ports() for _ in range(2)]
    with postgres_server() as address, contextlib.ExitStack() as running:
        database = create_database(address, "dogwatch")
        environment = _settings(tmp_path, database, temporal)
        server = running.enter_context(_temporal(tmp_path, temporal))
        _migrate(environment)
        settings = Settings(data_dir=tmp_path / "data", database=DatabaseSettings(url=database))
        questions = seed_approvals(settings, _QUESTIONS, _APPROVALS)
        workers = {
            queue: [
                running.enter_context(_ours(["worker", "--queue", queue], tmp_path, environment, number))
                for number in (1, 2)
            ]
            for queue in ("front", "heavy")
        }
        fronts = [running.enter_context(_ours(["serve"], tmp_path, environment, web)) for web in webs]
        urls = [f"http://127.0.0.1:{web}" for web in webs]
        for url in urls:
            wait_until(lambda url=url: _is_up(url), 120)  # type: ignore[misc]  # a lambda with its own url
        yield Pair(urls, fronts, workers, server, questions, database)


def _press_everywhere(pair: Pair, people: list[Visitor], message: dict[str, Any], number: int) -> None:
    """Deliver one press to every front at once, as platforms that hear nothing in time do."""

    def deliver(person: Visitor) -> None:
        with contextlib.suppress(httpx.HTTPError):  # a front that is leaving; the other one has the press too
            person.press(message, "Approve", nonce=f"press-{number:04d}")

    threads = [threading.Thread(target=deliver, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


@pytest.mark.proves("R4", "D2")
def test_two_of_everything_act_once_and_one_leaves_while_people_press(pair: Pair, tmp_path: Path) -> None:
    ada = Visitor(pair.urls[0], "ada")
    both = [ada, ada.also_at(pair.urls[1])]
    cards = wait_until(lambda: _cards(ada), 90)
    for front in (0, 1):
        wait_until(lambda front=front: set(pair.parts(front).values()) == {"up"}, 60)  # type: ignore[misc]

    for number, card in enumerate(cards):
        if number == _QUESTIONS // 2:
            pair.fronts[1].send_signal(signal.SIGTERM)
        _press_everywhere(pair, both, card, number)

    assert pair.fronts[1].wait(timeout=30) == 0
    wait_until(lambda: sum(_is_agreed(card) for card in _cards(ada)) == _QUESTIONS, 60)
    counted = "SELECT count(*), count(DISTINCT canonical::json #>> '{facts,press}') FROM audit_entries"
    assert pair.asked(f"{counted} WHERE act = 'decision_recorded'") == [(_QUESTIONS, _QUESTIONS)]
    assert pair.asked("SELECT count(*) FROM audit_entries WHERE act = 'refused'") == [(0,)]
    assert pair.asked("SELECT count(*) FROM inbox WHERE done_at IS NULL") == [(0,)]
    assert len(_cards(ada)) == _QUESTIONS

    _leave(pair)
    _still_reads_samples(pair, tmp_path)
    _says_what_is_away(pair)


def _leave(pair: Pair) -> None:
    """Let one worker of each queue go."""
    for one, _ in pair.workers.values():
        one.send_signal(signal.SIGTERM)
    assert [one.wait(timeout=40) for one, _ in pair.workers.values()] == [0, 0]


def _still_reads_samples(pair: Pair, tmp_path: Path) -> None:
    sam = Visitor(pair.urls[0], "sam")
    thread = sam.drop("data-feeds", write_samples(tmp_path / "samples") / "fx_trades.csv")
    sam.wait_for("data-feeds", "I read your sample", thread, 60)


def _says_what_is_away(pair: Pair) -> None:
    pair.temporal.kill()
    wait_until(lambda: pair.parts(0)["stories"] == "away", 30)
    assert pair.parts(0)["database"] == "up"
    assert _is_up(pair.urls[0])


def _is_agreed(card: dict[str, Any]) -> bool:
    return "Ada Approver agreed" in " ".join(words(card).split())


def _cards(person: Visitor) -> list[dict[str, Any]]:
    """Return the approval cards, once all of them stand there."""
    found = [message for message in person.messages("approvals") if "Approve? Onboard feed" in words(message)]
    return found if len(found) >= _QUESTIONS else []
