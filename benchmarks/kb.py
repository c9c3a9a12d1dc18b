"""Retrieval on real runbooks and queries: ours beside BM25, dense and fused baselines, in one run.

`python -m benchmarks.kb --data DIR --json FILE`. Vectors are cached under --cache by content hash; with an
empty cache two idle cores embed some 50 articles a second. The file is written after every step, with
`"finished": false` until the last; `--no-scale`, `--limit` and `--no-dense` shorten a run, and the output
says when they were used. Any folder of the same form will do: corpora, tasks and kinds are read from it.
"""

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks import report
from benchmarks.kb_data import CACHE, Row, articles, queries
from benchmarks.kb_metrics import auroc, figures_of, percentile
from benchmarks.kb_peers import Search, bm25, dense, fused, remembered
from benchmarks.kb_scale import measured
from domain.knowledge.articles import Article, Reader
from knowledge.embedding import NoEncoder, packaged_encoder, text_to_encode, title_to_encode
from knowledge.library import Library
from knowledge.ranking import shipped_ranker
from knowledge.vector_cache import VectorCache
from knowledge.vector_store import ChromaPlace

_VARIANTS = ("text", "full", "name")
_ENCODED_AT_ONCE = 1_000
_SIZES = ((1_000, "1k"), (10_000, "10k"), (100_000, "100k"))


class Run:
    """Collects rankings, confidences and times over the corpora."""

    def __init__(self) -> None:
        self.ours: dict[str, dict[str, list[str]]] = {variant: {} for variant in _VARIANTS}
        self.peers: dict[str, dict[str, dict[str, list[str]]]] = {}
        self.confidence: dict[str, float] = {}
        self.least: dict[str, float] = {}
        self.first: dict[str, str] = {}
        self.times: list[float] = []
        self.indexed = 0
        self.indexing_seconds = 0.0
        self.embedding_seconds = 0.0

    def ask_ours(self, library: Library, rows: Sequence[Row]) -> None:
        """Ask every query in every variant that fits it."""
        for row in rows:
            for variant in _VARIANTS if row.alert else ("text",):
                begun = time.perf_counter()
                found = library.search(row.query(variant), Reader())
                self.times.append(1000 * (time.perf_counter() - begun))
                hits = [hit.article for hit in found.hits if hit.article not in row.exclude]
                self.ours[variant][row.qid] = list(hits)
                if variant == "text":
                    self.confidence[row.qid], self.least[row.qid] = found.confidence, library.answer_at
                    self.first[row.qid] = hits[0] if hits else ""

    def ask_peer(self, name: str, search: Search, rows: Sequence[Row]) -> None:
        """Ask a baseline the same."""
        found = self.peers.setdefault(name, {variant: {} for variant in _VARIANTS})
        for row in rows:
            for variant in _VARIANTS if row.alert else ("text",):
                found[variant][row.qid] = search(row, variant)


def main() -> None:
    """Run everything and write the figures."""
    given = _arguments()
    rows = queries(given.data)
    run, begun = Run(), time.perf_counter()
    scale: dict[str, float] = {}
    note = partial(_note, run, rows, scale, given, begun)
    vectors = VectorCache(NoEncoder() if given.no_dense else packaged_encoder(given.cache), given.cache)
    biggest: tuple[list[Article], list[Row]] = ([], [])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        for corpus in sorted({row.corpus for row in rows}):
            documents = articles(given.data, corpus, given.limit)
            asked = [row for row in rows if row.corpus == corpus]
            if not documents:
                print(
                    f"no file {corpus}.docs.jsonl.gz: its {len(asked)} queries are left out", file=sys.stderr
                )
                continue
            print(f"{corpus}: {len(documents)} articles, {len(asked)} queries", file=sys.stderr)
            _one_corpus(run, documents, asked, vectors, Path(scratch) / corpus, given)
            note()
            if len(documents) > len(biggest[0]):
                biggest = (documents, asked)
        if biggest[0] and not given.no_scale:
            for size, label in _SIZES:
                print(f"scale: {size} articles", file=sys.stderr)
                took = measured(*biggest, vectors, size, Path(scratch) / label)
                scale |= {f"query_{name}_ms_{label}": took[name] for name in ("p50", "p95")}
                scale |= {f"index_mib_{label}": took["mib"], f"index_docs_per_s_{label}": took["docs_per_s"]}
                note()
        _tell(*note(finished=True))


