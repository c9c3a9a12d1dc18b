"""Score what was said about columns: types, date formats, not-null rules, value lists, meanings."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.config_truth import Answer, Case, Truth, find_cells, find_moment, true_moment

_TYPES = ("string", "integer", "decimal", "boolean", "date", "datetime", "time")
_PERSON = frozenset(("first_name", "last_name", "person_name"))
_SAME_MOMENTS = 0.98


class Tally(Protocol):
    """Where tries are counted."""

    def add(self, metric: str, hit: bool) -> None:
        """Count one try."""
        ...


@dataclass
class ColumnScores:
    """Counts that F1 and precision need: (true type, said type) pairs and labels hit, missed, invented."""

    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    invented: Counter[str] = field(default_factory=Counter)

    def figures(self) -> dict[str, float]:
        """Return macro F1 of types, and precision, micro and macro F1 of meanings."""
        figures: dict[str, float] = {}
        scores = [self._type_f1(kind) for kind in _TYPES]
        known = [value for value in scores if value is not None]
        if known:
            figures["type_macro_f1"] = sum(known) / len(known)
        hit, missed, invented = sum(self.hit.values()), sum(self.missed.values()), sum(self.invented.values())
        if hit + invented:
            figures["semantic_precision"] = 100.0 * hit / (hit + invented)
        labels = set(self.hit) | set(self.missed)
        if labels:
            figures["semantic_micro_f1"] = 2 * hit / max(1, 2 * hit + invented + missed)
            figures["semantic_macro_f1"] = sum(
                2 * self.hit[x] / max(1, 2 * self.hit[x] + self.invented[x] + self.missed[x]) for x in labels
            ) / len(labels)
        return figures

    def _type_f1(self, kind: str) -> float | None:
        hit = self.confusion[kind, kind]
        wrong = sum(n for (true, said), n in self.confusion.items() if said == kind and true != kind)
        missed = sum(n for (true, said), n in self.confusion.items() if true == kind and said != kind)
        return 2 * hit / (2 * hit + wrong + missed) if hit + missed else None


def score_columns(
    total: Tally, scores: ColumnScores, case: Case, answer: Answer, gives_formats: bool
) -> None:
    """Count everything that the labels of a file's columns can measure."""
    columns = case.truth.get("columns") or []
    if not any("accept" in column or column.get("semantic") for column in columns):
        return
    said = answer.get("columns") or []
    by_name: dict[str, Answer] = {}
    for column in said:
        by_name.setdefault(str(column.get("name", "")).strip().lstrip("\ufeff"), column)
    total.add("n_columns", len(said) == len(columns))
    declares = any((column.get("constraints") or {}).get("required") for column in columns)
    for place, column in enumerate(columns):
        twin = said[place] if len(said) == len(columns) else by_name.get(_name_of(column))
        _score_type(total, scores, case, column, twin)
        if twin is not None and (twin.get("format") or gives_formats):
            _score_format(total, case, column, twin, place)
        _score_rules(total, column, twin, declares)
        _score_meaning(total, scores, column, twin, bool(case.truth.get("semantic_complete")))


def _name_of(column: Truth) -> str:
    return str(column.get("name") or "").strip()


def _score_type(total: Tally, scores: ColumnScores, case: Case, column: Truth, twin: Answer | None) -> None:
    if "accept" not in column:
        return
    kind, said = column.get("class"), (twin or {}).get("type")
    right = said in column["accept"]
    if kind in ("typed", "plain_string"):
        total.add("type_strict", right)
        total.add("type_lenient", said in (column.get("accept_lenient") or column["accept"]))
        if case.tier != "tool":
            total.add("type_strict_authored", right)
        total.add("type_" + (column["type"] if kind == "typed" else "string"), right)
        true = (
            column["type"] if column["type"] in _TYPES else "integer" if column["type"] == "year" else "date"
        )
        named = said if said in _TYPES else "missing" if said is None else "other"
        scores.confusion[true, true if right else str(named)] += 1
    elif kind == "digit_string" and case.tier != "tool":
        total.add("type_digit_string", right)


def _score_format(total: Tally, case: Case, column: Truth, twin: Answer, place: int) -> None:
    if (
        column.get("class") != "typed"
        or column["type"] not in ("date", "datetime", "time")
        or column.get("format") == "any"
        or not case.truth.get("dialect")
    ):
        return
    header = case.truth.get("header") or {"present": True}
    rows = find_cells(case.data, case.truth.get("encoding") or "utf-8", case.truth["dialect"], 400) or []
    body = rows[(header.get("row") or 0) + (1 if header.get("present") else 0) :]
    values = [row[place].strip() for row in body if place < len(row) and row[place].strip()]
    pairs = [
        (true_moment(value, column), find_moment(value, twin.get("format"), column["type"]))
        for value in values[:200]
    ]
    known = [(true, said) for true, said in pairs if true is not None]
    if known:
        same = sum(
            true.replace(tzinfo=None) == (said.replace(tzinfo=None) if said else None) for true, said in known
        )
        total.add("date_format", same >= _SAME_MOMENTS * len(known))


def _score_rules(total: Tally, column: Truth, twin: Answer | None, declares: bool) -> None:
    constraints = column.get("constraints") or {}
    if declares and twin is not None and twin.get("nullable") is not None and column.get("n_values"):
        required, said = bool(constraints.get("required")), twin["nullable"] is False
        if said:
            total.add("required_precision", required)
        if required:
            total.add("required_recall", said)
    if constraints.get("enum") and column.get("n_values", 0) >= 5:
        total.add("enum_recall", bool(twin and twin.get("enum")))


def _score_meaning(
    total: Tally, scores: ColumnScores, column: Truth, twin: Answer | None, complete: bool
) -> None:
    said = (twin or {}).get("semantic")
    said = said[0] if isinstance(said, list) and said else said if isinstance(said, str) else None
    true = column.get("semantic")
    if not column.get("n_values", 1) or not (true or complete):
        return
    same = said is not None and (said == true or (said in _PERSON and true in _PERSON))
    if true:
        total.add("semantic_recall", same)
        (scores.hit if same else scores.missed)[true] += 1
    if said and complete and not same:
        scores.invented[said] += 1
