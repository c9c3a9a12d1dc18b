"""German of everyday questions, word by word in English; who reads it does not mind the order of words."""

import re
from collections.abc import Collection

_PHRASES = (
    (r"\bwie geht(?:['\u2019]?s| es)?(?: dem| der)?\b", "how is"),
    (r"\b(?:in )?diesem? monat\b|\bdiesen monat\b", "this month"),
    (r"\b(?:im )?(?:letzten|vorigen|vergangenen) monat\b", "last month"),
    (r"\bdieses jahr\b", "this year"),
    (r"\bgehör(?:t|en) mir\b", "are mine"),
    (r"\bwann (?:lief|liefen)\b", "when did"),
    (r"\bwie lange\b", "how long"),
    (r"\bim (?:durch)?schnitt\b|\bdurchschnittlich\b", "on average"),
    (r"\bwie funktionier(?:t|en)\b", "how does"),
    (r"\bmuss ich\b", "do i have to"),
    (r"\bletztes jahr\b", "last year"),
    (r"\bwie (?!oft\b|lange\b|viele?\b)\w+ (?:ich|wir|man)\b", "how do i"),
    (r"\bzu sp(?:ät|aet)\b", "late"),
    (r"\bschief ?gegangen\b|\bschief gelaufen\b|\bschiefgelaufen\b", "failed"),
    (r"\bkaputt ?gegangen\b", "broke"),
    (r"\bheute nacht\b|\bletzte nacht\b|\büber nacht\b", "last night"),
    (r"\bheute morgen\b|\bheute früh\b", "this morning"),
    (r"\b(?:in der )?(?:letzten?|vorigen?|vergangenen?) woche\b", "last week"),
    (r"\bdiese woche\b", "this week"),
    (r"\bletzten? (\d+) tagen?\b", r"last \1 days"),
    (r"\bnächsten? stunde\b", "next hour"),
    (r"\bwie viele\b|\bwieviele\b", "how many"),
    (r"\bhat sich geändert\b|\bhat sich getan\b", "changed"),
    (r"\bin ordnung\b", "ok"),
    (r"\bauf mich\b|\bfür mich\b", "for me"),
    (r"\b(?:alles gut|alles klar)\b(?=.)", "everything ok"),
    (r"\bbin ich\b", "am i"),
    (r"\bdarf ich\b|\bkann ich\b", "can i"),
)
_WORDS = {
    "welche": "which", "welcher": "which", "welches": "which", "welchen": "which", "wer": "who",
    "wem": "who", "wen": "who", "wessen": "whose", "wie": "how", "wann": "when", "warum": "why",
    "wieso": "why", "weshalb": "why", "wo": "where", "was": "what", "ist": "is", "sind": "are",
    "war": "was", "waren": "were", "hat": "has", "haben": "have", "hatte": "had", "hatten": "had",
    "gibt": "are there", "es": "", "sich": "", "läuft": "is running", "laufen": "are running", "lief": "ran",
    "liefen": "ran", "kommt": "comes", "kommen": "come", "kein": "no", "keine": "no", "keinen": "no",
    "keiner": "nobody", "ohne": "without", "nicht": "not", "niemand": "nobody", "niemandem": "nobody",
    "gehört": "belongs to", "gehören": "belong to", "besitzer": "owner", "eigentümer": "owner",
    "verantwortlich": "responsible", "zuständig": "responsible", "bereitschaft": "on call",
    "gestern": "yesterday", "vorgestern": "the day before yesterday", "heute": "today",
    "morgen": "tomorrow", "jetzt": "now", "gerade": "now", "nachts": "at night", "spät": "late",
    "verspätet": "late", "fehlgeschlagen": "failed", "gescheitert": "failed", "ausgefallen": "failed",
    "kaputt": "broken", "langsam": "slow", "rot": "red", "gelb": "yellow", "grün": "green",
    "fertig": "finished", "etwas": "anything", "gab": "were there", "fehler": "errors",
    "probleme": "problems",
    "irgendwas": "anything", "alles": "everything", "alle": "all", "wartet": "waits", "warten": "wait",
    "genehmigt": "approved", "freigegeben": "approved", "genehmigen": "approve", "freigeben": "approve",
    "abgelehnt": "rejected", "geändert": "changed", "neues": "new", "neu": "new", "abhängig": "depend",
    "hängt": "depends", "hängen": "depend", "fällig": "due", "zeitplan": "schedule", "frist": "deadline",
    "zeilen": "rows", "läufe": "runs", "stumm": "muted", "wöchentlich": "weekly", "täglich": "daily",
    "monatlich": "monthly", "stündlich": "hourly", "meine": "my", "mein": "my", "meinen": "my",
    "und": "and", "oder": "or", "von": "of", "mit": "with", "für": "for", "mir": "me", "mich": "me",
    "ich": "i", "noch": "still", "schon": "yet", "normalerweise": "usually", "üblicherweise": "usually",
    "gelaufen": "run", "angekommen": "arrived", "eingetroffen": "arrived",
    "funktioniert": "succeeded", "durchgelaufen": "finished", "überfällig": "overdue", "alarm": "alert",
    "alarme": "alerts", "offene": "open", "offenen": "open", "da": "here", "daten": "data",
    "langsamste": "slowest", "langsamster": "slowest", "langsamsten": "slowest", "schnellste": "fastest",
    "schnellster": "fastest", "längste": "longest", "längster": "longest", "kürzeste": "shortest",
    "größte": "largest", "größter": "largest", "kleinste": "smallest", "kleinster": "smallest",
    "lauf": "run", "dauert": "takes", "dauerte": "took", "dauer": "duration", "laufzeit": "runtime",
    "mehr": "more", "weniger": "fewer", "als": "than", "langsamer": "slower", "schneller": "faster",
    "länger": "longer", "kürzer": "shorter", "später": "later", "schlechter": "worse", "schlimmer": "worse",
    "besser": "better", "sonst": "usual", "üblich": "usual", "gewöhnlich": "usual", "ausfälle": "failures",
    "älter": "older", "ältesten": "oldest", "tag": "day", "tage": "days", "stunde": "hour",
    "stunden": "hours",
    "zuletzt": "last", "oft": "often", "los": "wrong", "den": "", "dem": "", "der": "the", "die": "the",
    "das": "the", "ein": "a", "eine": "a", "einen": "a", "auf": "on", "ab": "", "im": "in",
}  # fmt: skip
_ALSO_ENGLISH = frozenset(
    {"was", "war", "die", "den", "in", "es", "im", "ab", "los", "mit", "von", "der", "das", "alarm", "da"}
)
_WORD = re.compile(r"(?<![\w.-])[^\W\d_]+(?![\w-])")


def in_english(text: str, names: Collection[str] = ()) -> str:
    """Return a German question with its everyday words in English, another text as it is; names stay."""
    words = [word.lower() for word in _WORD.findall(text)]
    if not any(word in _WORDS and word not in _ALSO_ENGLISH and word not in names for word in words):
        return text
    said = text
    for words_of, english in _PHRASES:
        said = re.sub(words_of, english, said, flags=re.IGNORECASE)

    def meant(word: re.Match[str]) -> str:
        found = word.group()
        return found if found in names else _WORDS.get(found.lower(), found)

    return " ".join(_WORD.sub(meant, said).split())
