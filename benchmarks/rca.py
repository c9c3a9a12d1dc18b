"""Root cause, ours and peers: `python -m benchmarks.rca --data DIR --json FILE [--seconds N] [--no-peers]
[--no-ablations]`.

Every folder below DIR with a truth.jsonl is a data set. No model is used. The weights were set by hand and
checked on the development cases; the confidence curve was learned on made-up incidents and on them
(`benchmarks.rca_calibrate`); nothing knows a system.
"""

import sys
import time
from pathlib import Path

from benchmarks.rca_peers import Peer, peers
from benchmarks.report import arguments, table, write
from domain.errors import BadInput
from rca.cases.case_files import find_cases, find_data_sets, read_case
from rca.cases.case_labels import read_labels
from rca.cases.case_pack import causes_said
from rca.cases.run_files import read_run
from rca.collect import Sources
from rca.diagnostician import Diagnostician
from rca.measuring import Replays, SetScore, accuracy_at, figures_of, place_of, score_case, score_unreadable
from rca.report import find_causes

ABLATIONS = {
    "metrics only": Sources(logs=False, spans=False, topology=False, changes=False),
    "metrics and logs": Sources(spans=False, topology=False),
    "metrics and traces": Sources(logs=False),
    "without topology": Sources(topology=False),
}


_SLOW, _PATIENCE = 6.0, 5
"""A peer that takes longer than so many seconds a case, after so many cases of patience, is not asked on."""


class Clock:
    """Shares the run's time among the cases: ours is always measured, peers and ablations while it lasts."""

    def __init__(self, seconds: float, cases: int) -> None:
        self._end = time.monotonic() + seconds
        self._cases = cases
        self._done = 0
        self._case_end = self._end

    def begin_case(self, name: str) -> None:
        """Give the next case its share of what is left, and say how far the run is."""
        now = time.monotonic()
        left = max(1, self._cases - self._done)
        self._case_end = now + max(0.0, self._end - now) / left
        self._done += 1
        print(f"[{self._done}/{self._cases}] {name}, {max(0.0, self._end - now):.0f} s left", flush=True)

    def is_over(self) -> bool:
        """Return whether the whole run's time is over: then only ours is measured."""
        return time.monotonic() >= self._end

    def has_time(self) -> bool:
        """Return whether further contenders may be measured on this case."""
        return time.monotonic() < self._case_end


def run_set(
    data_set: Path, contenders: dict[str, Peer], with_ablations: bool, clock: Clock
) -> tuple[SetScore, dict[str, SetScore], dict[str, SetScore]]:
    """Return our score, the ablations' and the peers' on one data set; unreadable cases count as missed."""
    labels = read_labels(data_set)
    ours, ablated = SetScore(), {name: SetScore() for name in ABLATIONS}
    others = {name: SetScore() for name in contenders}
    replays = Replays()
    for folder in find_cases(data_set):
        label = labels.get(folder.name)
        if label is None:
            continue
        clock.begin_case(f"{data_set.name}/{folder.name}")
        try:
            case, run = read_case(folder), read_run(folder)
        except BadInput as error:
            print(error.sentence())
            score_unreadable(ours, label)
            continue
        begun = time.perf_counter()
        diagnosis = find_causes(case, run)
        replays.add(label, causes_said(folder), diagnosis)
        score_case(ours, case, label, diagnosis, time.perf_counter() - begun)
        for name, peer in contenders.items():
            if sum(others[name].seconds) > _SLOW * (len(others[name].seconds) + _PATIENCE):
                continue  # said below, by its number of cases
            if clock.is_over():
                break
            begun = time.perf_counter()
            try:
                answer = peer(case)
            except Exception as error:  # a peer's failure is its miss and must not end the run
                print(f"{name} failed on {folder.name}: {type(error).__name__}: {str(error)[:100]}")
                answer = []
            others[name].places.append(place_of(label.services, answer))
            others[name].seconds.append(time.perf_counter() - begun)
        for name, sources in ABLATIONS.items() if with_ablations else ():
            if not clock.has_time():
                break
            fewer = find_causes(case, run, Diagnostician(sources))
            score_case(ablated[name], case, label, fewer, 0.0)
    print(f"{data_set.name}: {replays.sentence()}")
    return ours, ablated, {name: score for name, score in others.items() if score.places}


def main(argv: list[str]) -> int:
    """Run all data sets and write the figures."""
    parser = arguments("Root-cause accuracy on labelled cases, ours and peers.")
    parser.add_argument("--no-peers", action="store_true", help="leave the peers out")
    parser.add_argument("--seconds", type=float, default=600.0, help="time for the whole run")
    parser.add_argument("--no-ablations", action="store_true", help="leave the ablations out")
    options = parser.parse_args(argv)
    figures: dict[str, float] = {}
    peer_rows: dict[str, dict[str, float]] = {}
    rows: dict[str, dict[str, float]] = {"ours": {}}
    margins, cases = [], 0
    data_sets = find_data_sets(options.data)
    contenders = {} if options.no_peers else peers()
    clock = Clock(options.seconds, sum(len(read_labels(data_set)) for data_set in data_sets))
    for data_set in data_sets:
        ours, ablated, others = run_set(data_set, contenders, not options.no_ablations, clock)
        if not ours.places:
            continue
        name = data_set.name
        cases += len(ours.places)
        figures.update(figures_of(name, ours))
        rows["ours"][f"ac1_{name}"] = accuracy_at(ours.places, 1)
        for variant, score in ablated.items():
            if score.places:
                short = variant.replace(" ", "_")
                figures[f"ac1_{short}_{name}"] = accuracy_at(score.places, 1)
                rows.setdefault(f"ours, {variant}", {})[f"ac1_{name}"] = accuracy_at(score.places, 1)
        for peer, score in others.items():
            peer_rows.setdefault(peer, {}).update(figures_of(name, score))
            rows.setdefault(peer, {})[f"ac1_{name}"] = accuracy_at(score.places, 1)
        if others:
            whole = [score for score in others.values() if len(score.places) == len(ours.places)]
            best = max((accuracy_at(score.places, 1) for score in whole), default=0.0)
            margins.append(accuracy_at(ours.places, 1) - best)
            figures[f"margin_{name}"] = margins[-1]
    if margins:
        figures["margin_mean"] = sum(margins) / len(margins)
    if rows["ours"]:
        figures["ac1_mean"] = sum(rows["ours"].values()) / len(rows["ours"])
        print(table("AC@1", rows))
    print("\n".join(f"{key} = {value:.4g}" for key, value in sorted(figures.items())))
    write(options.json, data={"cases": cases, "model": "none"}, figures=figures, peers=peer_rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
