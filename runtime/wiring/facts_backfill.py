"""Fill in what merged configurations say, for feeds that were merged before Dogwatch asked for it.

What a configuration says is kept beside the feed's entry when it is merged. An entry from before a fact was
known lacks it until the next merge, so each start reads such entries anew. Repeating it changes nothing.
"""

import logging

from config_gen.documents import parse
from domain.configuration.changes import FeedEntry, Proposal
from domain.errors import DogwatchError, NotFound
from domain.ids import FeedName
from domain.running.feed_facts import EDITION
from runtime.wiring.proposal_facts import facts_of
from runtime.wiring.stores import Stores

log = logging.getLogger("dogwatch.watch")


def fill_in_facts(stores: Stores) -> int:
    """Read the facts of all entries that lack some off what was merged; return how many were filled in."""
    with stores.transactions.reading() as uow:
        older = [entry for entry in uow.feeds.every() if entry.facts.edition < EDITION]
    filled = 0
    for entry in older:
        try:
            content = _merged(stores, entry)
            facts = facts_of(parse(content)) if content else None
        except DogwatchError as error:
            log.warning("facts of a merged feed can't be read: %s", error, extra={"feed": entry.name})
            continue
        if facts is None:
            log.warning("the merged configuration of a feed is gone", extra={"feed": entry.name})
            continue
        with stores.transactions.writing() as uow:
            now = uow.feeds.find(entry.name)
            # One that was merged meanwhile has brought its facts with it.
            if now == entry:
                uow.feeds.save(entry.model_copy(update={"facts": facts}))
                filled += 1
    if older:
        log.info("facts of merged feeds filled in", extra={"filled": filled, "lacking": len(older)})
    return filled


def _merged(stores: Stores, entry: FeedEntry) -> bytes | None:
    """Return the YAML that was merged: as it was proposed, where that is known, else from the repository."""
    try:
        proposed = _proposed(stores, entry)
    except NotFound:
        proposed = None
    return proposed or stores.shelf.read_feed(FeedName(entry.name), entry.commit or None)


def _proposed(stores: Stores, entry: FeedEntry) -> bytes | None:
    if entry.change is None:
        return None
    with stores.transactions.reading() as uow:
        change = uow.changes.get(entry.change)
    if change.proposal is None or change.feed != entry.name:
        return None
    return Proposal.model_validate_json(stores.blobs.get(change.proposal)).yaml.encode()
