"""How long a question in the web chat takes until its answer stands on the page, alone and fifty at once.

Run as `python -m benchmarks.ask --json FILE`. A whole house is started, with the packaged model and the
articles that we ship. Fifty browsers sit in one channel; each asks its questions at the same moment as all
others, and one event stream says when each answer appeared. No language model is involved.
"""

import argparse
import asyncio
import html
import json
import os
import re
import secrets
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.kb_metrics import percentile
from benchmarks.report import arguments, write
from benchmarks.startup import descendants, memory_mib
from tests.journeys.house import House, house, wait_until

_ROOM = "data-feeds"
_PEOPLE = ("erin", "sam", "ada")
_QUESTIONS = (
    "ask how do I drain a node?",
    "ask what do I do when a feed's file is late?",
    "ask why does a Kafka consumer group lag?",
    "ask postgres has too many clients",
    "ask the TLS certificate expires soon",
    "ask how do I bring back the former configuration of a feed?",
    "ask who waters the plants in Lisbon?",
)
_WARM_SECONDS = 180.0
_LEAST_CPU = 0.05


def main() -> None:
    """Ask, alone and together, and write the figures."""
    parser = arguments(__doc__ or "", with_data=False)
    parser.add_argument("--at-once", type=int, default=50, help="people who ask at the same moment")
    parser.add_argument("--rounds", type=int, default=4, help="questions of each")
    parser.add_argument("--model", default="packaged", help="as the setting knowledge.model")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        limits = {"LIMITS__ACTS_IN_TEN_SECONDS": "100000", "KNOWLEDGE__MODEL": given.model}
        with house(Path(folder) / "data", **limits) as running:
            figures = _measured(running, given)
    for name, value in sorted(figures.items()):
        print(f"{name:<28} {value:.4g}")
    write(given.json, data={"at_once": given.at_once, "rounds": given.rounds}, figures=figures, peers={})


def _measured(running: House, given: argparse.Namespace) -> dict[str, float]:
    said = "from meaning" if given.model != "none" else "from words"
    log = running.data / "library.log"
    wait_until(lambda: log.exists() and said in log.read_text(), _WARM_SECONDS)
    alone = asyncio.run(_asked(running.url, 1, 20))
    parent = running.process.pid if running.process is not None else 0
    used = _cpu_by_process(parent)
    together = asyncio.run(_asked(running.url, given.at_once, given.rounds))
    spent = {name: value - used.get(name, 0.0) for name, value in _cpu_by_process(parent).items()}
    sizes = [memory_mib(process) for process in descendants(parent)]
    return {
        "answer_p50_s_alone": percentile(alone, 0.5),
        "answer_p95_s_alone": percentile(alone, 0.95),
        "answer_p50_s_together": percentile(together, 0.5),
        "answer_p95_s_together": percentile(together, 0.95),
        "answers": float(len(alone) + len(together)),
        **{f"cpu_ms_per_answer_{n}": 1000 * s / len(together) for n, s in spent.items() if s > _LEAST_CPU},
        "house_mib_after": sum(sizes),
    }


def _cpu_by_process(parent: int) -> dict[str, float]:
    """Return the CPU seconds of the house by what its processes do."""
    found: dict[str, float] = {}
    for process in descendants(parent):
        try:
            words = Path(f"/proc/{process}/cmdline").read_text().split("\0")
            times = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        except OSError:
            continue  # it ended meanwhile
        name = words[words.index("--queue") + 1] if "--queue" in words else Path(words[0]).name
        seconds = sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
        found[name] = found.get(name, 0.0) + seconds
    return found


async def _asked(url: str, at_once: int, rounds: int) -> list[float]:
    """Return how long each answer took, seconds; a question without an answer counts as a minute."""
    clients = [await _entered(url, _PEOPLE[n % len(_PEOPLE)]) for n in range(at_once)]
    seen: dict[str, float] = {}
    listening = asyncio.create_task(_listen(clients[0], seen))
    await asyncio.sleep(0.5)
    took: list[float] = []
    try:
        for number in range(rounds):
            begun = time.monotonic()
            asking = (_say(c, _QUESTIONS[(n + number) % len(_QUESTIONS)]) for n, c in enumerate(clients))
            threads = await asyncio.gather(*asking)
            deadline = begun + 60
            while time.monotonic() < deadline and any(thread not in seen for thread in threads):  # noqa: ASYNC110  seen by another task
                await asyncio.sleep(0.02)
            took += [seen.get(thread, deadline) - begun for thread in threads]
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await asyncio.gather(*(client.aclose() for client in clients))
    return took


async def _entered(url: str, person: str) -> httpx.AsyncClient:
    client = httpx.AsyncClient(base_url=url, timeout=60, headers={"origin": url, "connection": "close"})
    reply = await client.post("/api/enter", json={"subject": person})
    reply.raise_for_status()
    client.headers["x-csrf-token"] = reply.json()["csrf"]
    return client


async def _say(client: httpx.AsyncClient, text: str) -> str:
    """Ask, and return the thread in which the answer will stand."""
    body = {"channel": _ROOM, "text": text, "files": [], "thread": "", "nonce": secrets.token_hex(8)}
    reply = await client.post("/api/messages", json=body)
    reply.raise_for_status()
    return str(reply.json()["message"]["id"])


async def _listen(client: httpx.AsyncClient, seen: dict[str, float]) -> None:
    """Note when the first answer of each thread arrives at a browser."""
    async with client.stream("GET", "/api/events", timeout=None) as stream:
        async for line in stream.aiter_lines():
            if not line.startswith("data:"):
                continue
            message = json.loads(line.removeprefix("data:"))
            text = html.unescape(re.sub(r"<[^>]+>", " ", str(message.get("html", ""))))
            if "articles searched" in text:
                seen.setdefault(str(message["thread"]), time.monotonic())


if __name__ == "__main__":
    main()
