"""Compare the sample profiler with every installed peer on labelled files; one run, one table.

`python -m benchmarks.config --data DIR --json FILE`, where DIR holds `manifest.jsonl`, `files/` and,
where present, `drift.jsonl` and `evolution.jsonl`. Each metric has the name that the corpus gives it.
"""

import signal
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from benchmarks.config_drift import drift_figures, evolution_figures
from benchmarks.config_peers import Peer, find_peers
from benchmarks.config_score import Result, score
from benchmarks.config_speed import speed_figures
from benchmarks.config_truth import Answer, Case, load_cases
from benchmarks.report import arguments, table, write
from config_gen.profile import profile
from domain.errors import DogwatchError

_PATIENCE_SECONDS = 20
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


class _TooSlowError(Exception):
    """A contender did not answer in time."""


def main() -> None:
    """Run ours and the peers, print the tables, write the figures."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--no-peers", action="store_true", help="measure only the profiler")
    parser.add_argument("--limit", type=int, default=None, help="use at most this many files, evenly thinned")
    parser.add_argument(
        "--speed", action="store_true", help="also time 100,000 rows and 1 GB, made on the fly"
    )
    options = parser.parse_args()
    cases = load_cases(options.data, options.limit)
    ours = score(_run("dogwatch", ours_on, cases), gives_formats=True)
    ours.update(drift_figures(options.data, options.limit))
    ours.update(evolution_figures(options.data, options.limit))
    if options.speed:
        ours.update(speed_figures())
    peers: dict[str, dict[str, float]] = {}
    for peer in () if options.no_peers else find_peers():
        peers[peer.name] = _peer_figures(peer, cases)
    for columns in _SHOWN:
        rows = {
            name: {c: row[c] for c in columns if c in row}
            for name, row in {"dogwatch": ours, **peers}.items()
        }
        print(table(", ".join(columns), {name: row for name, row in rows.items() if row}), end="\n\n")
    others = sorted(key for key in ours if key.startswith(("drift_", "evolution_", "speed_")))
    print("\n".join(f"{key:<32} {ours[key]:10.4g}" for key in others))
    write(options.json, data={"folder": options.data.name, "files": len(cases)}, figures=ours, peers=peers)


def ours_on(path: Path, name: str) -> Answer:
    """Return our answer in the corpus' words; a refusal in words is an answer without facts."""
    try:
        found = profile(path, name)
    except DogwatchError as refusal:
        return {"refused": refusal.sentence()}
    return {
        "format": found.format.value,
        "encoding": found.encoding,
        "dialect": found.dialect.model_dump() if found.dialect else None,
        "header": {"present": found.header.present, "row": found.header.row} if found.header else None,
        "columns": [
            {
                "name": column.name,
                "type": column.type.value,
                "format": column.format,
                "semantic": column.meaning.label if column.meaning else None,
                "nullable": column.nullable,
                "enum": column.enum,
            }
            for column in found.columns
        ],
        "primary_key": [list(key.columns) for key in found.keys],
        "fixed_width": [
            {"name": entry.name, "start": entry.start, "length": entry.length} for entry in found.fixed_width
        ],
    }


def _peer_figures(peer: Peer, cases: list[Case]) -> dict[str, float]:
    """Score a peer on the files it is made for, and only on what it answers at all."""
    suited = [case for case in cases if peer.reads(case)]
    figures = score(_run(peer.name, peer.infer, suited), peer.gives_formats)
    always = ("answered", "files", "files_failed", "seconds_per_file", "mb_per_s")
    return {
        name: value
        for name, value in figures.items()
        if name in always or name.startswith(("sec_", *peer.measures))
    }


def _run(name: str, infer: Callable[[Path, str], Answer], cases: list[Case]) -> list[Result]:
    results = []
    signal.signal(signal.SIGALRM, _stop)
    for case in cases:
        start = time.process_time()
        answer: Answer = {}
        error = None
        signal.alarm(_PATIENCE_SECONDS)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                answer = infer(case.path, case.source_name)
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"[:200]
        finally:
            signal.alarm(0)
        results.append(Result(case, answer, time.process_time() - start, error))
    print(
        f"{name}: {len(results)} files, {sum(r.error is not None for r in results)} failed", file=sys.stderr
    )
    return results


def _stop(signum: int, frame: FrameType | None) -> None:
    raise _TooSlowError(f"no answer within {_PATIENCE_SECONDS} s")


if __name__ == "__main__":
    main()
