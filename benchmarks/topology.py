"""The dependency map: 1,000 services and 10,000 edges built, updated and walked; coverage against spans.

`python -m benchmarks.topology --json FILE [--data DIR]`: with a data folder, coverage of real spans is
measured too: the map is built from one half of the traces and asked about the calls of the other half.
"""

import random
import sys
import time
from pathlib import Path

from benchmarks.report import arguments, write
from domain.errors import BadInput
from domain.investigation.evidence import SpanTable
from domain.investigation.topology import Edge, EdgeKind, EdgeSource
from rca.cases.case_files import find_cases, find_data_sets, read_case
from rca.measuring import quantile
from rca.spans.span_index import calls_between, index_spans
from rca.topology.topology_graph import TopologyGraph

SERVICES, EDGES, ASKED = 1000, 10_000, 500


def invented_edges(chance: random.Random) -> list[Edge]:
    """Return distinct random calls between the services."""
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < EDGES:
        caller, callee = chance.randrange(SERVICES), chance.randrange(SERVICES)
        if caller != callee:
            pairs.add((caller, callee))
    source = frozenset({EdgeSource.TRACES})
    return [Edge(f"s{a}", f"s{b}", EdgeKind.CALLS, source, 0.0, 1) for a, b in sorted(pairs)]


def _half(table: SpanTable, odd: bool) -> SpanTable:
    traces = {trace: row for row, trace in enumerate(dict.fromkeys(table.trace))}
    rows = [row for row, trace in enumerate(table.trace) if (traces[trace] % 2 == 1) == odd]
    return table.take(rows)


def _call(caller: str, callee: str) -> Edge:
    return Edge(caller, callee, EdgeKind.CALLS, frozenset({EdgeSource.TRACES}), 1.0, 1)


def span_coverage(folder: Path) -> dict[str, float]:
    """Return per data set the share of the calls in one half of the traces that the other half's map
    knows."""
    figures = {}
    for data_set in find_data_sets(folder):
        graph = TopologyGraph()
        asked: set[tuple[str, str]] = set()
        for case_folder in find_cases(data_set)[:8]:
            try:
                case = read_case(case_folder)
            except BadInput as error:
                print(error.sentence())
                continue
            known = calls_between(index_spans(_half(case.telemetry.spans, False)))
            graph.update(edges=[_call(*pair) for pair in known])
            asked |= set(calls_between(index_spans(_half(case.telemetry.spans, True))))
        if asked:
            figures[f"coverage_{data_set.name}"] = graph.coverage(asked)
    return figures


def main(argv: list[str]) -> int:
    """Build, update and walk the map, and write the figures."""
    parser = arguments("Dependency map at 1,000 services and 10,000 edges.", with_data=False)
    parser.add_argument("--data", type=Path, default=None, help="folder of labelled cases with spans")
    options = parser.parse_args(argv)
    chance = random.Random(6)  # noqa: S311  a seeded shape, nothing secret
    edges = invented_edges(chance)
    graph = TopologyGraph()
    begun = time.perf_counter()
    graph.update(edges=edges)
    build = time.perf_counter() - begun
    updates, walks, radii = [], [], []
    for number in range(ASKED):
        edge = _call(f"s{number}", f"new{number}")
        begun = time.perf_counter()
        graph.update(edges=[edge])
        seen = f"new{number}" in graph.needs_of(f"s{number}")
        updates.append(time.perf_counter() - begun if seen else float("inf"))
        begun = time.perf_counter()
        graph.neighbourhood(f"s{number}", steps=2)
        walks.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        graph.blast_radius(f"s{number}")
        radii.append(time.perf_counter() - begun)
    figures = {
        "build_s": build,
        "update_visible_p95_ms": quantile(updates, 0.95) * 1000,
        "neighbourhood_p95_ms": quantile(walks, 0.95) * 1000,
        "blast_radius_p95_ms": quantile(radii, 0.95) * 1000,
    }
    if options.data is not None:
        figures.update(span_coverage(options.data))
    print("\n".join(f"{key} = {value:.4g}" for key, value in sorted(figures.items())))
    write(options.json, data={"services": SERVICES, "edges": EDGES}, figures=figures, peers={})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
