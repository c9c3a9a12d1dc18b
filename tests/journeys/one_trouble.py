"""One trouble from its alert to the article that the next alike alert carries, at any door the same."""

from pathlib import Path

import httpx

from tests.journeys.doors import Door, Seen, wait_for
from tests.journeys.intake_calls import fire, report_runs
from tests.journeys.visitor import Visitor

TITLE = "orders_etl failed twice"


def topology_file(folder: Path) -> Path:
    """Write down around what the trouble is, and return the file."""
    declared = folder / "topology.yaml"
    declared.write_text("edges:\n- {from: positions, to: orders_etl}\n- {from: orders_etl, to: orders-db}\n")
    return declared


def from_alert_to_article(door: Door, intake: httpx.Client) -> None:
    """Diagnose it, mend it in vain, mend it, resolve it, keep what was learnt, and meet it again."""
    card = _alerted_and_diagnosed(door, intake)
    _evidence_opens(door, card)
    _worked_on_in_its_thread(door, card)
    _a_fix_that_does_not_help_is_undone_and_leaves_it_open(door, card)
    _a_fix_that_helps_is_proven_and_named(door, card)
    article = _resolved_and_taught(door, card)
    _the_next_one_carries_what_was_learnt(door, intake, card, article)
    assert door.house.run("audit", "verify").returncode == 0


def _alerted_and_diagnosed(door: Door, intake: httpx.Client) -> Seen:
    report_runs(intake, "orders_etl")
    fire(intake, "orders_etl")
    card = wait_for(door, f"SEV2 open: {TITLE}", "Most likely", "Runbook A sender changed the columns")
    assert "KeyError: column amount" in card.text
    assert "How sure" in card.text
    door.press(card, "I take the lead")
    led = wait_for(door, f"SEV2 investigating: {TITLE}", "Sam Streams")
    assert led.id == card.id, "the card is updated in place"
    return led


def _evidence_opens(door: Door, card: Seen) -> None:
    """Press every cause and follow every link of the card and of the evidence."""
    door.press(card, card.button("Evidence: orders_etl"))
    shown = wait_for(door, "Evidence for orders_etl", "r7")
    thread = door.say("topology orders_etl")
    drawn = wait_for(door, "The map around orders_etl", "orders-db", thread=thread)
    sam = Visitor(door.house.url, "sam")
    links = [*card.links, *shown.links, *drawn.links]
    assert any("/evidence/" in link for link in links)
    assert any(link.startswith("/topology/") for link in links)
    for link in links:
        assert sam.get(link).status_code == 200, link


def _worked_on_in_its_thread(door: Door, card: Seen) -> None:
    thread = card.thread or card.id
    door.say("severity sev1", thread)
    wait_for(door, f"SEV1 investigating: {TITLE}")
    door.say("hand over scribe to Erin", thread)
    door.say("status update we look at the sender", thread)
    wait_for(door, f"SEV1 investigating: {TITLE}", "we look at the sender", "Erin Engel")
    door.say("were there any deploys before it?", thread)
    answered = wait_for(door, "Changes that could have done it")
    door.menu(answered, "message_to_timeline", What_happened="the sender renamed a column")
    door.say("summary", thread)
    wait_for(door, f"Summary: {TITLE}", "Sam Streams leads it", "the sender renamed a column")


def _planned(door: Door, card: Seen, title: str) -> None:
    """From the incident's button to the run: the diagnosis has filled in the blanks."""
    card = wait_for(door, f"SEV1 investigating: {TITLE}")
    door.press(card, "Fix")
    options = wait_for(door, "Ways out: orders_etl", "schema changed", title)
    assert "feed orders_etl, run r7" in options.text
    door.answer(options, options.button(title))
    door.press(wait_for(door, f"Approve? {title}", room="approvals"), "Approve", "approvals")
    for person in ("ada", "erin"):
        door.approve(person, title)
    approved = wait_for(door, f"Approved: {title}", "Ada", "Erin", room="approvals")
    assert "Sam Streams agreed" not in approved.text, "who asked does not approve"


def _a_fix_that_does_not_help_is_undone_and_leaves_it_open(door: Door, card: Seen) -> None:
    _planned(door, card, "Guess the column")
    wait_for(door, "Rolled back: Guess the column")
    again = wait_for(door, f"SEV1 investigating: {TITLE}", "Not fixed by Guess the column", "still open")
    assert again.id == card.id


def _a_fix_that_helps_is_proven_and_named(door: Door, card: Seen) -> None:
    _planned(door, card, "Put the column back")
    wait_for(door, "Verified: Put the column back")
    again = wait_for(door, f"SEV1 monitoring: {TITLE}", "Fixed by Put the column back", "every check held")
    sam = Visitor(door.house.url, "sam")
    assert any(link.startswith("/plans/") for link in again.links)
    for link in again.links:
        assert sam.get(link).status_code == 200, link
    door.say("timeline", card.thread or card.id)
    told = wait_for(door, f"Timeline: {TITLE}")
    for line in (
        "Alert FeedFailed",
        "most likely orders_etl",
        "takes the lead",
        "sev2 → sev1",
        "hands scribe to Erin Engel",
        "the sender renamed a column",
        "“Guess the column” (plan",
        "did not help and was undone",
        "“Put the column back” (plan",
        "worked: every check held",
    ):
        assert line in told.text, line


def _resolved_and_taught(door: Door, card: Seen) -> str:
    """Return the path of the article that came of it."""
    found = wait_for(door, f"SEV1 monitoring: {TITLE}")
    door.answer(found, "Resolve")
    wait_for(door, f"SEV1 resolved: {TITLE}", "What helped", "Put the column back")
    draft = wait_for(door, f"Draft: {TITLE}", "Put the column back", "Guess the column", "the rows are there")
    assert {"Publish", "Edit", "Discard"} <= set(draft.buttons)
    assert "we look at the sender" not in draft.text, "the plan's checks are there, a status is none"
    assert draft.thread in ("", card.thread or card.id), "it stands below its incident"
    door.press(draft, "Publish")
    published = wait_for(door, f"Published: {TITLE}")
    return next(link for link in published.links if link.startswith("/kb/"))


def _the_next_one_carries_what_was_learnt(
    door: Door, intake: httpx.Client, before: Seen, article: str
) -> None:
    fire(intake, "orders_etl", "resolved")
    fire(intake, "orders_etl")
    says = (f"SEV2 open: {TITLE}", "Alike before", "Put the column back")
    card = wait_for(door, *says, leads_to=article)
    assert card.id != before.id
    assert "Guess the column" in Visitor(door.house.url, "sam").page(article)
    door.say("resolve the sender put it back by hand", card.thread or card.id)
    twin = wait_for(door, "says nearly the same", "Seen again", "the sender put it back by hand")
    assert "Publish" in twin.buttons
    assert twin.thread in ("", card.thread or card.id), "it stands below its incident"
