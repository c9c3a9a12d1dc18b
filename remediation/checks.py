"""Is it better now? Success means that every check holds for the whole watch time, not an exit code of 0."""

import asyncio
from collections.abc import Sequence

from domain.ports.sandbox import Sandbox, SandboxJob, SandboxMode
from domain.remediation.plans import Check, Watch


async def broken_claim(checks: Sequence[Check], sandbox: Sandbox) -> str:
    """Read every check once; return the sentence of the first that does not hold, empty when all do."""
    for check in checks:
        job = SandboxJob(script=check.script, mode=SandboxMode.READ, arguments=check.arguments, key="check")
        outcome = await sandbox.run(job)
        if not outcome.is_good:
            lines = (outcome.errors or outcome.output).strip().splitlines()
            why = lines[-1][:300] if lines else outcome.ending.value.replace("_", " ")
            return f"“{check.claim}” does not hold: {why}"
    return ""


async def broken_within(checks: Sequence[Check], watch: Watch, sandbox: Sandbox) -> str:
    """Read the checks again and again for the watch time; a check that flaps does not hold.

    Returns:
        The sentence of the first claim that did not hold, empty when all held every time.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + watch.seconds
    while True:
        broken = await broken_claim(checks, sandbox)
        if broken or loop.time() >= end:
            return broken
        await asyncio.sleep(max(min(watch.every_seconds, end - loop.time()), 0))
