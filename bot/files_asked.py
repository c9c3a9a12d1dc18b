"""What is asked of a file by its name, or of the files that came: "what happened to f1.csv?". Pure.

Any other word of the text has to be one of those by which people ask for a file: who asks how a `values.csv`
is parsed asks the library.
"""

import re
from dataclasses import dataclass

from bot.named_feeds import content_of
from bot.question_words import HOW_TO, without_slips
from domain.clock.day_words import Window

_LONGEST = 14
"""Words: what is longer tells a story."""
_ENDS = r"csv|tsv|psv|txt|json|jsonl|ndjson|xml|parquet|avro|orc|xlsx?|ods|dat|fwf|edi|gz|zip|bz2|zst|pgp"
_FILE = re.compile(rf"(?<![\w./:@-])[\w()+=#~-][\w.()+=#~-]{{0,150}}\.(?:{_ENDS})(?![\w-])", re.IGNORECASE)
_WORDS = frozenset(
    re.findall(
        r"[\w']+",
        "file files delivery sample upload name called happen happened happend hapened happens became become"
        " release released releases releasing reject rejected rejects refuse refused decline declined accept"
        " accepted approve approved approval let through allow allowed pass passed hold"
        " holds held holding back"
        " block blocked quarantine quarantined arrive arrived arrives receive received get got"
        " come came see seen"
        " saw load loaded loads import imported imports read score scored quality status"
        " state stand stands stuck"
        " drop dropped sent send delivered handed uploaded who why when where decide"
        " decided decides waiting wait"
        " waits still anyway bad rows row wrong problem problems fail failed fails missing ok yet process"
        " processed late new good broken look looks find details more ever today yesterday it's didn't hasn't"
        " wasn't isn't hasn wasn isn didn t please pls by must has need needs whom went gone go",
    )
)
_ORDERS = re.compile(
    r"(?i)^(?:please |pls |can you |could you )*(?:release|reject|refuse|decline|approve|accept)\b"
)
_LISTS = re.compile(
    r"(?i)^(?:(?:show|list|which|what|how many|any|all|the|last|latest|newest|recent|today['\u2019]?s|my) )*"
    r"files?\b|^when did the (?:last|latest|newest) file\b"
)
_OF_A_LIST = frozenset(
    re.findall(
        r"\w+",
        "file files which came come in arrived arrive got get received dropped delivered imported uploaded"
        " handed last latest newest recent list many held back released refused quarantined blocked new show"
        " when there been by us",
    )
)


@dataclass(frozen=True)
class FilesAsked:
    """What is asked of files.

    Attributes:
        name: Of the file; empty where all are asked for that came.
        is_order: Whether somebody wants it released or refused.
        is_list: Whether those are asked for that came, of `feeds` and in `window` where these are named.
        is_held: Whether of these those alone that were held back.
    """

    name: str = ""
    is_order: bool = False
    is_list: bool = False
    is_held: bool = False
    feeds: tuple[str, ...] = ()
    window: Window | None = None


def names_a_file(text: str) -> bool:
    """Return whether a text names a file of data."""
    return "://" not in text and bool(_FILE.search(text[:2000]))


def files_asked_in(text: str, feeds: tuple[str, ...] = (), window: Window | None = None) -> FilesAsked | None:
    """Return what a text asks of files, None for anything else.

    Args:
        feeds: Those that it names, which does not make it another question.
        window: The past span that it names.
    """
    said = without_slips(" ".join(text.split()).strip(" ?!.,;:"))
    if len(said.split()) > _LONGEST or HOW_TO.search(said) or "://" in said:
        return None
    found = _FILE.search(said)
    if found is not None:
        rest = f"{said[: found.start()]} {said[found.end() :]}"
        if content_of(rest, feeds, window) - _WORDS:
            return None
        return FilesAsked(found.group(), is_order=bool(_ORDERS.match(said)))
    if _LISTS.match(said) and not content_of(said, feeds, window) - _OF_A_LIST:
        is_held = bool(re.search(r"(?i)\b(?:held|refused|quarantined|blocked)\b", said))
        return FilesAsked(is_list=True, is_held=is_held, feeds=feeds, window=window)
    return None
