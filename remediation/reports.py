"""Read what scripts and broker reported: kept values, effects, a probe's word. All of it is bounded data."""

import json
from collections.abc import Iterator
from enum import StrEnum

from domain.errors import BadInput
from domain.ports.sandbox import SandboxOutcome
from domain.proof.canonical import digest
from domain.remediation.plans import Effect, Script, Value
from domain.text.redaction import mask_shapes

_REST_PURPOSE = "dogwatch/effects-beyond/1"
_MOST_EFFECTS = 2_000
_MOST_KEPT = 64_000


class ProbeWord(StrEnum):
    """What a probe found."""

    DONE = "done"
    ABSENT = "absent"
    UNKNOWN = "unknown"


def kept_in(outcome: SandboxOutcome) -> dict[str, Value]:
    """Return the values that the script handed on, the later ones winning; what is no value is dropped.

    Raises:
        BadInput: It is more than can be kept: without all of it nothing could be put back.
    """
    kept: dict[str, Value] = {}
    for report in _reports(outcome):
        values = report.get("keep")
        if not isinstance(values, dict):
            continue
        for name, value in values.items():
            if isinstance(value, list) and all(isinstance(text, str) for text in value):
                kept[str(name)] = tuple(value)
            elif isinstance(value, bool | int | str):
                kept[str(name)] = value
    if outcome.is_cut or len(json.dumps(kept)) > _MOST_KEPT:
        raise BadInput(
            f"more to keep than {_MOST_KEPT}",
            say=f"What is there now is more than the {_MOST_KEPT // 1000} kB that can be kept for an undo.",
            next_step="Nothing was changed.",
        )
    return kept


def effects_in(outcome: SandboxOutcome, *, step: str, script: Script) -> tuple[Effect, ...]:
    """Return what would change, with targets by name instead of slot, and without what looks like a secret.

    People read it on cards, and it is kept with their yes; beyond the first 2,000 changes it says how many
    more there are, and by a hash which.
    """
    found = [
        Effect(
            step=step,
            target=target,
            change=mask_shapes(change),
            before=mask_shapes(before),
            after=mask_shapes(after),
        )
        for target, change, before, after, _ in _effects(outcome, script)
    ]
    ordered = sorted(set(found), key=lambda e: (e.target, e.change, e.before, e.after))
    shown, rest = ordered[:_MOST_EFFECTS], ordered[_MOST_EFFECTS:]
    if rest:
        which = digest(_REST_PURPOSE, [effect.model_dump(mode="json") for effect in rest])[:16]
        shown.append(Effect(step=step, target="", change=f"and {len(rest):,} more changes, sha256 {which}"))
    return tuple(shown)


def unmasked_in(outcome: SandboxOutcome, *, step: str, script: Script) -> list[list[str]]:
    """Return each change once as it is, for the runner's fingerprint and for nobody's eyes."""
    return [[step, *effect] for effect in sorted(set(_effects(outcome, script)))]


def probe_word_in(outcome: SandboxOutcome) -> ProbeWord:
    """Return the last word of a probe; unknown when it failed or said nothing we know."""
    if not outcome.is_good:
        return ProbeWord.UNKNOWN
    words = [str(report["probe"]) for report in _reports(outcome) if "probe" in report]
    known = {word.value: word for word in ProbeWord}
    return known.get(words[-1], ProbeWord.UNKNOWN) if words else ProbeWord.UNKNOWN


def _effects(outcome: SandboxOutcome, script: Script) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield target, change, before, after and the hash of what those leave out."""
    names = {use.slot: use.name for use in script.targets}
    for report in _reports(outcome):
        effect = report.get("effect")
        if isinstance(effect, dict):
            change, before, after, whole = (
                str(effect.get(part, "")) for part in ("change", "before", "after", "whole")
            )
            yield names.get(str(effect.get("slot", "")), "unknown"), change, before, after, whole


def _reports(outcome: SandboxOutcome) -> Iterator[dict[str, object]]:
    for line in outcome.reports:
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value
