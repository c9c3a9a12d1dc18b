"""Read yes-and-no columns in the words and languages that files use."""

from collections.abc import Mapping
from dataclasses import dataclass

from config_gen.types.wordlists import word_set

_PAIRS = (
    ("true", "false"),
    ("yes", "no"),
    ("y", "n"),
    ("t", "f"),
    ("oui", "non"),
    ("vrai", "faux"),
    ("ja", "nein"),
    ("ja", "nee"),
    ("ja", "nej"),
    ("wahr", "falsch"),
    ("si", "no"),
    ("sí", "no"),
    ("sì", "no"),
    ("sim", "não"),
    ("verdadero", "falso"),
    ("tak", "nie"),
    ("ano", "ne"),
    ("o", "n"),
    ("on", "off"),
    (".true.", ".false."),
    ("да", "нет"),
    ("はい", "いいえ"),
    ("是", "否"),
    ("evet", "hayır"),  # noqa: RUF001  these characters stand in files
    ("kyllä", "ei"),
    ("waar", "onwaar"),
    ("vero", "falso"),
    ("prawda", "fałsz"),
    ("igen", "nem"),
    ("igaz", "hamis"),
    ("da", "nu"),
    ("da", "ne"),
    ("áno", "nie"),
    ("jah", "ei"),
    ("taip", "ne"),
    ("так", "ні"),
    ("истина", "ложь"),
    ("ναι", "όχι"),  # noqa: RUF001  these characters stand in files
    ("j", "n"),
    ("예", "아니오"),
    ("예", "아니요"),
    ("כן", "לא"),
    ("نعم", "لا"),
    ("ya", "tidak"),
    ("真", "假"),
    ("有", "無"),
    ("有", "无"),
    ("có", "không"),
    ("đúng", "sai"),
    ("ใช่", "ไม่ใช่"),
    ("हाँ", "नहीं"),
    ("✓", "✗"),
    ("✔", "✘"),
    ("✓", "✘"),
    ("✅", "❌"),
    ("☑", "☐"),
    ("sann", "falsk"),
    ("sant", "usant"),
    ("doğru", "yanlış"),  # noqa: RUF001  these characters stand in files
)
_LETTERS = (("t", "n"), ("v", "f"), ("w", "f"), ("k", "e"), ("i", "n"), ("e", "h"), ("a", "n"), ("д", "н"))
"""Of tak, vero, wahr, kyllä, igen, evet, ano, да and their opposites."""
_ALONE = word_set(
    """
    true false yes non oui nein vrai faux não verdadero falso
    """
)
_ALONE_WHEN_MANY = frozenset(("y", "n", "no"))
_MANY = 5


@dataclass(frozen=True)
class Flags:
    """The spellings that mean true and false, as they stand in the file."""

    true_values: tuple[str, ...]
    false_values: tuple[str, ...]


def read_booleans(counts: Mapping[str, int], name_says_flag: bool) -> Flags | None:
    """Return the spellings, or None where the values are no flags.

    Zeros and ones are flags only where the column's name says so: they may as well be counts.
    """
    if len(counts) > 6:
        return None
    lowered = {value.lower() for value in counts}
    # North and south are written so as well, therefore only where the name announces a flag.
    if name_says_flag and lowered == {"s", "n"}:
        return _flags(counts, "s", "n")
    # Nor are these letters flags alone: V and F, T and N, K and E may be classes of anything.
    if name_says_flag and (letters := next((pair for pair in _LETTERS if lowered == set(pair)), None)):
        return _flags(counts, *letters)
    total = sum(counts.values())
    for yes, no in _PAIRS:
        both = lowered == {yes, no}
        alone = len(lowered) == 1 and lowered <= {yes, no}
        word = next(iter(lowered))
        enough = (
            word in _ALONE
            or (name_says_flag and len(word) > 1)
            or (word in _ALONE_WHEN_MANY and (total >= _MANY or name_says_flag))
        )
        if both or (alone and enough):
            return _flags(counts, yes, no)
    if lowered <= {"0", "1", "true", "false"} and lowered & {"true", "false"} and lowered & {"0", "1"}:
        return Flags(
            tuple(v for v in counts if v.lower() in ("1", "true")),
            tuple(v for v in counts if v.lower() in ("0", "false")),
        )
    if lowered <= {"0", "1"} and name_says_flag:
        return Flags(("1",), ("0",))
    return None


def _flags(counts: Mapping[str, int], yes: str, no: str) -> Flags:
    return Flags(
        tuple(v for v in counts if v.lower() == yes) or (yes,),
        tuple(v for v in counts if v.lower() == no) or (no,),
    )
