"""Tell approvers and the audit trail when other rules are in force, or when their file can't be taken.

Who must say yes is decided by a file that anybody on the machine may have written. A change of it that only a
log knows of is found weeks later: by a request that nobody can decide, or by one that too few people did.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from bot.cards.model import Card, Tone
from bot.cards.text import md, quote
from bot.presenters.sentences import sentence
from domain.approval.policy import Policy, in_words
from domain.counting import counted, in_series
from domain.identity.chat import Place
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.telling.postings import Posting, View
from runtime.wiring.policy_file import PolicyFile
from runtime.wiring.stores import Stores

_EVERY_SECONDS = 1.0
_MOST_NAMED = 8


class PolicyNews:
    """Looks at the policy in force beside the doors.

    Args:
        file: The policy's file, as this process follows it.
        stores: Where it is written down.
        places: Where approvers are told.
        tell: Told whether the file can be taken, after every look.
    """

    def __init__(
        self, file: PolicyFile, stores: Stores, places: Sequence[Place], tell: Callable[[bool], None]
    ) -> None:
        self._file = file
        self._stores = stores
        self._places = places
        self._tell = tell
        self._former = file.before or file()
        self._trouble = ""

    async def run(self) -> None:
        """Look every second until cancelled."""
        while True:
            await asyncio.to_thread(self.look)
            self._tell(not self._file.trouble)
            await asyncio.sleep(_EVERY_SECONDS)

    def look(self) -> None:
        """Say what changed since the last look, once, however many processes see it."""
        policy, trouble = self._file(), self._file.trouble
        if (policy.version, trouble) != (self._former.version, self._trouble):
            self._say(policy, trouble)
        self._former, self._trouble = policy, trouble
        self._file.keep(policy)

    def _say(self, policy: Policy, trouble: str) -> None:
        with self._stores.transactions.writing() as uow:
            if trouble and trouble != self._trouble:
                self._announce(uow, AuditAct.REFUSED, _broken(policy, trouble), {"reason": trouble[:300]})
            elif policy.version != self._former.version:
                facts = {"from": self._former.version, "to": policy.version}
                facts |= {
                    name: ",".join(ids)[:300] for name, ids in _differences(self._former, policy).items()
                }
                self._announce(uow, AuditAct.POLICY_CHANGED, _changed(uow, self._former, policy), facts)
            else:
                self._announce(uow, AuditAct.POLICY_CHANGED, _mended(policy), {"to": policy.version})

    def _announce(self, uow: UnitOfWork, act: AuditAct, card: Card, facts: Mapping[str, str]) -> None:
        now = self._stores.clock.now()
        written = "-".join(map(str, self._file.mark())) if self._file.mark()[0] else f"gone-{now:%Y%m%d%H}"
        key = f"policy#{act.value}:{facts.get('to', '')}:{written}"
        added = [
            uow.postings.add(
                Posting(
                    key=f"{key}:{place.platform}:{place.workspace}:{place.channel}"[:300],
                    view=View.MESSAGE,
                    place=place,
                    card_json=card.model_dump_json(),
                    created_at=now,
                    next_attempt_at=now,
                )
            )
            for place in self._places
        ]
        if any(added) or not added:
            entry = AuditEntry(at=now, act=act, actor="dogwatch", subject="policy", facts=dict(facts))
            uow.audit.append(entry)


def _differences(before: Policy, after: Policy) -> dict[str, list[str]]:
    """Return the ids of rules that are new, gone, or read otherwise, or that only moved."""
    was, now = {rule.id: rule for rule in before.rules}, {rule.id: rule for rule in after.rules}
    found = {
        "new": [name for name in now if name not in was],
        "gone": [name for name in was if name not in now],
        "changed": [name for name in now if name in was and now[name] != was[name]],
    }
    if not any(found.values()):
        found["moved"] = list(now)
    return {word: names for word, names in found.items() if names}


def _changed(uow: UnitOfWork, before: Policy, after: Policy) -> Card:
    waiting = [one for one in uow.approval_list.pending() if one.policy_version != after.version]
    said = [
        f"{word}: {in_series([_told(name, before, after) for name in names], most=_MOST_NAMED)}"
        for word, names in _differences(before, after).items()
    ]
    asked = counted(len(waiting), "request waits", "requests wait")
    anew = f" {asked} under the former rules: the next *Approve* on each asks it anew." if waiting else ""
    text = md("Other rules decide from now on who must say yes (version `{new}`). ", new=after.version)
    return sentence("The approval policy changed", f"{text}Rules {'; '.join(said)}.{anew}")


def _told(name: str, before: Policy, after: Policy) -> str:
    """Return a rule's id with whom it asks, and whom it asked before where that differs."""
    asks = [
        "nobody, it is automatic" if rule.is_automatic else in_words(rule.needs)
        for policy in (before, after)
        for rule in policy.rules
        if rule.id == name
    ]
    if len(asks) == 2 and asks[0] == asks[1]:
        return md("`{id}`", id=name)
    return md("`{id}` ({asks})", id=name, asks=" → ".join(asks))


def _broken(policy: Policy, trouble: str) -> Card:
    text = md(
        "{why} Until then the former rules (version `{version}`) decide.", why=trouble, version=policy.version
    )
    return sentence("The approval policy's file can't be taken", text, tone=Tone.WARNING)


def _mended(policy: Policy) -> Card:
    text = f"It says what was in force all the time: version `{quote(policy.version)}`."
    return sentence("The approval policy's file is in order again", text)
