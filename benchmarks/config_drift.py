"""Measure drift between published versions of a file, and breaks between released schema versions."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.config_schema_breaks import breaks
from config_gen.drift import compare
from config_gen.profile import profile
from domain.errors import DogwatchError


def drift_figures(folder: Path, limit: int | None) -> dict[str, float]:
    """Return how well drift is named: labels, added, removed, renamed, order, delimiter; in percent.

    The corpus calls renamed what matched rows prove. What names alone tell (`price`, now `Price` with the
    prices of another day) is no answer to that: it counts in `drift_renamed_and_rewritten_precision`.
    """
    hits: Counter[str] = Counter()
    tries: Counter[str] = Counter()
    named: Counter[str] = Counter()
    for entry in _entries(folder / "drift.jsonl", limit):
        old, new = folder / str(entry.get("old") or ""), folder / str(entry.get("new") or "")
        if not (old.is_file() and new.is_file()):
            continue
        truth = entry.get("truth") or {}
        tries["answered"] += 1
        try:
            drift = compare(profile(old, old.name), profile(new, new.name))
        except DogwatchError:
            continue
        except Exception as error:  # a failure of ours: not answered, and said
            print(f"{entry.get('id')}: {type(error).__name__}: {error}"[:300])
            continue
        hits["answered"] += 1
        for metric, same in (
            ("label", drift.label == truth.get("label")),
            ("added", {*drift.added, *(pair[1] for pair in drift.renamed)} == set(truth.get("added", ()))),
            ("removed", {*drift.removed, *(p[0] for p in drift.renamed)} == set(truth.get("removed", ()))),
            ("reordered", drift.reordered == truth.get("reordered")),
        ):
            if metric not in truth:
                continue
            tries[metric] += 1
            hits[metric] += same
        true = {tuple(pair) for pair in truth.get("renamed", ())}
        said = set(drift.renamed) - set(drift.rewritten)
        named.update(hit=len(said & true), invented=len(said - true), missed=len(true - said))
        named.update(told=len(drift.renamed), held=len(set(drift.renamed) & true))
    figures = {f"drift_{metric}": 100.0 * hits[metric] / tries[metric] for metric in tries}
    if named["hit"] + named["missed"]:
        figures["drift_renamed_recall"] = 100.0 * named["hit"] / (named["hit"] + named["missed"])
    if named["hit"] + named["invented"]:
        figures["drift_renamed_precision"] = 100.0 * named["hit"] / (named["hit"] + named["invented"])
    if named["told"]:
        figures["drift_renamed_and_rewritten_precision"] = 100.0 * named["held"] / named["told"]
    return figures


def evolution_figures(folder: Path, limit: int | None) -> dict[str, float]:
    """Return the share of proven breaks between schema versions that were foretold, in percent.

    A published example that no longer validates proves a break; one that validates proves nothing,
    so what was foretold beyond the proven breaks is reported apart and is no error as such.
    """
    hits: Counter[str] = Counter()
    tries: Counter[str] = Counter()
    for entry in _entries(folder / "evolution.jsonl", limit):
        paths = [folder / str(entry.get(side) or "") for side in ("old_schema", "new_schema")]
        if not all(path.is_file() for path in paths):
            continue
        old, new = (json.loads(path.read_text(encoding="utf-8")) for path in paths)
        for way, before, after in (("backward", old, new), ("forward", new, old)):
            outcome = entry.get(way)
            if not outcome:
                continue
            foretold = bool(breaks(before, after))
            kind = "unproven" if outcome.get("valid") else "break"
            tries[f"{way}_{kind}"] += 1
            hits[f"{way}_{kind}"] += foretold
    names = {"break": "recall", "unproven": "foretold_unproven"}
    return {
        f"evolution_{key.rsplit('_', 1)[0]}_{names[key.rsplit('_', 1)[1]]}": 100.0 * hits[key] / tries[key]
        for key in tries
    }


def _entries(path: Path, limit: int | None) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [json.loads(line) for line in (lines[:limit] if limit else lines)]
