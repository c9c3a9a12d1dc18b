"""Score answers about sample files against their labels; the metrics are those of the corpus' README."""

import codecs
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from benchmarks.config_columns import ColumnScores, score_columns
from benchmarks.config_truth import Answer, Case, find_cells

_FAMILY = {
    "iso20022": "xml",
    "ndjson": "json",
    "x12": "edi",
    "edifact": "edi",
    "fix": "text",
    "swift_mt": "text",
    "nacha": "fixed_width",
    "bai2": "delimited",
}
_MEGABYTE = 1e6


@dataclass
class Result:
    """What a contender said about one file; `seconds` are CPU seconds."""

    case: Case
    answer: Answer
    seconds: float
    error: str | None = None


@dataclass
class Score:
    """Hits and tries of each metric, and the confusion counts that F1 needs."""

    hits: Counter[str] = field(default_factory=Counter)
    tries: Counter[str] = field(default_factory=Counter)
    columns: ColumnScores = field(default_factory=ColumnScores)

    def add(self, metric: str, hit: bool) -> None:
        """Count one try."""
        self.tries[metric] += 1
        self.hits[metric] += hit


def score(results: list[Result], gives_formats: bool = False) -> dict[str, float]:
    """Return every metric that at least one file can measure: shares in percent, times in seconds."""
    total = Score()
    for result in results:
        total.add("answered", result.error is None and bool(result.answer))
        if not result.case.group.startswith("robust"):
            _score_file(total, result, gives_formats)
    figures = {name: 100.0 * total.hits[name] / tries for name, tries in total.tries.items() if tries}
    figures.update(total.columns.figures())
    figures.update(_times(results))
    figures["files"] = float(len(results))
    figures["files_failed"] = float(sum(1 for result in results if result.error))
    return figures


def _score_file(total: Score, result: Result, gives_formats: bool) -> None:
    case, answer = result.case, result.answer
    if case.format and case.format != "text":
        said = answer.get("format")
        total.add("format", said == case.format)
        total.add(
            "format_family",
            said is not None and _FAMILY.get(said, said) == _FAMILY.get(case.format, case.format),
        )
    encoding = case.truth.get("encoding")
    if encoding and (answer.get("encoding") or result.error):
        total.add("encoding", _same_text(answer.get("encoding"), encoding, case.data))
    _score_dialect(total, case, answer)
    _score_header(total, case, answer)
    _score_fixed(total, case, answer)
    score_columns(total, total.columns, case, answer, gives_formats)
    _score_key(total, case, answer)


def _same_text(said: str | None, true: str, data: bytes) -> bool:
    if not said:
        return False
    try:
        codecs.lookup(said)
        return data.decode(said).lstrip("\ufeff") == data.decode(true).lstrip("\ufeff")
    except (LookupError, TypeError, ValueError):
        return False


def _score_dialect(total: Score, case: Case, answer: Answer) -> None:
    true = case.truth.get("dialect")
    if not true or not case.size or case.group == "encoding":
        return
    said = answer.get("dialect") or {}
    encoding = case.truth.get("encoding") or "latin-1"
    wanted = find_cells(case.data, encoding, true)
    if wanted is not None and all(len(row) <= 1 for row in wanted):
        return
    total.add("delimiter", said.get("delimiter") == true.get("delimiter"))
    if case.truth.get("quoted") and true.get("quotechar"):
        total.add("quotechar", said.get("quotechar") == true["quotechar"])
    if wanted is None:
        return
    got = None
    if said.get("delimiter") is not None:
        end = true.get("record_terminator") if said["delimiter"] == true.get("delimiter") else None
        got = find_cells(case.data, encoding, {**said, "record_terminator": end})
    total.add("dialect_functional", wanted == got)


def _score_header(total: Score, case: Case, answer: Answer) -> None:
    true = case.truth.get("header")
    if not true or "present" not in true or case.format != "delimited" or not case.size:
        return
    said = answer.get("header") or {}
    total.add("header_present", bool(said) and said.get("present") == true["present"])
    if not true["present"]:
        total.add("header_absent_recall", said.get("present") is False)
    elif true.get("row"):
        total.add("preamble_row", said.get("row") == true["row"])


def _score_fixed(total: Score, case: Case, answer: Answer) -> None:
    if not case.truth.get("fixed_width"):
        return
    wanted = {entry["start"] for entry in case.truth["fixed_width"] if "start" in entry}
    got = {entry["start"] for entry in answer.get("fixed_width") or []}
    for metric, tries in (("fwf_boundary_recall", len(wanted)), ("fwf_boundary_precision", max(len(got), 1))):
        total.tries[metric] += tries
        total.hits[metric] += len(wanted & got)


def _score_key(total: Score, case: Case, answer: Answer) -> None:
    true = case.truth.get("primary_key")
    if not true:
        return
    columns, header = case.truth.get("columns") or [], case.truth.get("header") or {"present": True}
    wanted: frozenset[object] = frozenset(str(name).strip().lower() for name in true)
    said: list[frozenset[object]] = [
        frozenset(str(name).strip().lower() for name in key) for key in answer.get("primary_key") or []
    ]
    places = {
        str(column.get("name", "")).strip().lower(): n for n, column in enumerate(answer.get("columns") or [])
    }
    if not header.get("present", True) and len(places) == len(columns):
        names = [str(column.get("name") or "").strip().lower() for column in columns]
        wanted = frozenset(n for n, name in enumerate(names) if name in wanted)
        said = [frozenset(places.get(str(name), -1) for name in key) for key in said]
    first = bool(said) and said[0] == wanted
    total.add("pk_top1", first)
    total.add("pk_hit3", wanted in said[:3])
    total.add("pk_top1_single" if len(true) == 1 else "pk_top1_composite", first)
    if said:
        total.add("pk_precision_when_answered", first)


def _times(results: list[Result]) -> dict[str, float]:
    seconds = sorted(result.seconds for result in results)
    if not seconds:
        return {}
    large = sorted(r.seconds / (r.case.size / _MEGABYTE) for r in results if r.case.size > 50_000)
    usual = sorted(r.seconds for r in results if 13 <= (r.case.truth.get("n_columns") or 0) <= 17)
    figures = {
        "sec_p50": _quantile(seconds, 0.5),
        "sec_p95": _quantile(seconds, 0.95),
        "sec_max": seconds[-1],
        "sec_total": sum(seconds),
    }
    figures["seconds_per_file"] = sum(seconds) / len(seconds)
    figures["mb_per_s"] = sum(r.case.size for r in results) / _MEGABYTE / max(sum(seconds), 1e-9)
    if large:
        figures["sec_per_MB_p50"] = _quantile(large, 0.5)
    if usual:
        figures["sec_15col_p50"] = _quantile(usual, 0.5)
    return figures


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def by_group(results: list[Result], gives_formats: bool = False) -> dict[str, dict[str, float]]:
    """Return the metrics of each group of files."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[result.case.group].append(result)
    return {group: score(entries, gives_formats) for group, entries in groups.items()}
