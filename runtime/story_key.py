"""Notice that what the workflow server holds was sealed with a key that we don't have, and tell people.

Nothing that is under way goes on then, while each part for itself is well: the server answers, and workers
take work that they can't open.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import Client
from temporalio.converter import WithSerializationContext, WorkflowSerializationContext
from temporalio.service import RPCError

from bot.cards.model import Tone
from bot.cards.text import quote
from bot.presenters.sentences import sentence
from domain.identity.chat import Place
from domain.telling.postings import Posting, View
from runtime.wiring.stores import Stores
from workflows import names

log = logging.getLogger("dogwatch.stories")

REMEDY = (
    "put keys/temporal-payloads.secret back from the copy of the keys folder, and start every process again."
    " Without a copy: stop Dogwatch, move the files temporal-*.db* out of the data folder (with a cluster:"
    " set temporal.namespace to a new one), and start; every story begins again from the database, and no"
    " step runs twice"
)
_CALL = timedelta(seconds=5)


async def sealed_elsewhere(client: Client) -> str:
    """Return the run of the watch whose input none of our keys opens; empty where all is well.

    A server that is away, or has no watch yet, says nothing against our keys.
    """
    story = names.watch_id("main")
    asked = GetWorkflowExecutionHistoryRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=story), maximum_page_size=1
    )
    try:
        told = await client.workflow_service.get_workflow_execution_history(asked, timeout=_CALL)
    except RPCError:
        return ""
    codec = client.data_converter.payload_codec
    if not told.history.events or not isinstance(codec, WithSerializationContext):
        return ""
    began = told.history.events[0].workflow_execution_started_event_attributes
    context = WorkflowSerializationContext(namespace=client.namespace, workflow_id=story)
    try:
        await codec.with_context(context).decode(began.input.payloads)
    except ValueError:
        return began.original_execution_run_id
    return ""


class StoryKey:
    """Says it once, in the log, to health and on a card.

    Args:
        stores: Where the card is kept.
        places: Where people read it.
        tell: Told after every look whether the key is the right one.
    """

    def __init__(self, stores: Stores, places: Sequence[Place], tell: Callable[[bool], None]) -> None:
        self._stores, self._places, self._tell = stores, places, tell

    async def look(self, client: Client) -> None:
        """Look whether what the server holds opens."""
        run = await sealed_elsewhere(client)
        self._tell(not run)
        if run:
            log.error("what the workflow server holds was sealed with another key: %s", REMEDY)
            await asyncio.to_thread(self._post, run)

    def _post(self, run: str) -> None:
        text = (
            "What the workflow server holds was sealed with a key that I don't have, so nothing that was"
            f" approved or is under way goes on. Tell whoever runs me: {REMEDY}."
        )
        card = sentence("I can't open my stories", quote(text), tone=Tone.DANGER)
        now = self._stores.clock.now()
        with self._stores.transactions.writing() as uow:
            for place in self._places:
                uow.postings.add(
                    Posting(
                        key=f"story-key#{run}:{place.platform}:{place.workspace}:{place.channel}"[:300],
                        view=View.MESSAGE,
                        place=place,
                        card_json=card.model_dump_json(),
                        created_at=now,
                        next_attempt_at=now,
                    )
                )
