"""The words of this house: which one a text asks the meaning of, and what it means here. Pure.

Only a question for a meaning and nothing else is answered: "what is the deadline of fx_trades?" asks of a
feed, "what does ORA-01555 mean?" the library.
"""

import re

from bot.glossary_terms import TERMS, Term

_BY_NAME = {name.lower(): term for term in TERMS for name in term.names}
_ALONE = frozenset({"slo", "sla", "mttr", "mttd", "mtta", "rca"})
"""What is asked by its letters alone."""
_SAYS_HOW_IT_IS = re.compile(
    r"at risk|in trouble|fine|no news|gr[ea]y|red|yellow|green|late|failed|due|overdue|muted|expected"
    r"|held back|retired|in shadow|superseded|on call|on duty|downstream|upstream"
)
"""Asked for without *mean*, feeds that are so are asked for: "what is late?"."""
_MEANS = re.compile(r"\b(?:mean\w*|define|definition|explain|signifi\w+|bedeutet|difference)\b")
_OF_NOW = re.compile(
    r"alert|alarm|incident|plan|delivery|deadline|config(?:uration)?|policy|severity|lead time|reading"
    r"|template|root cause|diagnosis|probability|forecast|prediction|estimate|state|score(?:card)?|reader"
    r"|sender|threshold|level|quality"
)
"""With *the* before it, one that is there now is meant: "what is the alert?"."""
_BEGINS = (
    r"(?:what (?:is|are|does|do|exactly is)|what's|define|explain|meaning of|definition of|what is meant by"
    r"|what is the (?:meaning|definition) of|what do you mean by|difference between (?:an? )?[a-z ]{1,20} and"
    r"|c'?est quoi|qu'?est[- ]ce que? c'?est(?: que)?|que signifie|qu[eé] (?:es|significa|son)|cos'?[eè]"
    r"|(?:was|what) (?:ist|sind|bedeutet|hei(?:ß|ss)t))"
)
_ASKED = re.compile(
    rf"{_BEGINS} (?P<the>the )?(?:an? |eine? |une? |una? |l[ae] |l'|d(?:er|ie|as) )?(?:word |term )?"
    r"[\"'`*\u2018\u201c]?"
    r"(?P<name>[a-z0-9][a-z0-9 -]{1,40}?)s?[\"'`*\u2019\u201d]?"
    r"(?: (?:mean|means|stand for|stands for|here|exactly|then|actually|again|please|for you|in dogwatch"
    r"|in this context|de))*"
)

_HOW_TO_MUTE = re.compile(
    r"how (?:do|can|could|to) (?:i |we |one |you )?(?:un)?(?:mute|silence|snooze)"
    r" (?:an? |the |my |our |some |all |single )*(?:feeds?|alerts?|alarms?|cause)\b.{0,40}"
)


def term_in(said: str) -> Term | None:
    """Return the word whose meaning a text asks for; None where it asks anything else."""
    lowered = " ".join(said.lower().replace("\u2019", "'").split()).strip(" ?!.,;:\u00bf")
    if lowered in _ALONE:
        return _BY_NAME[lowered]
    if _HOW_TO_MUTE.fullmatch(lowered):
        return _BY_NAME["mute"]
    found = _ASKED.fullmatch(lowered[:120])
    if found is None or (found["the"] and _OF_NOW.fullmatch(found["name"])):
        return None
    name = found["name"]
    if _SAYS_HOW_IT_IS.fullmatch(name) and not _MEANS.search(lowered):
        return None
    return _BY_NAME.get(name) or _BY_NAME.get(f"{name}s") or _BY_NAME.get(f"{name.removesuffix('ie')}y")
