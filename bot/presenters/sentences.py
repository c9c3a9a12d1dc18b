"""Cards of one sentence: refusals, confirmations, small answers."""

from collections.abc import Sequence

from bot.cards.model import Action, Card, Tone
from bot.cards.text import literal, quote, told
from domain.errors import BadInput, DogwatchError, NotAllowed, NotFound, NotNow, OutsideTrouble
from domain.identity.chat import Called, Incoming
from domain.ports.sentence_card import Offer
from domain.text.redaction import mask_shapes

_TITLES: tuple[tuple[type[DogwatchError], str, Tone], ...] = (
    (NotAllowed, "Not yours to do", Tone.WARNING),
    (NotFound, "Not found", Tone.WARNING),
    (BadInput, "I can't use this", Tone.WARNING),
    (NotNow, "Not now", Tone.WARNING),
    (OutsideTrouble, "Something I depend on is away", Tone.DANGER),
)


def sentence(title: str, text: str, *, tone: Tone = Tone.CALM, actions: tuple[Action, ...] = ()) -> Card:
    """Return a card that says one thing; `text` is small Markdown."""
    return Card(
        title=title, lead=text, tone=tone, plain=f"{literal(title)}: {literal(text)}", actions=actions
    )


def stored_sentence(
    title: str, text: str, called: Sequence[Called] = (), offers: Sequence[Offer] = ()
) -> str:
    """Implements `SentenceCard`; the text is exact, not Markdown."""
    actions = tuple(
        Action(verb=one.verb, label=one.label, subject=one.subject, arguments=dict(one.about))
        for one in offers
    )
    card = sentence(title, quote(text), actions=actions)
    return card.model_copy(update={"calls": tuple(called)}).model_dump_json()


def refusal(error: DogwatchError) -> Card:
    """Return what a person reads when something foreseen stopped them."""
    for kind, title, tone in _TITLES:
        if isinstance(error, kind):
            return sentence(title, _ours(error), tone=tone)
    return sentence("Not done", _ours(error), tone=Tone.WARNING)


def given_up(act: Incoming) -> Card:
    """Return what a person reads when what they asked for could not be done for a day."""
    said = " ".join(mask_shapes(act.text).split())[:80]
    what = f"What you asked, \u201c{quote(said)}\u201d," if said else "What you pressed"
    return sentence(
        "Not done",
        f"{what} on {act.at:%d %B at %H:%M} UTC could not be done for a day, because something that I need"
        " was away. I don't try any more, and nothing was changed by it. Do it again if it is still needed.",
        tone=Tone.WARNING,
    )


def broken(correlation: str) -> Card:
    """Return what a person reads when we have a bug: the truth, and what to quote to an operator."""
    return sentence(
        "That did not work",
        "I hit a fault of my own while doing this. Nothing was changed. It is in my log under"
        f" `{quote(correlation[-12:])}`; an operator can look it up there.",
        tone=Tone.DANGER,
    )


def _ours(error: DogwatchError) -> str:
    # Refusals say back what was typed.
    return told(mask_shapes(error.sentence()))