def _note(
    run: Run, rows: list[Row], scale: dict[str, float], given: argparse.Namespace, begun: float,
    *, finished: bool = False,
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:  # fmt: skip
    """Write what is known by now, and return it: figures of ours, and of each peer."""
    figures = _figures(run, rows) | scale | {"seconds": time.perf_counter() - begun}
    peers = {
        f"{name}/{variant}": figures_of(found[variant], rows)
        for name, found in run.peers.items()
        for variant in _VARIANTS
        if found[variant]
    }
    told = _provenance(given, rows, run) | {"finished": finished}
    report.write(given.json, data=told, figures=figures, peers=peers)
    return figures, peers


def _arguments() -> argparse.Namespace:
    parser = report.arguments(__doc__ or "")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of vectors, by content hash")
    parser.add_argument("--no-dense", action="store_true", help="exact words only, no model")
    parser.add_argument("--no-scale", action="store_true", help="leave out 1,000 to 100,000 articles")
    parser.add_argument("--limit", type=int, default=None, help="articles per corpus, for a quick look")
    return parser.parse_args()


def _one_corpus(
    run: Run,
    documents: list[Article],
    rows: list[Row],
    vectors: VectorCache,
    scratch: Path,
    given: argparse.Namespace,
) -> None:
    begun = time.perf_counter()
    for place in range(0, len(documents), _ENCODED_AT_ONCE):
        part = documents[place : place + _ENCODED_AT_ONCE]
        vectors.encode([form(one) for form in (text_to_encode, title_to_encode) for one in part])
        vectors.save()  # a run that is stopped goes on from here
        spent = time.perf_counter() - begun
        known = place + len(part)
        print(f"  vectors: {known} of {len(documents)} articles after {spent:.0f} s", file=sys.stderr)
    run.embedding_seconds += time.perf_counter() - begun
    begun = time.perf_counter()
    library = Library(vectors, shipped_ranker(), ChromaPlace(scratch / "ours"), lambda _: 0.0)
    library.add(documents)
    run.indexing_seconds += time.perf_counter() - begun
    run.indexed += len(documents)
    run.ask_ours(library, rows)
    try:
        plain, titled = bm25(documents, 1), remembered(bm25(documents, 3))
    except ImportError:
        print("BM25 left out: neither bm25s nor rank-bm25 is installed", file=sys.stderr)
        return
    run.ask_peer("bm25", plain, rows)
    run.ask_peer("bm25-title-x3", titled, rows)
    if not given.no_dense:
        near = remembered(dense(documents, vectors, scratch / "peer"))
        run.ask_peer("dense-chroma", near, rows)
        run.ask_peer("fusion", fused(titled, near), rows)


def _figures(run: Run, rows: list[Row]) -> dict[str, float]:
    figures = figures_of(run.ours["text"], rows)
    figures |= {f"{name}_with_leaks": v for name, v in figures_of(run.ours["text"], rows, leaks=True).items()}
    for variant in ("full", "name"):
        found = figures_of(run.ours[variant], rows)
        figures |= {f"{name}_{variant}": value for name, value in found.items() if name.endswith("_alert")}
    figures |= _doubt(run, rows)
    figures["index_docs_per_s"] = run.indexed / max(run.indexing_seconds, 1e-9)
    figures["index_docs_per_s_with_embedding"] = run.indexed / max(
        run.indexing_seconds + run.embedding_seconds, 1e-9
    )
    figures["query_p50_ms"], figures["query_p95_ms"] = percentile(run.times, 0.5), percentile(run.times, 0.95)
    return {name: value for name, value in figures.items() if not math.isnan(value)}


def _doubt(run: Run, rows: list[Row]) -> dict[str, float]:
    """Return how well "I don't know" is told: the threshold is the shipped one, not chosen here."""
    asked = [row for row in rows if row.qid in run.confidence and not row.leak]
    yes = [row for row in asked if row.gold]
    no = [row for row in asked if not row.gold]
    answered = [row for row in yes if run.confidence[row.qid] >= run.least[row.qid]]
    declined = [row for row in no if run.confidence[row.qid] < run.least[row.qid]]
    all_declined = len(declined) + len(yes) - len(answered)
    right = [row for row in answered if run.first[row.qid] in row.gold]
    spoken = len(answered) + len(no) - len(declined)
    if not no:
        return {"answer_coverage": len(answered) / max(len(yes), 1)}
    return {
        "absent_auroc": auroc([run.confidence[r.qid] for r in yes], [run.confidence[r.qid] for r in no]),
        "answer_coverage": len(answered) / max(len(yes), 1),
        "answer_precision_first": len(right) / max(spoken, 1),
        "dont_know_recall": len(declined) / max(len(no), 1),
        "dont_know_precision": len(declined) / max(all_declined, 1),
    }


def _tell(figures: dict[str, float], peers: dict[str, dict[str, float]]) -> None:
    for task in sorted(n.removeprefix("queries_") for n in figures if n.startswith("queries_")):
        if task.endswith("_with_leaks"):
            continue
        names = [f"{name}_{task}" for name in ("hit1", "hit3", "hit10", "mrr10", "ndcg10")]
        table = {"dogwatch": {n: figures[n] for n in names if n in figures}}
        table |= {
            k.split("/")[0]: {n: v[n] for n in names if n in v}
            for k, v in peers.items()
            if k.endswith("/text")
        }
        print(report.table(f"{task}, words alone, leaks left out", table) + "\n")
    alone = {
        n: v for n, v in figures.items() if n.endswith(("_alert_full", "_alert_name")) and n.startswith("hit")
    }
    rest = {
        n: v for n, v in figures.items() if n.startswith(("absent", "answer", "dont", "query_", "index_"))
    }
    for name, value in sorted((alone | rest).items()):
        print(f"{name:<40} {value:.4g}")


def _provenance(given: argparse.Namespace, rows: list[Row], run: Run) -> dict[str, object]:
    return {
        "folder": given.data.name,
        "queries": len(rows),
        "articles": run.indexed,
        "dense": not given.no_dense,
        "limit": given.limit,
        "embedding_seconds": round(run.embedding_seconds, 1),
        "vectors": "title and the first 700 characters, 128 word pieces; the title once more alone",
        "encoder": "all-MiniLM-L6-v2 with 8-bit weights, ours and the dense peer's alike",
    }


if __name__ == "__main__":
    main()
