"""What answers cite: how many come from a right article alone, and how many questions get an honest "no".

`python -m benchmarks.kb_cited [--data DIR] [--json FILE]`. Without data, questions as people put them are
asked of the articles that we ship (`benchmarks/kb_asked.jsonl`): `tuned` were looked at while the room was
built, `held` were written before and only counted. With data, the questions of that folder are asked of its
articles too. No language model is involved.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import report
from benchmarks.kb_data import CACHE, articles, queries
from domain.knowledge.articles import AnswerKind, Article, Outcome, Reader
from knowledge.base import KnowledgeRoom
from knowledge.embedding import packaged_encoder
from knowledge.vector_store import ChromaPlace
from runtime.library.seed import shipped

_ASKED = Path(__file__).with_name("kb_asked.jsonl")


@dataclass(frozen=True)
class Question:
    """One question; without right articles it is one that the library can't answer."""

    part: str
    text: str
    right: frozenset[str]


@dataclass(frozen=True)
class Source:
    """Articles in memory."""

    kept: Sequence[Article]

    def articles(self) -> Iterable[Article]:
        """Return all."""
        return self.kept

    def outcomes(self) -> Iterable[Outcome]:
        """Return none."""
        return ()


def main() -> None:
    """Ask everything and write the figures."""
    given = _arguments()
    figures = _asked_of(list(shipped(datetime.now(UTC))), list(_ours()), given)
    if given.data is not None:
        rows = queries(given.data)
        for corpus in sorted({row.corpus for row in rows}):
            mine = [r for r in rows if r.corpus == corpus and not r.leak and not r.exclude]
            asked = [Question(f"{corpus}_{row.task}", row.text, row.gold) for row in mine]
            figures |= _asked_of(articles(given.data, corpus), asked, given)
    for name, value in figures.items():
        print(f"{name:<40} {value:.4g}")
    report.write(
        given.json, data={"folder": given.data.name if given.data else ""}, figures=figures, peers={}
    )


def _arguments() -> argparse.Namespace:
    parser = report.arguments(__doc__ or "", with_data=False)
    parser.add_argument("--data", type=Path, default=None, help="folder of the data set, with its README")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of vectors, by content hash")
    parser.add_argument("--show", action="store_true", help="name what went wrong with the tuned questions")
    return parser.parse_args()


def _ours() -> Iterable[Question]:
    for line in _ASKED.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Question(row["part"], row["question"], frozenset({row["article"]} - {""}))


def _asked_of(
    library: Sequence[Article], questions: Sequence[Question], given: argparse.Namespace
) -> dict[str, float]:
    room = KnowledgeRoom(
        Source(library), packaged_encoder(given.cache), ChromaPlace(), folder=given.cache, secret=b""
    )
    room.load()
    figures: dict[str, float] = {}
    for part in sorted({question.part for question in questions}):
        mine = [question for question in questions if question.part == part]
        cited = [_cited(room, question, given.show and part == "tuned") for question in mine]
        figures |= {f"{part}_{name}": value for name, value in _figures(mine, cited).items()}
    return figures


def _cited(room: KnowledgeRoom, question: Question, show: bool) -> list[str]:
    """Return the articles that the answer cites, in its order; none for "I don't know"."""
    answer = room.answer(question.text, Reader())
    cited = [str(one.article) for one in answer.citations] if answer.kind is AnswerKind.QUOTED else []
    if show and not (set(cited) <= question.right and bool(cited) == bool(question.right)):
        near = [f"{hit.article} {hit.score:.2f}" for hit in answer.nearest]
        wanted = ", ".join(question.right) or "nothing"
        print(f"{question.text!r} wants {wanted}: {answer.confidence:.2f} {cited} {near}", file=sys.stderr)
    return cited


def _figures(questions: Sequence[Question], cited: Sequence[list[str]]) -> dict[str, float]:
    pairs = list(zip(questions, cited, strict=True))
    known = [(question, found) for question, found in pairs if question.right]
    answered = [(question, found) for question, found in known if found]
    strange = [found for question, found in pairs if not question.right]
    figures = {
        "answered": len(answered) / max(len(known), 1),
        "first_right": sum(found[0] in question.right for question, found in answered) / max(len(known), 1),
        "any_wrong_article": sum(not set(found) <= question.right for question, found in answered)
        / max(len(answered), 1),
        "wrong_citations": sum(one not in question.right for question, found in answered for one in found)
        / max(sum(len(found) for _, found in answered), 1),
    }
    if strange:
        figures["absent_declined"] = sum(not found for found in strange) / len(strange)
    return figures


if __name__ == "__main__":
    main()
