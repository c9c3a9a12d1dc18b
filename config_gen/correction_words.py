"""Read what people say about a sample: `key is trade_id and leg`, `the date is day first`, `px is in cents`.

A sentence is understood as a whole or not at all: what is left over may be what turns its meaning round.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import available_timezones

from config_gen.german_corrections import in_english
from config_gen.semantics.iso import CURRENCIES
from config_gen.types.names import words_of
from config_gen.types.unit_words import UNITS
from domain.configuration.corrections import CorrectionKind as Kind

LONGEST = 400
"""Signs: who writes more tells a story."""
_MOST_SENTENCES, _FEW = 10, 3
_SENTENCES = re.compile(r"[\n;]|\.\s|[.!]$")
_MANNERS = re.compile(
    r"^(?:(?:no(?=,)|hey|hi|please|pls|sorry|actually|dogwatch|btw|also|and|i think|in fact"
    r"|nein(?=,)|hallo|moin|bitte|übrigens|eigentlich|und)\b[\s,:]{0,3}"
    r"|(?:note|correction|wrong|remark|korrektur|hinweis|achtung|falsch)[,:] ?){1,4}",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:what|which|who|whose|why|how|when|where|is|are|was|does|do(?! not\b)|did|can|could|should|would|will"
    r"|if|was|wer|wie|wann|warum|welche[rs]?|sind|hat|kann|darf|muss"
    r"|(?:ist|soll)(?! (?:ist|is|sind|are|steht|darf)\b| ?[=:]))\b",
    re.IGNORECASE,
)
_ZONES = {zone.lower(): zone for zone in available_timezones()}
_IS = r"(?:is|are|should be|must be|has to be|was meant to be|=|:)"
_A = r"(?:an? |the )?"
_OF_KEY = r"(?:the )?(?:(?:primary |business |unique |natural |merge )?key(?: columns?)?|pk)"
_KEY_IS = re.compile(rf"{_OF_KEY}\s?{_IS}\s?(?:made of |built from |columns? )?(?P<names>.+)", re.IGNORECASE)
_ARE_KEY = re.compile(
    rf"(?P<names>.+?) (?:together )?(?:is|are|should be|must be|form|make(?: up)?) {_OF_KEY}", re.IGNORECASE
)
_USE_AS_KEY = re.compile(rf"(?:use|take) (?P<names>.+?) (?:as|for) {_OF_KEY}", re.IGNORECASE)
_NO_KEY = re.compile(
    rf"(?:there is |there's |it has |this (?:file|feed) has |has )?no (?:primary |unique )?key(?: here)?"
    rf"|{_OF_KEY} is wrong,? there is none",
    re.IGNORECASE,
)
_LIST = re.compile(r"\s*(?:,|\+|&|/|\band\b|\bplus\b|\bwith\b)\s*", re.IGNORECASE)
_NAME = r"[`'\"]?(?P<name>[a-z][a-z0-9_]{0,59})[`'\"]?"
_PLAINLY_A_NAME = re.compile(r".+ (?:[`'\"][a-z0-9_]+[`'\"]?|[a-z0-9]+_[a-z0-9_]+)")
"""The client is called tomorrow, or called back: only what is written as a name is one."""
_RENAME = re.compile(rf"(?:[Rr]ename|(?P<call>[Cc]all)) (?P<column>.+?) (?:to |as |into )?{_NAME}")
_RENAMED = re.compile(
    r"(?P<column>.+?) (?:should be|must be|is to be) (?:(?P<call>called)|named|renamed to) " + _NAME
)
_ARROW = re.compile(rf"(?P<column>[^<>]+?) ?(?:->|=>|→) ?{_NAME}")
_STATES = frozenset("done ok fine good bad wrong missing fixed empty null gone late open todo yes no".split())  # noqa: SIM905
_MAKE = re.compile(
    r"(?:make|set) (?P<column>\S+(?: \S+){0,3}?) (?:into |to )?(?P<said>(?:an? |the )?\S+)", re.IGNORECASE
)
_MASK = re.compile(
    r"(?P<no>do not |don't |never |un)?mask (?P<column>.+)"
    r"|(?P<whose>.+?) (?:should|must) (?P<not>not )?be masked",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    r"(?:drop|ignore|skip|remove|exclude|delete|omit|leave out|hash|encrypt|tokeni[sz]e|lösche|ignoriere)"
    r" (?P<column>.+)",
    re.IGNORECASE,
)
"""What people want of a column and no sentence brings about: steps are chosen under *Edit*."""
_TREAT = re.compile(
    r"(?:treat|read|keep|take|leave|store|load) (?P<column>.+?) as (?P<said>.+)", re.IGNORECASE
)
_COLUMN_IS = re.compile(
    r"(?P<column>.+?)\s?(?:\b(?P<verb>is|are|should be|must be|has to be|may be|can be|could be|comes?"
    r"|must|may|can|should|cannot|can't|isn't|aren't)\b|=|:) ?(?P<said>.+)",
    re.IGNORECASE,
)
_GERMAN_IS = re.compile(r"(?:(?:der|die|das) )?(?P<column>.+?) (?:ist|sind) (?P<said>.+)", re.IGNORECASE)
_FORMATS = {
    "yyyy": "%Y", "jjjj": "%Y", "yy": "%y", "jj": "%y", "mmm": "%b", "mon": "%b", "mm": "%m", "m": "%m",
    "dd": "%d", "d": "%d", "tt": "%d", "hh24": "%H", "hh": "%H", "mi": "%M", "ss": "%S",
}  # fmt: skip
_LETTERS = re.compile(r"yyyy|jjjj|hh24|mmm|mon|yy|jj|mm|mi|dd|tt|hh|ss|[dm]|[-/. :,t]", re.IGNORECASE)
_ORDERS = (
    (re.compile(r"(?:the )?days?(?: comes?| stands?)?[ -](?:first|before (?:the )?months?)"), "day"),
    (re.compile(r"(?:the )?months?(?: comes?| stands?)?[ -](?:first|before (?:the )?days?)"), "month"),
    (re.compile(r"(?:in )?(?:european|british|german|uk)(?: (?:dates?|format|order|style))*"), "day"),
    (re.compile(r"(?:in )?(?:american|us)(?: (?:dates?|format|order|style))*"), "month"),
)
_DIVISORS = {
    **dict.fromkeys(("cent", "cents", "pence", "pennies", "eurocent", "eurocents", "rappen", "öre"), "100"),
    **dict.fromkeys(("minor units", "minor unit", "hundredths"), "100"),
    **dict.fromkeys(("thousandths", "mills"), "1000"),
    **dict.fromkeys(("micros", "millionths"), "1000000"),
    **dict.fromkeys(("thousand", "thousands", "1000s", "k"), "0.001"),
    **dict.fromkeys(("million", "millions", "mio", "mn"), "0.000001"),
}  # fmt: skip
_TYPES = {
    **dict.fromkeys(("text", "string", "varchar", "code", "identifier", "text not a number"), "text"),
    **dict.fromkeys(("integer", "int", "whole number", "whole numbers", "bigint", "count"), "integer"),
    **dict.fromkeys(("number", "numeric", "numbers"), "number"),
    **dict.fromkeys(("decimal", "decimal number", "float", "money", "decimals"), "decimal"),
    **dict.fromkeys(("boolean", "bool", "flag", "yes or no", "yes/no", "true or false"), "boolean"),
    **dict.fromkeys(("date", "day", "dates"), "date"),
    **dict.fromkeys(("datetime", "timestamp", "date and time", "moment"), "datetime"),
    "time": "time",
    "year": "year",
}  # fmt: skip
_SIZE = re.compile(r" ?\(\d{1,3}(?:, ?\d{1,2})?\)$")
_SINCE = r"(?:{words}) since 1970|(?:epoch|unix)(?: time)?(?: in)? (?:{words})"
_EPOCHS = (
    (re.compile(_SINCE.format(words="milliseconds|millis|ms")), "epoch_ms"),
    (re.compile(_SINCE.format(words="microseconds|micros|us|µs")), "epoch_us"),
    (re.compile(_SINCE.format(words="seconds|s") + "|(?:epoch|unix)(?: time| timestamp)?"), "epoch_s"),
)
_EMPTY = r"(?:empty|null|blank|missing)"
_MAY_BE = re.compile(rf"(?:be )?{_EMPTY}")
_OPTIONAL = re.compile(rf"sometimes {_EMPTY}|{_EMPTY} (?:sometimes|at times)|optional|nullable|not required")
"""That a date is missing, without more, is a complaint and allows nothing."""
_REQUIRED = re.compile(
    rf"(?:never|not be|not) {_EMPTY}|required|mandatory|always (?:filled|there|given|present)"
    r"|not (?:optional|nullable)"
)
_PERSONAL = re.compile(r"(?:personal(?: data| information)?|pii|sensitive(?: data)?|private)")
_NOT_PERSONAL = re.compile(r"(?:not|no) (?:personal(?: data| information)?|pii|sensitive(?: data)?|private)")


@dataclass(frozen=True)
class Said:
    """One sentence as it was understood: of which columns, by their words, and what."""

    kind: Kind
    names: tuple[str, ...]
    value: str = ""


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a message without manners; none where it is too long, or asks something."""
    if len(text) > LONGEST or "?" in text:
        return []
    own = re.sub(r"(?m)^\s*(?:>|&gt;).*", "", text)  # what others said before is not said again
    parts = (" ".join(part.split()) for part in _SENTENCES.split(own))
    bare_ones = (part if _NO_KEY.fullmatch(part) else _MANNERS.sub("", part) for part in parts)
    found = [said for part in bare_ones if (said := part.strip(" .,!`")) and not _ASKS.match(said)]
    return found if len(found) <= _MOST_SENTENCES else []


