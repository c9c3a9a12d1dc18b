"""Presses at a high rate through the real house: acknowledged, durable, done once, and shown.

Run as `python -m benchmarks.chat --json FILE [--rate 200] [--seconds 50]`. A whole house with the Slack door
stands before an independent Slack counterpart. Signed presses on open approvals arrive at a steady rate, a
fiftieth of them twice; afterwards the audit trail is read: each press must be there exactly once. The same
presses go to a bare Bolt app that only acknowledges, in the same run. A second series comes at a rate
at which people press, two a second, each on a card of its own.
"""

import argparse
import asyncio
import collections
import contextlib
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.chat_sender import Sent, send_steadily
from benchmarks.chat_watcher import Watcher
from benchmarks.chat_world import (
    CHANNEL,
    Question,
    fifteen_columns,
    seed_approvals,
    slack_workspace,
    user_of,
    write_people,
)
from benchmarks.report import arguments, table, write
from benchmarks.startup import cpu_s, process_of, wait_for_rest
from bot.cards.model import Action
from bot.cards.tokens import TokenMint
from domain.identity.chat import Place, Platform
from runtime.keys import KeyFolder
from runtime.settings.house import Settings
from tests.counterparts.processes import Counterpart, free_ports
from tests.counterparts.slack import APP, BOT_TOKEN, SIGNING_SECRET, TEAM
from tests.counterparts.slack_load import SignedRequest, SlackSigner, press
from tests.journeys.house import House, house, wait_until
from tests.journeys.visitor import Visitor

PEOPLE, APPROVALS = 100, 200
_HUMAN_PRESSES, _HUMAN_RATE = 40, 2.0
"""Presses as people make them, each on a card that nobody pressed before."""
_EVERY_TWICE = 50
_SETTLE_SECONDS = 240.0


