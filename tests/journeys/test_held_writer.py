"""Another process that holds the database's one writer holds up what is written, and nobody who reads."""

import contextlib
import sqlite3
import threading
from pathlib import Path

import httpx

from tests.journeys.house import house, wait_until
from tests.journeys.visitor import Visitor, words

_EACH = 15


def test_people_read_on_while_what_they_say_waits_for_another_process(tmp_path: Path) -> None:
    with house(tmp_path / "house", REMEDIATION__ENABLED="false") as running:
        people = [Visitor(running.url, person) for person in ("sam", "ada", "erin")]
        reader = Visitor(running.url, "ada")
        people[0].say("data-feeds", "standing before")
        wait_until(lambda: any("standing before" in words(m) for m in reader.messages("data-feeds")))

        def say(person: Visitor, text: str) -> None:
            with contextlib.suppress(httpx.HTTPError, AssertionError):  # it may be refused, in words
                person.say("data-feeds", text)

        with contextlib.closing(sqlite3.connect(running.data / "dogwatch.db", timeout=20)) as other:
            other.isolation_level = None
            other.execute("BEGIN IMMEDIATE")
            speaking = [
                threading.Thread(target=say, args=(person, f"{n}"), daemon=True)
                for n in range(_EACH)
                for person in people
            ]
            for one in speaking:
                one.start()
            seen = [reader.messages("data-feeds") for _ in range(5)]
            is_up = reader.get("/dashboard/").status_code
            other.execute("ROLLBACK")

        assert all(any("standing before" in words(m) for m in one) for one in seen)
        assert is_up == 200
        for one in speaking:
            one.join(60)
        reader.say("data-feeds", "standing after")
        assert reader.wait_for("data-feeds", "standing after")
