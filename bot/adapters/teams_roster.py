"""Ask Teams of which tenant a sender is, where their activity does not say so: outsiders are refused.

What Teams does not tell changes nothing: a sender of whom nobody says anything is a visitor until an account
of theirs is linked, and a roster that is away keeps nobody from being answered.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bot.adapters.teams_gate import Json, Refused, TeamsGate
from bot.adapters.teams_settings import TeamsSettings
from domain.errors import OutsideTrouble

log = logging.getLogger("dogwatch.teams")

Member = Callable[[str, str, str], Awaitable[Json]]
"""Returns what Teams tells of a member, by service address, conversation and the member's id there."""

_PATIENCE_SECONDS = 2.0
"""Teams waits for our answer while we ask."""
_BELIEVED_SECONDS = 3_600.0
_ASK_AGAIN_SECONDS = 60.0
_MOST_REMEMBERED = 10_000
_OUTSIDE_ROLES = frozenset({"guest", "anonymous"})


class TeamsRoster:
    """Remembers for an hour who is one of ours.

    Args:
        settings: Which tenant is ours, and whether there is anybody to ask.
        gate: Reads who sent an activity.
        member: Asks Teams.
        seconds: A clock that never goes back.
    """

    def __init__(
        self,
        settings: TeamsSettings,
        gate: TeamsGate,
        member: Member,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._gate = settings, gate
        self._tenant, self._member, self._seconds = settings.tenant.lower(), member, seconds
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def person(self, activity: Json) -> str:
        """Return the Entra object id of who acted.

        Raises:
            Refused: The gate refuses them, or Teams says that they are a guest here or of another tenant.
        """
        person = self._gate.person(activity)
        if self._settings.asks_roster:
            await self._refuse_outsiders(activity, person)
        return person

    async def _refuse_outsiders(self, activity: Json, person: str) -> None:
        sender = _part(activity, "from")
        if sender.get("tenantId"):
            return  # the gate has compared it
        objection, until = self._known.get(person, ("", 0.0))
        if self._seconds() >= until:
            objection, lives_seconds = await self._ask(activity, str(sender.get("id", "")), objection)
            self._known[person] = (objection, self._seconds() + lives_seconds)
            self._known.move_to_end(person)
            while len(self._known) > _MOST_REMEMBERED:
                self._known.popitem(last=False)
        if objection:
            tenant = _part(activity, "conversation").get("tenantId") or self._tenant
            raise Refused(403, objection, (str(tenant)[:200], person))

    async def _ask(self, activity: Json, member: str, known: str) -> tuple[str, float]:
        """Return what there is against a member, and for how many seconds that is believed.

        While the roster is away, what was known before stands.
        """
        conversation = str(_part(activity, "conversation").get("id", "")).partition(";")[0]
        asked = self._member(str(activity.get("serviceUrl", "")), conversation, member)
        try:
            told = await asyncio.wait_for(asked, _PATIENCE_SECONDS)
        except (OutsideTrouble, TimeoutError) as error:
            log.info("teams does not say of whom a sender is", extra={"reason": str(error)})
            return known, _ASK_AGAIN_SECONDS
        if str(told.get("tenantId") or self._tenant).lower() != self._tenant:
            return "sent by somebody of another tenant", _BELIEVED_SECONDS
        if str(told.get("userRole", "")).lower() in _OUTSIDE_ROLES:
            return "sent by a guest", _BELIEVED_SECONDS
        return "", _BELIEVED_SECONDS


def _part(whole: Json, name: str) -> Json:
    part = whole.get(name)
    return part if isinstance(part, dict) else {}