def read_sentence(text: str) -> Said | None:
    """Return what a sentence says of the key or of a column, None where it says nothing that we take."""
    text = in_english(text)
    made = _MAKE.fullmatch(text)
    if made is not None:
        text = f"{made['column']} is {made['said']}"
    return _of_key(text) or _renamed(text) or _masked(text) or _of_column(text)


def topic_of(text: str) -> str:
    """Return of what a short sentence says that it is something: a column, or `key`; empty of others.

    `key people are away` is about people, and `note that we moved` about no column called note.
    """
    if (ordered := _ORDERED.fullmatch(text)) is not None:
        return bare(ordered["column"]) if len(text.split()) <= _FEW + 1 else ""
    found = _COLUMN_IS.fullmatch(in_english(text)) or _GERMAN_IS.fullmatch(text)
    if found is None or len(found["said"].split()) > _FEW:
        return ""
    return "key" if re.fullmatch(_OF_KEY, found["column"], re.IGNORECASE) else bare(found["column"])


def names_in(text: str) -> list[str]:
    """Return the parts of a list of columns, as people write one."""
    return [name for part in _LIST.split(text) if (name := bare(part))]


def bare(name: str) -> str:
    """Return a column's name without what people write around it."""
    found = re.sub(r"^(?:the |our |all |column |columns |field )+", "", name.strip(), flags=re.IGNORECASE)
    return re.sub(r" (?:columns?|fields?)$", "", found, flags=re.IGNORECASE).strip(" `'\"*.,")


