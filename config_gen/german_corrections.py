"""Put what people say of a sample in German into the words of `correction_words`: *Betrag ist in Cent*.

A sentence is turned as a whole or stays as it is; what its end means is for the reader of the English to say.
"""

import re

_ARTICLE = r"(?:(?:der|die|das|den|dem|die spalte|die spalten|spalte|spalten|das feld|feld) )?"
_A = r"(?P<a>.{1,200}?)"
_BARE_KEY = r"(?:eindeutige[rn]? |fachliche[rn]? )?(?:primär|primaer)?(?:schlüssel|schluessel)"
_KEY = rf"(?:(?:der|den|unser) )?{_BARE_KEY}"
_IS_KEY = r"(?:ist|sind|lautet|wäre|besteht aus|muss|soll)(?: aus)?:?"
_NEW = r"(?P<b>[\w`'\"]{1,62})"
_FIRST = r"(?:zuerst|vorne?|voran|vor dem (?:monat|tag))"
_OF_COLUMN = "{a} is{b}"
_TURNS = tuple(
    (re.compile(pattern, re.IGNORECASE), made)
    for pattern, made in (
        (rf"(?:es gibt |hier gibt es |das hat )?kein(?:en)? {_BARE_KEY}", "no key"),
        (rf"{_KEY} {_IS_KEY} (?P<a>.{{1,200}})", "key is {a}"),
        (rf"{_KEY}[:=] ?(?P<a>.{{1,200}})", "key is {a}"),
        (rf"{_ARTICLE}{_A} (?:ist|sind|bilden|ergeben)(?: zusammen)? {_KEY}", "{a} is the key"),
        (rf"{_ARTICLE}{_A} bildet zusammen mit (?P<b>.{{1,200}}?) {_KEY}", "{a} and {b} is the key"),
        (rf"benenne {_ARTICLE}{_A} (?:in|als) {_NEW}(?: um)?", "rename {a} to {b}"),
        (rf"nenne {_ARTICLE}{_A} in {_NEW}(?: um)?", "rename {a} to {b}"),
        (rf"{_ARTICLE}{_A} (?:soll|sollte|muss) {_NEW} heißen", "rename {a} to {b}"),
        (rf"{_ARTICLE}{_A} (?:darf|kann) (?:auch |mal )?(?:leer|null) sein", "{a} may be empty"),
        (rf"{_ARTICLE}{_A} darf (?:nie|nicht|niemals) (?:leer|null) sein", "{a} is never empty"),
        (
            rf"(?:in|im|bei|beim) {_ARTICLE}{_A} (?:steht|kommt|ist) (?:der )?(?P<b>tag|monat) {_FIRST}",
            "{a} is {b} first",
        ),
        (rf"{_ARTICLE}{_A} (?:ist|sind|steht|stehen|kommt|kommen)(?P<b> .{{1,60}})", _OF_COLUMN),
    )
)
_PARTS = {"tag": "day", "monat": "month"}
_OF_PEOPLE = r"personenbezogen(?:e[rns]?)?(?: daten)?"
_ENDS = tuple(
    (re.compile(pattern), made)
    for pattern, made in (
        (
            r"(?:nie|niemals|nicht) (?:leer|null)|immer (?:ge|be)füllt|(?:ein )?pflicht(?:feld)?",
            "never empty",
        ),
        (r"manchmal (?:leer|null)|(?:ein )?optional(?:es feld)?|kein pflichtfeld", "optional"),
        (rf"(?:nicht|keine?) {_OF_PEOPLE}", "not personal"),
        (_OF_PEOPLE, "personal"),
        (rf"(?:der )?tag {_FIRST}|(?:im )?deutsche[sn]? (?:format|datum)", "day first"),
        (rf"(?:der )?monat {_FIRST}|(?:im )?amerikanische[sn]? (?:format|datum)", "month first"),
        (r"(?:ein )?text(?:,? keine zahl)?|(?:eine )?zeichenkette|(?:ein )?code|keine zahl", "text"),
        (r"(?:eine )?zahl", "a number"),
        (r"(?:eine )?(?:ganzzahl|ganze zahl)", "an integer"),
        (r"(?:eine )?(?:dezimal|komma)zahl|(?:ein )?betrag", "a decimal"),
        (r"(?:ein )?datum", "a date"),
        (r"(?:ein )?(?:zeitstempel|zeitpunkt)", "a timestamp"),
        (r"(?:eine )?uhrzeit", "a time"),
        (r"(?:ein )?jahr", "a year"),
        (r"ja/nein|ja oder nein|(?:ein )?wahrheitswert", "yes or no"),
        (r"(?:im format |in der form )?(?P<b>[tjmdyhs./: -]{6,30})", "{b}"),
        (r"in (?P<b>.{1,40})", "in {b}"),
    )
)
_UNITS = {
    "tausend": "thousands", "tausendern": "thousands", "millionen": "millions", "prozent": "percent",
    "promille": "thousandths", "basispunkten": "basis points", "stück": "pieces", "tagen": "days",
    "stunden": "hours", "minuten": "minutes", "sekunden": "seconds", "millisekunden": "milliseconds",
    "wochen": "weeks", "metern": "metres", "litern": "litres", "tonnen": "tonnes", "kilogramm": "kg",
    "gramm": "g", "dollar": "dollars", "us-dollar": "us dollars", "pfund": "sterling",
    "sekunden seit 1970": "seconds since 1970", "millisekunden seit 1970": "milliseconds since 1970",
}  # fmt: skip


def in_english(text: str) -> str:
    """Return a German sentence about a key or a column in the words that are read, any other as it is."""
    for form, made in _TURNS:
        found = form.fullmatch(text)
        if found is None:
            continue
        parts = {name: part.strip() for name, part in found.groupdict().items()}
        if made == _OF_COLUMN:
            end = _end(parts["b"])
            return f"{_listed(parts['a'])} is {end}" if end else text
        parts["b"] = _PARTS.get(parts.get("b", "").lower(), parts.get("b", ""))
        return made.format(a=_listed(parts.get("a", "")), b=parts["b"])
    return text


def _listed(names: str) -> str:
    """Return names as an English list, without articles."""
    parted = re.sub(r"(?i)\s(?:und|sowie|plus|mit)\s", " and ", names)
    return re.sub(r"(?i)(^|,\s|\sand\s)(?:der|die|das|den|dem|spalten?) ", r"\1", parted)


def _end(said: str) -> str:
    """Return what is said of a column, in English; empty where it is nothing that we know."""
    for form, made in _ENDS:
        found = form.fullmatch(said.lower())
        if found is not None:
            part = said[found.start("b") : found.end("b")] if "b" in found.groupdict() else ""
            return made.format(b=_UNITS.get(part.lower(), part))
    return ""