def percentile(values: list[float], share: float) -> float:
    """Return the value below which this share lies; NaN when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def signed_presses(
    data: Path, questions: list[Question], messages: dict[str, str], count: int, series: str = "load"
) -> list[SignedRequest]:
    """Return `count` presses; no person presses the same approval twice before all pairs are used."""
    keys = KeyFolder(data / "keys")
    mint = TokenMint({"k1": keys.secret("action-tokens")}, "k1")
    place, signer, found = (
        Place(platform=Platform.SLACK, workspace=TEAM, channel=CHANNEL),
        SlackSigner(SIGNING_SECRET),
        [],
    )
    tokens = [
        mint(Action(verb="approval.approve", label="Approve", subject=f"approval/{question.approval}",
                    subject_hash=question.subject_hash), place)
        for question in questions
    ]  # fmt: skip
    for number in range(count):
        question = questions[number % len(questions)]
        payload = press(
            token=tokens[number % len(questions)],
            team=TEAM,
            app=APP,
            user=user_of((number + number // len(questions)) % PEOPLE),
            channel=CHANNEL,
            trigger=f"{series}.{number}",
            message=messages[question.approval],
        )
        payload["actions"][0]["action_ts"] = f"{time.time():.6f}"  # type: ignore[index]  # built above
        found.append(signer.interactive(payload, key=f"slack:{TEAM}:{series}.{number}"))
    return found


def posted_messages(running: House) -> dict[str, str]:
    """Return approval to the message that shows it, once all stand in the channel."""
    question = "SELECT key, message FROM postings WHERE view = 'approval' AND message != ''"

    def everything() -> list[tuple[object, ...]]:
        rows = running.rows(question)
        return rows if len(rows) == APPROVALS + _HUMAN_PRESSES else []

    rows = wait_until(everything, 120)
    return {str(key).split("#")[1].split(":")[0]: str(message) for key, message in rows}


def settle(running: House, count: int) -> float:
    """Wait until every kept press is done and every card shows the newest; return how long that took, s."""
    began = time.time()
    acts = "(SELECT count(*) FROM inbox WHERE done_at IS NULL)"
    undone = f"SELECT {acts} + (SELECT count(*) FROM postings WHERE is_due)"  # noqa: S608  fixed words
    with contextlib.suppress(AssertionError):
        wait_until(lambda: running.rows(undone) == [(0,)], _SETTLE_SECONDS)
    return time.time() - began


def entries_by_press(running: House) -> dict[str, int]:
    """Return press key to how many decisions or refusals the audit trail holds for it."""
    question = "SELECT canonical FROM audit_entries WHERE act IN ('decision_recorded', 'refused')"
    found: collections.Counter[str] = collections.Counter()
    for (canonical,) in running.rows(question):
        text = canonical.decode() if isinstance(canonical, bytes) else str(canonical)
        named = re.search(r'"press":\s*"([^"]+)"', text)
        if named:
            found[named.group(1)] += 1
    return found


def clicks(folder: Path, rate: float, seconds: float) -> tuple[dict[str, float], House]:
    """Run the load against a house; return its figures."""
    data, port, people = folder / "data", free_ports(), folder / "people.yaml"
    questions = seed_approvals(Settings(data_dir=data), APPROVALS + _HUMAN_PRESSES)
    write_people(people, PEOPLE)
    slack, base = slack_workspace(folder, PEOPLE, f"http://127.0.0.1:{port}/slack/events")
    settings = {
        "WEB__PORT": str(port),
        "PEOPLE_FILE": str(people),
        "SLACK__BOT_TOKEN": BOT_TOKEN,
        "SLACK__SIGNING_SECRET": SIGNING_SECRET,
        "SLACK__TEAM_IDS": json.dumps([TEAM]),
        "SLACK__BASE_URL": f"{base}/api/",
        "SLACK__CHANNELS": json.dumps({"approvals": CHANNEL}),
    }
    try:
        with house(data, **settings) as running:
            messages = posted_messages(running)
            wait_for_rest(process_of(running))
            url = f"{running.url}/slack/events"
            asyncio.run(_warm(url))
            busy, fresh = questions[:APPROVALS], questions[APPROVALS:]
            presses = signed_presses(data, busy, messages, int(rate * seconds))
            used = cpu_s(process_of(running))
            with Watcher(base).watching() as watcher:
                sent = asyncio.run(send_steadily(url, presses, rate, _EVERY_TWICE))
                took = settle(running, len(presses))
            for reason, count in sorted(sent.reasons.items()):
                print(f"not acknowledged, {reason}: {count}")
            figures = _figures(running, sent, watcher, presses, busy, messages) | {"settle_s": took}
            figures["cpu_ms_per_click"] = (cpu_s(process_of(running)) - used) * 1000 / len(presses)
            figures |= _human(running, base, url, fresh, messages)
            figures |= uploads(running, folder)
            whole = running.run("audit", "verify").returncode == 0
            return figures | {"audit_whole": float(whole)}, running
    finally:
        slack.stop()


async def _warm(url: str) -> None:
    """Let the first request pay for what is loaded only once."""
    payload: dict[str, object] = {"type": "url_verification", "challenge": "c"}
    await send_steadily(url, [SlackSigner(SIGNING_SECRET).event(payload)], 1, 0)


def _figures(
    running: House,
    sent: Sent,
    watcher: Watcher,
    presses: list[SignedRequest],
    questions: list[Question],
    messages: dict[str, str],
) -> dict[str, float]:
    entries, delays = entries_by_press(running), _delays_ms(sent, watcher, presses, questions, messages)
    span = max(sent.acknowledged.values(), default=0.0) - min(sent.at.values())
    return {
        "clicks_sent": len(presses),
        "clicks_acknowledged": len(sent.acknowledged),
        "clicks_not_acknowledged": sent.refused,
        "clicks_lost": sum(1 for key in sent.acknowledged if not entries.get(key)),
        "clicks_doubled": sum(1 for count in entries.values() if count > 1),
        "acknowledged_per_s": len(sent.acknowledged) / span,
        "ack_p50_ms": percentile(sent.ack_ms(), 0.5),
        "ack_p95_ms": percentile(sent.ack_ms(), 0.95),
        "card_updated_p50_ms": percentile(delays, 0.5),
        "card_updated_p95_ms": percentile(delays, 0.95),
        "clicks_shown_on_card": len(delays),
    }


def _delays_ms(
    sent: Sent,
    watcher: Watcher,
    presses: list[SignedRequest],
    questions: list[Question],
    messages: dict[str, str],
) -> list[float]:
    """Return the time from each press to the card that first named it; presses never shown are left out."""
    shown, delays = watcher.first_shown(), []
    for number, request in enumerate(presses):
        message = messages[questions[number % len(questions)].approval]
        person = f"{(number + number // len(questions)) % PEOPLE:03d}"
        if (message, person) in shown:
            delays.append((shown[message, person] - sent.at[request.key]) * 1000)
    return delays


def _human(
    running: House, base: str, url: str, questions: list[Question], messages: dict[str, str]
) -> dict[str, float]:
    """Return the figures of presses at a rate at which people press."""
    presses = signed_presses(running.data, questions, messages, _HUMAN_PRESSES, "human")
    with Watcher(base).watching() as watcher:
        sent = asyncio.run(send_steadily(url, presses, _HUMAN_RATE, 0))
        settle(running, len(presses))
    delays = _delays_ms(sent, watcher, presses, questions, messages)
    return {
        "card_updated_human_p50_ms": percentile(delays, 0.5),
        "card_updated_human_p95_ms": percentile(delays, 0.95),
        "human_clicks_shown_on_card": len(delays),
    }


def uploads(running: House, folder: Path, count: int = 12) -> dict[str, float]:
    """Return how long it takes from dropping a file of fifteen columns to the answer about it."""
    sam, times = Visitor(running.url, "sam"), []
    for number in range(count):
        path = folder / f"sample_{number}.csv"
        path.write_bytes(fifteen_columns(number))
        began = time.monotonic()
        thread = sam.drop("data-feeds", path)
        sam.wait_for("data-feeds", "I read your sample", thread)
        times.append(time.monotonic() - began)
    return {"upload_answer_p50_s": percentile(times, 0.5), "upload_answer_p95_s": percentile(times, 0.95)}


def bare_bolt(folder: Path, rate: float, seconds: float) -> dict[str, float]:
    """Return the peer's figures for presses of the same form and rate."""
    port = free_ports()
    command = [sys.executable, "-m", "benchmarks.chat_bare_bolt", str(port)]
    peer = Counterpart(command, f"http://127.0.0.1:{port}/healthz", folder / "bolt.log")
    questions = [Question(f"ask{number:06d}", "0" * 64) for number in range(APPROVALS)]
    messages = {question.approval: "1700000000.000100" for question in questions}
    try:
        presses = signed_presses(folder / "data", questions, messages, int(rate * seconds))
        url = f"http://127.0.0.1:{port}/slack/events"
        asyncio.run(_warm(url))
        used = cpu_s(peer.process_id)
        sent = asyncio.run(send_steadily(url, presses, rate, 0))
        used = cpu_s(peer.process_id) - used
    finally:
        peer.stop()
    return {
        "clicks_sent": len(presses),
        "clicks_acknowledged": len(sent.acknowledged),
        "ack_p50_ms": percentile(sent.ack_ms(), 0.5),
        "ack_p95_ms": percentile(sent.ack_ms(), 0.95),
        "cpu_ms_per_click": used * 1000 / len(presses),
    }


def main() -> None:
    """Measure, print, write."""
    parser = arguments(__doc__ or "", with_data=False)
    parser.add_argument("--rate", type=float, default=200.0, help="presses a second")
    parser.add_argument("--seconds", type=float, default=50.0, help="how long; at most 100 s of 200 a second")
    parsed: argparse.Namespace = parser.parse_args()
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="dogwatch-chat-") as name:
        folder = Path(name)
        figures, _ = clicks(folder, parsed.rate, parsed.seconds)
        peers = {"bare_bolt": bare_bolt(folder, parsed.rate, parsed.seconds)}
    figures |= {"load_average_before": load_before, "load_average_after": os.getloadavg()[0]}
    rows = {name: {"dogwatch": value} for name, value in figures.items()}
    for name, row in peers.items():
        for figure, value in row.items():
            rows.setdefault(figure, {})[name] = value
    print(table(f"Presses at {parsed.rate:.0f} a second for {parsed.seconds:.0f} s", rows))
    data = {
        "rate": parsed.rate,
        "seconds": parsed.seconds,
        "people": PEOPLE,
        "approvals": APPROVALS,
        "cores": os.cpu_count(),
    }
    write(parsed.json, data=data, figures=figures, peers=peers)


if __name__ == "__main__":
    main()
