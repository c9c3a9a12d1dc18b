"""A story's runs on a real server: that there is one, and that the story goes on in another."""

from typing import Any

from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError

from tests.waiting import until

Story = WorkflowHandle[Any, Any]


async def running(story: Story, but: str = "") -> str:
    """Wait until a story runs, and return its run; `but` is one that does not count."""

    async def look() -> str:
        try:
            found = await story.describe()
        except RPCError:  # it has not begun yet
            return ""
        run = found.run_id or ""
        return run if found.status is WorkflowExecutionStatus.RUNNING and run != but else ""

    return await until(look)


async def nudged_on(story: Story, before: str, nudged: Story | None = None) -> str:
    """Nudge a story, or the one that keeps it, until it runs in another run than before, which is returned.

    Each nudge is looked at: the story's history grows, or what ended it from outside is noticed.
    """

    async def look() -> str:
        run = (await story.describe()).run_id or ""
        if run == before:
            await (nudged or story).signal("nudge")
        return run if run != before else ""

    return await until(look)
