"""Names of ours from names of strangers: a feed's name from its file, a column's name from its header."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath
from zoneinfo import available_timezones

from config_gen.file_names import with_wildcards, without_copy_mark, without_moments
from config_gen.romanised import in_latin
from domain.errors import BadInput
from domain.ids import FeedName, feed_name

_NOISE = frozenset({"sample", "test", "final", "copy", "export", "extract", "new", "tmp", "file", "data"})
# Words that SQL engines will not take as a bare column name.
_SQL_WORDS = """
all and any array as asc between both by case cast check column constraint create cross
current_date current_time current_timestamp current_user default delete desc distinct drop else
end except exists false fetch for foreign from full grant group having in inner insert intersect
interval into is join lateral left like limit natural not null offset on only or order outer
primary references right rows select session_user set some table then to trailing true union
unique update user using values when where window with
"""
RESERVED_WORDS = frozenset(_SQL_WORDS.split())
# Letters that are no plain letter with a mark: without these, Beløb would become belb.
_SPELT_OUT = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "Oe", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "ħ": "h", "ŧ": "t"}  # noqa: RUF001
)
_NUMBER_SIGN = re.compile(r"#(?![^\W_])")
"""`Order #` and `# of items`; before a letter it marks the first name of a header, as in `#date`."""
_LANGUAGE = re.compile(r"\b([CF])#(?= [^\W\d_])")
"""`C# version` speaks of a language; `C#` alone, and of any other letter, may be somebody's number."""
_ZONES = frozenset(available_timezones())


def feed_name_from(file_name: str) -> FeedName:
    """Return a feed name that the file's name suggests; `new_feed` when it suggests none."""
    stem = PurePosixPath(file_name.replace("\\", "/")).name
    while "." in stem and re.fullmatch(r"[A-Za-z0-9]{1,8}", stem.rsplit(".", 1)[1]):
        stem = stem.rsplit(".", 1)[0]
    words = [word for word in _snake(without_moments(stem)).split("_") if word]
    telling = [word for word in words if word not in _NOISE and not word.isdigit()]
    candidate = "_".join(telling or words)[:60].strip("_")
    if candidate and not candidate[0].isalpha():
        candidate = f"feed_{candidate}"
    try:
        return feed_name(candidate)
    except BadInput:
        return feed_name("new_feed")


def known_zone(text: str | None) -> str | None:
    """Return the text when it names an IANA zone; values that carry their own offsets need none."""
    return text if text in _ZONES else None


def file_pattern_from(file_name: str) -> str:
    """Return the file's name with `*` for days, times and running numbers."""
    return with_wildcards(without_copy_mark(PurePosixPath(file_name.replace("\\", "/")).name[:300]))


def column_names_from(headers: Iterable[str]) -> tuple[str, ...]:
    """Return one table name per header, in order, none twice, none reserved by SQL."""
    taken: set[str] = set()
    names: list[str] = []
    for number, header in enumerate(headers, 1):
        name = _snake(header)[:60].strip("_") or f"column_{number}"
        if not name[0].isalpha():
            name = f"c_{name}"[:60]
        if name in RESERVED_WORDS:
            name = f"{name}_value"
        names.append(_free(name, taken))
        taken.add(names[-1])
    return tuple(names)


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name[:57]}_{number}" in taken:
        number += 1
    return f"{name[:57]}_{number}"


def _snake(text: str) -> str:
    said = _NUMBER_SIGN.sub(" no ", _LANGUAGE.sub(r"\1 sharp", text)).replace("%", " pct ")
    spelt = in_latin(said.translate(_SPELT_OUT))
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", plain))
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")
