"""Records about the file itself, told by their tag or width: the first ones, and the one that closes it."""

import re
from collections import Counter
from collections.abc import Sequence

from config_gen.types.kinds import PARTICULAR, kind_of, main_kind

_MOST_LEADING = 3
_MOST_TAGS = 3
_FEWEST = 4
_LOOKED_AT = 60
TRAILER_TAG = re.compile(r"(?:t|tr|trl|tlr|trlr|trailer|ftr|footer|eof|end|z|9{1,3})$", re.IGNORECASE)
_LEADING_TAG = re.compile(r"(?:h|hd|hdr|head|header|bof|file|0{1,3})$", re.IGNORECASE)


def is_about_file(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether what looks like a header is a record about the file: a tag, and another width."""
    if not names or len(rows) < _FEWEST or not _LEADING_TAG.match(names[0]):
        return False
    usual, even = Counter(map(len, rows)).most_common(1)[0]
    tags = {row[0].strip() for row in rows if len(row) == usual}
    beyond = any(cell.strip() for row in rows for cell in row[len(names) :])
    is_wider = usual > len(names) and beyond  # a delimiter at the end of each record makes it no wider
    return (
        (usual < len(names) or is_wider)
        and even >= 0.8 * len(rows)
        and len(tags) <= _MOST_TAGS
        and names[0] not in tags
    )


def is_framed(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first record is about the file and the last one closes it, both told by their tags.

    The records between them have few tags, others, and not one each, as the names of shares are. A header
    would hold names and no day or number.
    """
    filled = [row for row in rows if row]
    if len(filled) < _FEWEST or not any(kind_of(cell.strip()) in PARTICULAR for cell in filled[0][1:]):
        return False
    first, last = filled[0][0].strip(), filled[-1][0].strip()
    tags = {row[0].strip() for row in filled[1:-1]}
    is_tagged = bool(_LEADING_TAG.match(first) and TRAILER_TAG.match(last))
    is_kind = len(tags) <= _MOST_TAGS and len(tags) < len(filled) - 2
    return is_tagged and is_kind and not {first, last, ""} & tags


def leading_records(rows: Sequence[Sequence[str]]) -> int:
    """Return how many records above a table without header have another width, as those about a file."""
    widths = Counter(len(row) for row in rows if row)
    if len(rows) < 2 * _FEWEST:
        return 0
    usual, even = widths.most_common(1)[0]
    if usual < 3 or even < 0.8 * len(rows):
        return 0
    length = next(n for n, row in enumerate(rows) if len(row) == usual)
    if not length or length > _MOST_LEADING:
        return 0
    above, below = ([row[0].strip() for row in some if row] for some in (rows[:length], rows[length:]))
    kind, share = main_kind(below[:_LOOKED_AT])
    is_other = kind in PARTICULAR and share >= 0.9 and all(kind_of(cell) is not kind for cell in above)
    is_tag = len(set(below)) <= _MOST_TAGS or all(map(_LEADING_TAG.match, above))
    # A first record with a cell too many or too few is a record: left out, it would be so every day.
    return length if (is_other or is_tag) and not set(above) & set(below) else 0
