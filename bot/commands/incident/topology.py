"""What depends on what around a feed or service: a list at once, with a picture and a page."""

import asyncio

from bot.cards.model import Card, Link, Picture, Reply, Section
from bot.cards.text import literal, md, quote
from bot.turn import Asked, Turn
from domain.errors import BadInput, NotFound
from domain.identity.access import Act, may
from domain.investigation.diagnosis_report import MapSlice

_SHOWN = 12


async def draw(asked: Asked) -> object:
    """Draw the picture before the transaction; another process does it, since it takes a second."""
    tools = asked.tools
    name = _named(asked.words)
    if tools.cartographer is None or not name or not may(asked.person, Act.SEE_FEEDS):
        return None
    around = await asyncio.to_thread(tools.cartographer.around, name)
    if not around.nodes:
        return around, ""
    png = await tools.cartographer.draw(around, f"What stands around {name}")
    return around, tools.blobs.put(png) if png else ""


def topology(turn: Turn) -> Reply:
    """Say what a feed or service needs and what needs it."""
    turn.require(Act.SEE_FEEDS)
    name = _named(turn.words)
    if not name:
        raise BadInput("topology without a name", say="The map around what? Say `topology payments`.")
    if not isinstance(turn.prepared, tuple):
        raise NotFound("no map", say="I have no map: no traces, manifests or feed lineage are connected.")
    around, picture = turn.prepared
    if not around.nodes:
        known = turn.tools.cartographer.names() if turn.tools.cartographer is not None else ()
        near = [other for other in known if name.lower() in other.lower()][:8] or list(known)[:8]
        raise NotFound(
            f"{name} is not on the map",
            say=f"{name} is not on the map.",
            next_step=f"I know {', '.join(near)}." if near else "Nothing is on it yet.",
        )
    turn.say(map_card(name, around, str(picture)))
    return Reply()


def map_card(name: str, around: MapSlice, picture: str) -> Card:
    """Return the part of the map around a name."""
    needs = [needed for one, needed in around.edges if one == name]
    needed_by = [one for one, needed in around.edges if needed == name]
    sections = (
        Section(heading="Needs", text=_list(needs)),
        Section(heading="Needed by", text=_list(needed_by)),
    )
    lead = md("**{n}** things stand around {name}.", n=len(around.nodes) - 1, name=name)
    if around.left_out:
        lead += f" {around.left_out} more are too far for this part."
    drawn = (
        Picture(path=f"/incidents/pictures/{picture}.png", alternative=f"The map around {name}")
        if picture
        else None
    )
    page = f"/topology/{name}"
    return Card(
        title=f"The map around {name}",
        lead=lead,
        sections=sections,
        picture=drawn,
        links=(Link(label="As a page", target=page),),
        full_view=page,
        plain=f"{literal(lead)} Needs: {', '.join(needs)}. Needed by: {', '.join(needed_by)}.",
    )


def _list(names: list[str]) -> str:
    shown = "\n".join(f"• {quote(name)}" for name in sorted(names)[:_SHOWN]) or "Nothing that I know of."
    return shown + (f"\n… and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _named(words: tuple[str, ...]) -> str:
    return words[0].strip("`*?!.,") if words else ""
