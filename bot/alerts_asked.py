"""Which alerts a question asks for: older than a day, taken by nobody, of critical feeds, mine. Pure."""

import re
from dataclasses import dataclass

from domain.clock.day_words import Age, Window, said_age


@dataclass(frozen=True)
class AlertsAsked:
    """What the alerts have to meet that are asked for; what is empty is not asked for.

    Attributes:
        before: The span that they have to be older than.
        is_taken: Whether somebody has to have them, or nobody; None: both are asked for.
        criticality: `critical`, or `high` with critical ones.
        is_mine: Whether they are of a team of the asker, or the asker's to handle.
        team: Whose they are.
    """

    age: Age | None = None
    before: Window | None = None
    is_taken: bool | None = None
    criticality: str = ""
    is_mine: bool = False
    is_oldest_first: bool = False
    team: str = ""

    @property
    def words(self) -> str:
        """Return which alerts are meant as it stands behind "alerts": "older than a day that nobody has"."""
        told = [f"of {self.team}"] if self.team else []
        told += ["of your teams or in your hands"] if self.is_mine else []
        told += [f"of {self.criticality} feeds"] if self.criticality else []
        told += [f"older than {self.age.words}"] if self.age is not None else []
        told += [f"from before {self.before.words.removeprefix('on ')}"] if self.before is not None else []
        if self.is_taken is not None:
            told.append("that somebody has" if self.is_taken else "that nobody has")
        return " ".join(told)


_BEFORE = r"\b(?:older than|(?:from )?before|earlier than) (?:the )?"
_UNTAKEN = re.compile(
    r"\bun(?:acknowledged|acked|taken|handled|assigned|owned)\b"
    r"|\b(?:nobody|no ?one|not|never)(?: (?:has|have|is|are|was|were|been|yet|still))*"
    r" (?:acknowledged|acked|taken|took|handled|handles|handling|assigned)\b"
)
_TAKEN = re.compile(
    r"^(?:(?:which|what|all|the|open|any) )*(?:acknowledged|acked|taken) (?:alerts?|alarms?)\b"
)
_CRITICAL = re.compile(r"\b(?:business[- ])?critical\b")
_HIGH = re.compile(r"\b(?:important|high[- ](?:criticality|priority))\b")
_MINE = re.compile(
    r"\bmy (?:\w+ )?(?:alerts?|alarms?)\b"
    r"|\b(?:alerts?|alarms?) (?:are |is )?(?:mine|(?:for|of) (?:me|my teams?))\b"
)
_OLDEST = re.compile(r"\b(?:oldest|longest)\b")


def alerts_asked_in(said: str, text: str, window: Window | None) -> tuple[AlertsAsked, str]:
    """Return which alerts a text asks for, and the text without what says so.

    Args:
        said: In small letters, without "show me my" in front.
        text: As it was written.
        window: The past span that it names.
    """
    age = said_age(said)
    rest = said.replace(age.said, " ") if age is not None else said
    is_before = window is not None and re.search(_BEFORE + re.escape(window.said), rest)
    untaken, taken = _UNTAKEN.search(rest), _TAKEN.search(rest)
    high = "high" if _HIGH.search(rest) else ""
    asked = AlertsAsked(
        age=age,
        before=window if is_before else None,
        is_taken=False if untaken else True if taken else None,
        criticality="critical" if _CRITICAL.search(rest) else high,
        is_mine=bool(_MINE.search(text.lower())),
        is_oldest_first=bool(_OLDEST.search(rest)),
    )
    for words in (_UNTAKEN, _CRITICAL, _HIGH, _OLDEST):
        rest = words.sub(" ", rest)
    return asked, re.sub(r"\b(?:older than|before|earlier than|from)\b", " ", rest) if is_before else rest