def find_named(said: str, known: Mapping[str, str]) -> str | None:
    """Return the table name of the column that is called so: by either name, whatever its case and blanks.

    Args:
        said: What a person calls it.
        known: Table name by the name in the file.
    """
    exact = [name for source, name in known.items() if said in (source, name)]
    alike = [
        name
        for source, name in known.items()
        if words_of(said) and words_of(said) in (words_of(source), words_of(name))
    ]
    found = exact or alike
    return found[0] if len(set(found)) == 1 else None


def _of_key(text: str) -> Said | None:
    if _NO_KEY.fullmatch(text):
        return Said(Kind.KEY, ())
    found = _KEY_IS.fullmatch(text) or _ARE_KEY.fullmatch(text) or _USE_AS_KEY.fullmatch(text)
    return Said(Kind.KEY, tuple(names_in(found["names"]))) if found and names_in(found["names"]) else None


def _renamed(text: str) -> Said | None:
    if (arrow := _ARROW.fullmatch(text)) is not None:
        said = _of_column(f"{arrow['column']} is {arrow['name']}")  # zip -> text; price -> wrong is no name
        named = Said(Kind.NAME, (bare(arrow["column"]),), arrow["name"])
        return said or (None if arrow["name"] in _STATES else named)
    found = _RENAME.fullmatch(text) or _RENAMED.fullmatch(text)
    if found is not None and found["call"] and not _PLAINLY_A_NAME.fullmatch(text):
        return None
    return Said(Kind.NAME, (bare(found["column"]),), found["name"]) if found else None


