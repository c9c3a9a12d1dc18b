"""Compare the sample profiler with every installed peer on labelled files; one run, one table.

`python -m benchmarks.config --data DIR --json FILE`, where DIR holds `manifest.jsonl`, `files/` and,
where present, `drift.jsonl` and `evolution.jsonl`. Each metric has the name that the corpus gives it.
"""

import time

from benchmarks.config_drift import drift_figures, evolution_figures
from benchmarks.config_made import made_figures
from benchmarks.config_peers import Peer, find_peers
from benchmarks.config_run import run
from benchmarks.config_score import score
from benchmarks.config_speed import speed_figures
from benchmarks.config_truth import Case, load_cases
from benchmarks.report import arguments, table, write

_PEER_SECONDS = 240.0
_PEERS_SECONDS = 720.0
_LEAST_SECONDS = 20.0
_LEAST_SHARE = 0.5
_SHOWN = (
    ("format", "encoding", "dialect_functional", "header_present", "preamble_row", "answered"),
    (
        "type_strict",
        "type_macro_f1",
        "type_digit_string",
        "date_format",
        "required_precision",
        "required_recall",
    ),
    (
        "pk_top1",
        "pk_hit3",
        "semantic_recall",
        "semantic_precision",
        "files_failed",
        "seconds_per_file",
        "mb_per_s",
    ),
)


def main() -> None:
    """Run ours and the peers, print the tables, write the figures."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--no-peers", action="store_true", help="measure only the profiler")
    parser.add_argument("--limit", type=int, default=None, help="use at most this many files, evenly thinned")
    parser.add_argument("--speed", action="store_true", help="also time 1 GB, made on the fly")
    options = parser.parse_args()
    cases = load_cases(options.data, options.limit)
    ours = score(run("dogwatch", cases, None).results, gives_formats=True)
    ours.update(drift_figures(options.data, options.limit))
    ours.update(evolution_figures(options.data, options.limit))
    ours.update(made_figures(cases))
    ours.update(speed_figures(gigabyte=options.speed))
    peers: dict[str, dict[str, float]] = {}
    data = {"folder": options.data.name, "files": len(cases)}
    write(options.json, data=data, figures=ours, peers=peers)
    left = [] if options.no_peers else find_peers()
    begun = time.monotonic()
    while left:
        peer = left.pop(0)
        spare = _PEERS_SECONDS - (time.monotonic() - begun) - _LEAST_SECONDS * len(left)
        budget = max(_LEAST_SECONDS, min(_PEER_SECONDS, spare))
        peers[peer.name] = _peer_figures(peer, cases, budget)
        write(options.json, data=data, figures=ours, peers=peers)
    for columns in _SHOWN:
        rows = {
            name: {c: row[c] for c in columns if c in row}
            for name, row in {"dogwatch": ours, **peers}.items()
        }
        print(table(", ".join(columns), {name: row for name, row in rows.items() if row}), end="\n\n")
    others = sorted(
        key for key in ours if key.startswith(("drift_", "evolution_", "upload_", "gb_", "config_"))
    )
    print("\n".join(f"{key:<32} {ours[key]:10.4g}" for key in others))


def _peer_figures(peer: Peer, cases: list[Case], budget_seconds: float) -> dict[str, float]:
    """Score a peer on the files it is made for, and only on what it answers at all.

    One that was too slow to be asked about half of its files gets no accuracy: the rest may differ.
    """
    suited = [case for case in cases if peer.reads(case)]
    outcome = run(peer.name, suited, budget_seconds)
    enough = len(outcome.results) >= _LEAST_SHARE * len(suited)
    measured = peer.measures if enough else ()
    figures = score(outcome.results, peer.gives_formats) | {"files_not_asked": float(outcome.skipped)}
    always = ("answered", "files", "files_failed", "files_not_asked", "seconds_per_file", "mb_per_s")
    return {
        name: value
        for name, value in figures.items()
        if name in always or name.startswith(("sec_", *measured))
    }


if __name__ == "__main__":
    main()
