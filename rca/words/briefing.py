"""A diagnosis and its curated case as text for a reader with a token budget, such as a language model.

Facts come first, quotes last and marked as quotes; when the budget ends, the text says what was left out.
Nothing in it is an instruction: what strangers wrote is quoted, bounded and stripped of control characters
and secrets.
"""

from domain.investigation.diagnosis import Diagnosis
from rca.curation import Curated
from rca.findings import clean, quoted

_CHARACTERS_PER_TOKEN = 4
_LAST_WORDS = 160


def briefing(diagnosis: Diagnosis, curated: Curated, budget_tokens: int) -> tuple[str, int]:
    """Return the text and how many lines did not fit."""
    lines = [
        f"case {clean(diagnosis.case_id, 60)}: {diagnosis.verdict}, confidence {diagnosis.confidence:.2f}"
    ]
    lines += [f"cause? {clean(h.service, 60)} share {h.share:.2f}" for h in diagnosis.hypotheses[:5]]
    lines += [
        f"{e.evidence_id} [{e.kind}] {clean(e.service, 60)}: {clean(e.text)}" for e in diagnosis.evidence
    ]
    lines += [f"step: {clean(step.text, 200)}" for step in diagnosis.chain]
    lines += [f"cut: {text}" for text in curated.cut]
    lines += [f"unavailable: {clean(text, 100)}" for text in diagnosis.coverage.unavailable]
    logs = curated.case.telemetry.logs
    lines += [
        f"log {clean(service, 40)} {clean(level, 8)} {quoted(message, 200)}"
        for service, level, message in zip(logs.service, logs.level, logs.message, strict=True)
    ]
    room = budget_tokens * _CHARACTERS_PER_TOKEN - _LAST_WORDS
    kept: list[str] = []
    for number, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            left = len(lines) - number
            return "\n".join(
                [*kept, f"({left} further lines left out: the budget of {budget_tokens} tokens is used)"]
            ), left
        kept.append(line)
    return "\n".join(kept), 0
