"""Where in our own chat the card of an alert stands, so that a page leads to its buttons."""

from urllib.parse import quote

from domain.alerts import Alert
from domain.chat import Platform
from domain.ports.transactions import UnitOfWork
from domain.postings import View


def chat_card(uow: UnitOfWork, alert: Alert | None) -> str:
    """Return the address of an alert's card in the web chat; the chat's own where no card stands there."""
    posted = uow.posting_lookup.about(f"alert/{alert.id}") if alert is not None else []
    for posting in reversed(posted):
        sent = posting.sent
        if posting.view is View.ALERT and sent is not None and posting.place.platform is Platform.WEB:
            # The page opens the thread of a message, and the message stands first in it.
            first = posting.place.thread or sent.message
            return f"/#/{quote(sent.place.channel, safe='')}/{quote(first, safe='')}"
    return "/"
