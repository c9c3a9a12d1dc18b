"""Send signed presses at a steady rate, whether or not answers come in time, and note each answer."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp

from tests.counterparts.slack_load import SignedRequest

_ANSWER_SECONDS = 30.0


@dataclass
class Sent:
    """What became of the presses: times are seconds since the epoch, by press key."""

    at: dict[str, float] = field(default_factory=dict)
    """When the press was due to be sent; a late sender counts against us."""
    acknowledged: dict[str, float] = field(default_factory=dict)
    refused: int = 0

    reasons: dict[str, int] = field(default_factory=dict)
    """Why presses were not acknowledged, by second of the run and reason."""

    def refuse(self, key: str, reason: str) -> None:
        """Count a press that was not acknowledged."""
        self.refused += 1
        second = int(self.at[key] - min(self.at.values()))
        name = f"second {second:02d}: {reason}"
        self.reasons[name] = self.reasons.get(name, 0) + 1

    def ack_ms(self) -> list[float]:
        """Return the time from a press to its acknowledgement, milliseconds, sorted."""
        return sorted((at - self.at[key]) * 1000 for key, at in self.acknowledged.items())


async def send_steadily(url: str, requests: Sequence[SignedRequest], rate: float, every_twice: int) -> Sent:
    """Send at `rate` a second; each `every_twice`-th press is delivered twice, as Slack's retries are."""
    sent, tasks = Sent(), set()
    timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    connector = aiohttp.TCPConnector(limit=400)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:

        async def post(request: SignedRequest, is_first: bool) -> None:
            try:
                async with session.post(url, data=request.body, headers=request.headers) as answer:
                    await answer.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                sent.refuse(request.key, type(error).__name__)
                return
            if answer.status != 200:
                sent.refuse(request.key, f"status {answer.status}")
            elif is_first:
                sent.acknowledged[request.key] = time.time()

        begin = time.time()
        for number, request in enumerate(requests):
            due = begin + number / rate
            if (wait := due - time.time()) > 0:
                await asyncio.sleep(wait)
            sent.at[request.key] = due
            copies = 2 if every_twice and number % every_twice == 0 else 1
            for copy in range(copies):
                task = asyncio.create_task(post(request, copy == 0))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        while tasks:
            await asyncio.wait(tasks)
    return sent
