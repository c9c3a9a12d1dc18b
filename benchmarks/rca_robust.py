"""How the ranking holds where it was not tuned: spoiled cases and made-up systems.

`python -m benchmarks.rca_robust --json FILE [--data DIR] [--seconds 300] [--simulated 150] [--worlds 250]`.
Figures are `ac1_SPOILING_SET`, `confident_wrong_SPOILING_SET`, `ac1_simulated…` (series only) and
`ac1_worlds…` (many vocabularies, faults and kinds of telemetry), the latter two beside peers on the same
incidents; of `worlds_hidden` the faulty service itself shows nothing. Cases are taken in turn from all sets
until the time of a spoiling is over; `cases_…` says how many.
"""

import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from benchmarks import rca_worlds
from benchmarks.rca_peers import largest_robust_z, n_sigma, random_order, with_reference
from benchmarks.rca_simulated import incidents
from benchmarks.rca_spoilings import SPOILINGS
from benchmarks.report import arguments, table, write
from domain.investigation.evidence import IncidentCase
from rca.cases.case_files import find_cases, find_data_sets, read_case
from rca.cases.case_labels import Label, read_labels
from rca.diagnostician import Diagnostician
from rca.measuring import SetScore, accuracy_at, figures_of, place_of, score_case

_KEPT = ("ac1_", "ac3_", "ece_", "confident_wrong_", "abstained_", "cases_")


def main(argv: list[str]) -> int:
    """Measure everything and write the figures."""
    parser = arguments("Root cause on spoiled cases and on made-up systems.", with_data=False)
    parser.add_argument("--data", type=Path, default=None, help="folder of labelled cases to spoil")
    parser.add_argument("--seconds", type=float, default=300.0, help="time for the spoiled cases")
    parser.add_argument("--simulated", type=int, default=150, help="how many made-up incidents")
    parser.add_argument("--worlds", type=int, default=250, help="how many incidents of more diverse systems")
    parser.add_argument("--first-world", type=int, default=50_000, help="seed of the first of them")
    options = parser.parse_args(argv)
    figures, peers = _made_up("simulated", _simple(options.simulated))
    more, others = _made_up("worlds", _worlds(options.worlds, options.first_world))
    figures |= more
    peers = {name: peers[name] | others.get(name, {}) for name in peers}
    rows: dict[str, dict[str, float]] = {}
    if options.data is not None:
        per_spoiling = options.seconds / len(SPOILINGS)
        for name in SPOILINGS:
            found = _spoiled(options.data, name, per_spoiling)
            figures.update(found)
            rows[name] = {key: value for key, value in found.items() if key.startswith("ac1_")}
            short = {key.replace(f"ac1_{name}_", ""): value for key, value in rows[name].items()}
            print(f"{name}: " + "  ".join(f"{key} {value:.2f}" for key, value in short.items()), flush=True)
            rows[name] = short
        print(table("AC@1 when spoiled", rows))
    write(options.json, data={"model": "none"}, figures=figures, peers=peers)
    return 0


Made = Iterable[tuple[IncidentCase, Label, tuple[str, ...]]]
"""A made-up incident, its truth, and the groups beside its set that it is counted in."""


def _simple(count: int) -> Made:
    for case, label in incidents(count):
        yield case, label, (f"simulated_{label.fault}",)


def _worlds(count: int, first: int) -> Made:
    for case, label, shows in rca_worlds.incidents(count, first):
        telemetry = case.telemetry
        kinds = [
            "metrics",
            *(["spans"] if len(telemetry.spans) else []),
            *(["logs"] if len(telemetry.logs) else []),
        ]
        groups = (
            f"worlds_{label.fault}",
            f"worlds_{'_'.join(kinds)}",
            f"worlds_{'' if case.calls else 'no_'}map",
        )
        yield case, label, (*groups, "worlds_shown") if shows else ("worlds_hidden",)


def _made_up(name: str, made: Made) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Return our figures and the peers' on made-up incidents, by group too."""
    ours: dict[str, SetScore] = defaultdict(SetScore)
    others: Mapping[str, Callable[[IncidentCase], list[str]]] = {
        "largest robust z, with reference": lambda case: largest_robust_z(with_reference(case)),
        "N-sigma, with reference": lambda case: n_sigma(with_reference(case)),
        "random order": random_order,
    }
    scores: dict[str, SetScore] = defaultdict(SetScore)
    for case, label, groups in made:
        begun = time.perf_counter()
        diagnosis = Diagnostician().diagnose(case)
        seconds = time.perf_counter() - begun
        for group in (name, *groups):
            score_case(ours[group], case, label, diagnosis, seconds)
        for peer_name, peer in others.items():
            scores[peer_name].places.append(place_of(label.services, peer(case)))
    figures: dict[str, float] = {}
    for group, score in sorted(ours.items()):
        kept = _KEPT if group == name else ("ac1_", "cases_")
        figures.update(
            {
                k: v
                for k, v in figures_of(group, score).items()
                if k.startswith(kept) and "when_named" not in k
            }
        )
    peers = {peer: {f"ac1_{name}": accuracy_at(score.places, 1)} for peer, score in scores.items()}
    print(table(name, {"ours": {f"ac1_{name}": figures.get(f"ac1_{name}", 0.0)}, **peers}))
    print("\n".join(f"{key} = {value:.4g}" for key, value in sorted(figures.items())), flush=True)
    return figures, peers


def _in_turn(root: Path) -> Iterable[tuple[str, Path, Label]]:
    """Yield cases, one of each set after the other."""
    queues = []
    for data_set in find_data_sets(root):
        labels = read_labels(data_set)
        folders = [folder for folder in find_cases(data_set) if folder.name in labels]
        queues.append([(data_set.name, folder, labels[folder.name]) for folder in folders])
    for turn in range(max(map(len, queues), default=0)):
        yield from (queue[turn] for queue in queues if turn < len(queue))


def _spoiled(root: Path, name: str, seconds: float) -> dict[str, float]:
    end = time.monotonic() + seconds
    scores: dict[str, SetScore] = defaultdict(SetScore)
    for number, (set_name, folder, label) in enumerate(_in_turn(root)):
        if time.monotonic() > end:
            break
        chance = random.Random(number)  # noqa: S311  seeded, nothing secret
        case, truth = SPOILINGS[name](read_case(folder), label, chance)
        begun = time.perf_counter()
        diagnosis = Diagnostician().diagnose(case)
        score_case(scores[set_name], case, truth, diagnosis, time.perf_counter() - begun)
    figures: dict[str, float] = {}
    for set_name, score in sorted(scores.items()):
        found = figures_of(f"{name}_{set_name}", score)
        figures.update(
            {key: value for key, value in found.items() if key.startswith(_KEPT) and "when_named" not in key}
        )
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
