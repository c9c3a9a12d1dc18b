"""What a sentence of a language model is checked against: evidence, what it is about, what was measured.

A sentence that cites evidence and speaks of something else is how a text from outside would speak through
the model, so it goes; so does one with an address, a command, or a number that nobody measured.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.investigation.diagnosis_report import DiagnosisReport
from rca.findings import clean
from rca.words.wording_numbers import made_up, numbers_in

_ADDRESS = re.compile(r"(?i)\b(?:https?|ftp|ssh)://\S+|\bwww\.\S+|\S+@\S+\.\S+")
_COMMAND = re.compile(r"[`$|;<>]|&&|(?i:\b(?:sudo|curl|wget|kubectl|rm -|drop table|bash|chmod)\b)")
_SYMPTOMS = frozenset(
    {
        *("call", "wait", "slow", "fail", "erro", "requ", "serv", "late", "time", "load"),
        *("queu", "retr", "cras", "down", "sile", "reac", "user", "read", "rows", "runs"),
    }
)
"""Beginnings of words that speak of trouble without naming what was measured."""


@dataclass(frozen=True)
class Known:
    """What words can be checked against.

    Args:
        evidence: Of each id, whom it is about and the words that it says.
        services: Names that the diagnosis speaks of.
        numbers: What was measured.
    """

    evidence: Mapping[str, tuple[str, frozenset[str]]]
    services: frozenset[str]
    numbers: tuple[float, ...]

    @classmethod
    def of(cls, report: DiagnosisReport, material: str) -> "Known":
        """Return what a report and the text that the model was given hold."""
        found = report.diagnosis.evidence
        said = {item.evidence_id: (item.service.lower(), _words(item.text)) for item in found}
        seen = {item.service for item in found} | {h.service for h in report.diagnosis.hypotheses}
        numbers = numbers_in([material, *(item.text for item in found)])
        return cls(said, frozenset(name.lower() for name in seen if name), numbers)

    def objection(self, text: str, cited: Sequence[str], *, is_idea: bool = False) -> str:
        """Return why a sentence can't stay, empty when it can; an idea may speak of what nothing shows."""
        if not text.strip():
            return "says nothing"
        if not cited:
            return "cites no evidence"
        if unknown := [one for one in cited if one not in self.evidence]:
            return f"cites {clean(unknown[0], 20)}, which does not exist"
        if _ADDRESS.search(text) or _COMMAND.search(text):
            return "holds an address or a command"
        if number := made_up(text, self.numbers):
            return f"says {clean(number, 20)}, which nobody measured"
        if not is_idea and not self._is_about(text, cited):
            return "is not about what it cites"
        return ""

    def _is_about(self, text: str, cited: Sequence[str]) -> bool:
        """Return whether a sentence speaks of what it cites.

        One that names services has to name one that its evidence is about; one that names none has to share
        a word with its evidence, or be about waiting, failing and the like.
        """
        told = text.lower()
        found = [self.evidence[one] for one in cited]
        named = {name for name in self.services if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", told)}
        if named:
            return any(service in named or not service for service, _ in found)
        return bool(_words(text) & _SYMPTOMS.union(*(words for _, words in found)))


def _words(text: str) -> frozenset[str]:
    """Return the words that say something, by their beginnings: `waited` is `waits`."""
    return frozenset(word[:4] for word in re.findall(r"[^\W\d_]{3,}", text.lower()))
