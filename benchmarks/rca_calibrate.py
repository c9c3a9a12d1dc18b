"""Learn how sure a diagnosis may be: `python -m benchmarks.rca_calibrate --data DIR --json FILE [--worlds N]
[--write]`.

The curve is fitted on made-up incidents, which weigh 45 %, on the same systems asked about while nothing is
wrong, where nobody named is right (25 %), and on the labelled sets. It is judged where it was not fitted: on
every labelled set with that set left out, and on other made-up incidents and quiet systems. A folder without
a labelled set is refused: on made-up systems alone nothing is learned of real ones. With `--write` the curve
and the share that was right at each confidence as people read it, held back where it is, counted on what was
left out, go to `rca/verdict/confidence.json`.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks import rca_simulated, rca_worlds
from benchmarks.report import arguments, write
from domain.investigation.evidence import IncidentCase
from rca.cases.case_files import find_cases, find_data_sets, read_case
from rca.cases.case_labels import Label, read_labels
from rca.collect import Sources, collect
from rca.culprits.proxies import proxies
from rca.measuring import calibration_error
from rca.verdict.at_most_perhaps import held_back
from rca.verdict.confidence import CURVE, FEATURES, Calibration, confidence, features
from rca.verdict.ranking import load_weights, rank

_FIRST_WORLD, _FIRST_SIMPLE, _FIRST_JUDGED = 20_000, 5_000, 30_000
_RIDGE = 0.0003
_WEIGHTS = {"worlds": 0.315, "simulated": 0.135, "calm": 0.25}
_LABELLED = 0.3
_ABSTAIN_BELOW = 0.5
"""Whoever is named is right more often than not."""
_BINS = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """One diagnosis: its set, the features of its evidence, whether the first candidate was right, and how
    sure one may be of it at most, whatever the curve says."""

    of: str
    values: tuple[float, ...]
    right: bool
    most_sure: float = 1.0

    def sure(self, curve: Calibration) -> float:
        """Return how sure the diagnosis is, as people read it."""
        return min(confidence(self.values, curve), self.most_sure)


def judge(of: str, case: IncidentCase, label: Label | None = None) -> Judged:
    """Return how a case went, without any confidence yet; without a label nobody named is right."""
    weights, seen = load_weights(), collect(case, Sources())
    patience = 1.5 * (case.sample_seconds or 60.0)
    fronts = proxies(case.telemetry.metrics.series)
    ranked = rank(
        seen.findings, seen.services, seen.calls, weights, patience_seconds=patience, proxies=fronts
    )
    right = bool(ranked) and label is not None and ranked[0].service in label.services
    held = held_back(case, seen, ranked, weights, _ABSTAIN_BELOW)
    return Judged(of, features(ranked, seen.findings, weights), right, held.most_sure)


def fitted(judged: Sequence[Judged]) -> Calibration:
    """Return the logistic curve that fits best; who shows nothing has no confidence and is left out."""
    judged = [each for each in judged if any(each.values)]
    sizes: dict[str, int] = defaultdict(int)
    for each in judged:
        sizes[each.of] += 1
    real = max(1, len(sizes.keys() - _WEIGHTS.keys()))
    values = np.array([each.values for each in judged])
    right = np.array([each.right for each in judged], dtype=float)
    share = np.array([_WEIGHTS.get(each.of, _LABELLED / real) / sizes[each.of] for each in judged])
    share /= share.sum()

    def loss(curve: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total = np.clip(curve[0] + values @ curve[1:], -30, 30)
        sure = 1.0 / (1.0 + np.exp(-total))
        missed = -(right * np.log(sure + 1e-12) + (1 - right) * np.log(1 - sure + 1e-12))
        slope = share * (sure - right)
        ridge = _RIDGE * curve[1:]
        value = float(share @ missed + 0.5 * _RIDGE * curve[1:] @ curve[1:])
        return value, np.concatenate(([slope.sum()], slope @ values + ridge))

    # More evidence never makes a diagnosis less sure.
    bounds = [(None, None), *([(0.0, None)] * len(FEATURES))]
    curve = minimize(loss, np.zeros(len(FEATURES) + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return Calibration(float(curve[0]), tuple(float(each) for each in curve[1:]), _ABSTAIN_BELOW)


def labelled(data: Path) -> Iterable[Judged]:
    """Yield every labelled case of every set."""
    for data_set in find_data_sets(data):
        labels = read_labels(data_set)
        for folder in find_cases(data_set):
            if folder.name in labels:
                yield judge(data_set.name, read_case(folder), labels[folder.name])


def made_up(worlds: int) -> tuple[list[Judged], list[Judged]]:
    """Return made-up incidents and quiet systems to fit on, and others to judge on."""
    to_fit = [judge("worlds", case, label) for case, label, _ in rca_worlds.incidents(worlds, _FIRST_WORLD)]
    to_fit += [judge("calm", case) for case in rca_worlds.calms(worlds, _FIRST_WORLD)]
    simple = rca_simulated.incidents(worlds // 4, _FIRST_SIMPLE)
    to_fit += [judge("simulated", case, label) for case, label in simple]
    others = rca_worlds.incidents(worlds // 2, _FIRST_JUDGED)
    judged = [judge("worlds", case, label) for case, label, _ in others]
    return to_fit, judged + [judge("calm", case) for case in rca_worlds.calms(worlds // 4, _FIRST_JUDGED)]


def figures_on(name: str, judged: Sequence[Judged], curve: Calibration) -> dict[str, float]:
    """Return calibration error, bias, confident-and-wrong share and how often somebody is named."""
    sure = [each.sure(curve) for each in judged]
    right = [each.right for each in judged]
    wrong = [value >= 0.8 and not hit for value, hit in zip(sure, right, strict=True)]
    return {
        f"ece_{name}": calibration_error(sure, right),
        f"too_sure_{name}": float(np.mean(sure) - np.mean(right)),
        f"confident_wrong_{name}": float(np.mean(wrong)),
        f"named_{name}": float(np.mean([value >= _ABSTAIN_BELOW for value in sure])),
        f"cases_{name}": float(len(judged)),
    }


def reliability(judged: Iterable[tuple[float, bool]]) -> list[list[float]]:
    """Return rows of [from, to, right, judged]."""
    pairs = list(judged)
    rows = []
    for low, high in pairwise(_BINS):
        inside = [hit for sure, hit in pairs if low <= sure < high or (high == 1.0 and sure == 1.0)]
        rows.append([low, high, float(sum(inside)), float(len(inside))])
    return rows


def main(argv: list[str]) -> int:
    """Fit, judge on what was left out, print, and write when asked to."""
    parser = arguments("How sure a diagnosis may be, learned and judged where it was not learned.")
    parser.add_argument("--worlds", type=int, default=320, help="made-up incidents to fit on")
    parser.add_argument("--write", action="store_true", help="write rca/verdict/confidence.json")
    options = parser.parse_args(argv)
    real = list(labelled(options.data))
    if not real:
        parser.error(
            f"{options.data} holds no labelled case (sets with a truth.jsonl and their cases), and on made-up"
            " systems alone nothing is fitted or written. Give the folder that holds the labelled sets."
        )
    to_fit, others = made_up(options.worlds)
    final, left_out, figures = learned(to_fit, others, real)
    print("\n".join(f"{name} = {value:.3f}" for name, value in sorted(figures.items())))
    if options.write:
        CURVE.write_text(json.dumps(_document(final, left_out), indent=1) + "\n", encoding="utf-8")
    write(options.json, data={"worlds": options.worlds, "model": "none"}, figures=figures, peers={})
    return 0


def learned(
    to_fit: Sequence[Judged], others: Sequence[Judged], real: Sequence[Judged]
) -> tuple[Calibration, list[tuple[float, bool]], dict[str, float]]:
    """Return the curve, confidence and truth of all that it was not fitted on, and the figures there."""
    figures: dict[str, float] = {}
    left_out: list[tuple[float, bool]] = []
    for name in sorted({each.of for each in real}):
        curve = fitted([*to_fit, *(each for each in real if each.of != name)])
        mine = [each for each in real if each.of == name]
        figures |= figures_on(name, mine, curve)
        left_out += [(each.sure(curve), each.right) for each in mine]
    final = fitted([*to_fit, *real])
    for name in sorted({each.of for each in others}):
        figures |= figures_on(f"other_{name}", [each for each in others if each.of == name], final)
    left_out += [(each.sure(final), each.right) for each in others]
    return final, left_out, figures


def _document(curve: Calibration, left_out: Sequence[tuple[float, bool]]) -> dict[str, object]:
    return {
        "provenance": "logistic fit by benchmarks.rca_calibrate on made-up incidents (45 %), made-up systems "
        "with nothing wrong (25 %) and the labelled development sets; docs/root-cause.md says how it did "
        "where it was not fitted",
        "intercept": round(curve.intercept, 4),
        "coefficients": {n: round(v, 4) for n, v in zip(FEATURES, curve.coefficients, strict=True)},
        "abstain_below": curve.abstain_below,
        "reliability": reliability(left_out),
        "reliability_of": "rows of [from, to, right, judged] on labelled sets left out of the fit, on other "
        "made-up incidents and on other systems with nothing wrong",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