def _masked(text: str) -> Said | None:
    found = _MASK.fullmatch(text)
    if found is None:
        return None
    return Said(
        Kind.PERSONAL,
        (bare(found["column"] or found["whose"]),),
        "no" if found["no"] or found["not"] else "yes",
    )


def _of_column(text: str) -> Said | None:
    treated = _TREAT.fullmatch(text)
    if treated is not None:
        kind = _type_said(treated["said"])
        return Said(Kind.TYPE, (bare(treated["column"]),), kind) if kind else None
    found = _COLUMN_IS.fullmatch(text)
    if found is None:
        return None
    names, verb = (bare(found["column"]),), (found["verb"] or "is").lower()
    said = found["said"].strip(" .,`")
    if verb in ("cannot", "can't", "isn't", "aren't") or (verb == "must" and said.startswith("not ")):
        said = f"not {said.removeprefix('not ')}"
    may_be = verb in ("may be", "can be", "could be", "may", "can")
    lowered = said.lower()
    is_optional = _OPTIONAL.fullmatch(lowered) or (may_be and _MAY_BE.fullmatch(lowered))
    if may_be or is_optional:
        return Said(Kind.FILLED, names, "no") if is_optional else None
    if _REQUIRED.fullmatch(lowered):
        return Said(Kind.FILLED, names, "yes")
    if _NOT_PERSONAL.fullmatch(lowered) or _PERSONAL.fullmatch(lowered):
        return Said(Kind.PERSONAL, names, "no" if _NOT_PERSONAL.fullmatch(lowered) else "yes")
    return _of_values(names, said, lowered)


def _of_values(names: tuple[str, ...], said: str, lowered: str) -> Said | None:
    """Return what is said of how the values of a column are written."""
    order = next((order for form, order in _ORDERS if form.fullmatch(lowered)), None)
    if order is not None:
        return Said(Kind.FORMAT, names, order)
    plain = re.sub(r"^(?:given |quoted |written |measured |stored )?(?:in|as) ", "", lowered)
    epoch = next((form for pattern, form in _EPOCHS if pattern.fullmatch(plain)), None)
    if epoch is not None:
        return Said(Kind.FORMAT, names, epoch)
    if (pattern := _pattern_said(re.sub(r"^(?:written |in |as )+", "", lowered))) is not None:
        return Said(Kind.FORMAT, names, pattern)
    if lowered.startswith(("not a number", "no number", "not numeric")):
        return Said(Kind.TYPE, names, "text") if len(lowered.split()) <= 7 else None
    if kind := _type_said(lowered):
        return Said(Kind.TYPE, names, kind)
    exact = said[len(said) - len(plain) :]
    if exact in CURRENCIES:
        return Said(Kind.UNIT, names, exact)
    if plain == lowered:
        return None  # what follows is none of the ways to say a unit: `amount is wrong`
    if plain in _DIVISORS:
        return Said(Kind.DIVISOR, names, _DIVISORS[plain])
    if plain in _ZONES:
        return Said(Kind.ZONE, names, _ZONES[plain])
    return Said(Kind.UNIT, names, UNITS[plain]) if plain in UNITS else None


def _type_said(said: str) -> str | None:
    plain = _SIZE.sub("", re.sub(rf"^{_A}", "", said.strip().lower()))
    return _TYPES.get(re.sub(r",? not a number$", "", plain)) or _TYPES.get(plain)


def _pattern_said(said: str) -> str | None:
    """Return a strptime pattern for letters such as DD.MM.YYYY."""
    found = _LETTERS.findall(said)
    if "".join(found).lower() != said or not any({"y", "j"} & set(letters) for letters in found):
        return None
    made, is_time = "", False
    for letters in map(str.lower, found):
        is_time = is_time or letters.startswith("hh")
        minutes = letters == "mm" and is_time
        made += "%M" if minutes else "T" if letters == "t" else _FORMATS.get(letters, letters)
    return made if "%d" in made and ("%m" in made or "%b" in made) else None


def several(names: Sequence[str]) -> str:
    """Return names as a key is shown."""
    return " + ".join(names)
