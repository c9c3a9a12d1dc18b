"""Troubles, from the first word to what is learnt of them, with buttons, dialogs, menus and words: on every
door alike.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from domain.identity.chat import KEEP_MESSAGE
from tests.journeys.doors import Door, Seen, wait_for
from tests.journeys.house import wait_until
from tests.journeys.intake_calls import intake_of, report_runs
from tests.journeys.mender import CHECK, SETTINGS, UNDO, WRITE, landing, newest, until_state
from tests.journeys.one_trouble import from_alert_to_article, topology_file
from tests.journeys.three_doors import PLATFORMS, door_of
from tests.remediation.contained import need_sandbox

pytestmark = pytest.mark.timeout(600)
_PAUSE = threading.Event()


@dataclass(frozen=True)
class Scene:
    """A door and what reports to the house behind it."""

    door: Door
    intake: httpx.Client

    def said(self, *says: str, thread: str = "") -> Seen:
        """Return the newest card that says this, as soon as there is one."""
        return wait_for(self.door, *says, thread=thread)


@pytest.fixture(scope="module", params=PLATFORMS)
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    need_sandbox()
    folder = tmp_path_factory.mktemp(request.param)
    settings = SETTINGS | {"TELEMETRY__TOPOLOGY_FILE": str(topology_file(folder))}
    with door_of(request.param, folder, **settings) as (door, port), intake_of(port) as intake:
        yield Scene(door, intake)


@pytest.mark.proves("E6", "M2")
def test_a_pasted_script_is_reviewed_adopted_approved_and_run(scene: Scene) -> None:
    door = scene.door
    door.say("fix orders_etl bad file")
    options = scene.said("Ways out: orders_etl")
    answers = {"What_it_does": "Mend it by script", "Language": "python", "It_may_change": "landing"}

    door.answer(options, "Draft a script", **answers, Script=WRITE, Undo=UNDO, Check=CHECK)
    drafted = scene.said("A written script", "by-script.txt")
    door.press(drafted, "Adopt the script")
    fix = str(newest(door.house)["id"])
    until_state(door.house, fix, "in_approval")  # the first plan of a fresh house
    for person in ("ada", "erin"):
        door.approve(person, "Mend it by script", after="Show everything")

    until_state(door.house, fix, "verified")
    scene.said("Verified: Mend it by script")
    assert (landing(door.house) / "by-script.txt").read_text() == "mended"


def test_a_question_becomes_an_incident_that_is_worked_on_with_buttons_alone(scene: Scene) -> None:
    door = scene.door
    report_runs(scene.intake, "balances")
    thread = door.say("why did balances fail?")
    door.press(
        scene.said("Why did balances fail?", "Most likely balances", thread=thread), "Make it an incident"
    )
    card = scene.said("SEV3 investigating: Why did balances fail?", "Most likely balances")

    door.press(card, "Not this")
    card = scene.said("SEV3 investigating: Why did balances fail?", "people say: not this")
    assert "Not this" not in card.buttons
    door.answer(card, "It was …", Cause="balances")
    scene.said("SEV3 investigating: Why did balances fail?", "People say that it was balances")
    door.answer(card, "Update", State="investigating", Severity="sev1", Status="we read the file by hand")
    door.answer(card, "Hand over", Part="communications", To_whom="ada", What_they="the desk opens at eight")
    door.answer(card, "Add to timeline", What_happened="the sender was called")
    card = scene.said(
        "SEV1 investigating: Why did balances fail?", "we read the file by hand", "Ada Approver"
    )
    door.press(card, "Look again")

    door.press(card, "Timeline")
    told = scene.said("Timeline: Why did balances fail?")
    for line in ("It is not balances", "It was balances", "sev3 → sev1", "hands communications to Ada",
                 "the desk opens at eight", "the sender was called"):  # fmt: skip
        assert line in told.text, line
    door.say("incidents")
    assert "Why did balances fail?" in scene.said("open incident", "SEV1").text


def test_an_incident_is_resolved_reviewed_and_taken_up_again(scene: Scene) -> None:
    door = scene.door
    card = scene.said("SEV1 investigating: Why did balances fail?")

    door.answer(card, "Resolve", What_was_done="the column was put back")
    card = scene.said("SEV1 resolved: Why did balances fail?", "the column was put back")
    door.press(card, "Review document")
    review = scene.said("Review: Why did balances fail?", "the column was put back")
    assert any(link.endswith("/review") for link in review.links)
    door.press(card, "Reopen")

    assert "Resolve" in scene.said("SEV1 investigating: Why did balances fail?", "Reopened").buttons


def test_who_might_know_is_asked_and_the_answer_becomes_an_article(scene: Scene) -> None:
    door = scene.door
    question = "who waters the plants in the Lisbon office?"
    door.say(f"ask {question}")
    door.press(scene.said("I don't know", "Lisbon"), "Ask who might know")

    door.know(question, "The facility desk waters them each Monday morning.")

    draft = scene.said("Draft:", "facility desk")
    door.press(draft, "Publish")
    scene.said("Published: Who waters the plants")
    wait_until(lambda: _is_known(scene, question, "facility desk"), 60)


def test_words_and_messages_become_articles_that_answer(scene: Scene) -> None:
    door = scene.door
    door.say("kb add Thaw the heron cache: say quicksilver to the cache desk, then wait a minute.")
    draft = scene.said("Draft: Thaw the heron cache")
    assert {"Publish", "Edit", "Discard"} <= set(draft.buttons)
    door.press(draft, "Publish")
    scene.said("Published: Thaw the heron cache")

    answered = scene.said("Thaw the heron cache")
    door.menu(answered, KEEP_MESSAGE, Title="Calm the osprey queue", Text="Drain it through the side door.")
    door.press(scene.said("Draft: Calm the osprey queue"), "Publish")
    scene.said("Published: Calm the osprey queue")

    wait_until(lambda: _is_known(scene, "how do I thaw the heron cache?", "quicksilver"), 60)
    wait_until(lambda: _is_known(scene, "how do I calm the osprey queue?", "side door"), 60)


@pytest.mark.proves("A4", "D9", "E6", "E7")
def test_an_alert_is_diagnosed_mended_proven_resolved_and_taught(scene: Scene) -> None:
    from_alert_to_article(scene.door, scene.intake)


def _is_known(scene: Scene, question: str, fact: str) -> bool:
    thread = scene.door.say(f"ask {question}")
    # The house refuses whoever asks faster than people do.
    return fact in scene.said("articles searched", thread=thread).text or _PAUSE.wait(1.0)
