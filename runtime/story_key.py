"""Notice that what the workflow server holds was sealed with a key that we don't have, and tell people.

Nothing that is under way goes on then, while each part for itself is well: the server answers, and workers
take work that they can't open.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from temporalio.client import Client

from bot.cards.model import Tone
from bot.cards.text import quote
from bot.presenters.sentences import sentence
from domain.identity.chat import Place
from domain.telling.postings import Posting, View
from runtime.wiring.stores import Stores
from runtime.wiring.story_seal import REMEDY, sealed_elsewhere

log = logging.getLogger("dogwatch.stories")


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
