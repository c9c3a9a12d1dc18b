"""French of everyday questions in English, phrase by phrase and word by word, in their own order."""

import re
from collections.abc import Collection

_TELLS = re.compile(
    r"(?i)(?<![\w-])(?:quel(?:le)?s?|pourquoi|combien|hier|aujourd['\u2019]hui|lignes|\u00e9chou\u00e9e?s?|appartient"
    r"|appartiennent|propri\u00e9taires?|qu['\u2019]est-ce|est-ce|d['\u2019]astreinte|cette|semaine|retard|quand|sont"
    r"|dernier|derni\u00e8re|moyenne|a-t-il|tout va"
    r"|comment (?:va|vont|faire|puis|peut))(?![\w-])"
)
"""Words that stand in no English question: at least one of them makes a text French."""
_PHRASES = tuple(
    (re.compile(rf"(?i)(?<![\w-])(?:{words})(?:(?<=['\u2019])|(?![\w-]))"), english)
    for words, english in (
        (r"qu['\u2019]est-ce qu[ei]", "what"),
        (r"qu['\u2019]est-ce qu['\u2019](?=\w)", "what "),
        (r"est-ce que|est-ce qu['\u2019](?=\w)", ""),
        (r"(?:a|ont) \u00e9chou\u00e9", "failed"),
        (r"(?:a|ont)-t-(?:il|elle|ils|elles) \u00e9chou\u00e9", "failed"),
        (r"(?:a|ont|s['\u2019]est|est) chang\u00e9", "changed"),
        (r"(?:a|ont) tourn\u00e9", "ran"),
        (r"est-(?:il|elle)|sont-(?:ils|elles)", "is it"),
        (r"en retard", "late"),
        (r"en panne|cass\u00e9s?", "broken"),
        (r"en cours", "running"),
        (r"\u00e0 qui appar(?:tient|tiennent)|qui est (?:le )?propri\u00e9taire de", "who owns"),
        (r"(?:d['\u2019]astreinte|de garde|de permanence)", "on call"),
        (r"cette nuit|la nuit derni\u00e8re", "last night"),
        (r"ce matin", "this morning"),
        (r"la semaine derni\u00e8re", "last week"),
        (r"cette semaine", "this week"),
        (r"le mois dernier", "last month"),
        (r"ce mois(?:-ci)?", "this month"),
        (r"depuis hier", "since yesterday"),
        (r"aujourd['\u2019]hui", "today"),
        (r"combien de temps", "how long"),
        (r"combien de", "how many"),
        (r"en moyenne", "on average"),
        (r"y a-t-il(?: eu)?|il y a(?: eu)?", "are there"),
        (r"plus lente?s?(?= qu)", "slower"),
        (r"plus (?:rapide|vite)s?(?= qu)", "faster"),
        (r"plus longue?(?:temps)?(?= qu)", "longer"),
        (r"plus tard(?= qu)", "later"),
        (r"plus d(?:e|['\u2019])(?= ?\w)", "more "),
        (r"moins d(?:e|['\u2019])(?= ?\w)", "fewer "),
        (r"que d['\u2019]habitude", "than usual"),
        (r"qu['\u2019]hier", "than yesterday"),
        (r"que(?= (?:hier|last (?:week|month)))", "than"),
        (r"(?:la |le )?plus lente?", "slowest"),
        (r"(?:la |le )?plus rapide", "fastest"),
        (r"comment (?:va|vont|se portent?)", "how is"),
        (r"comment (?:faire|puis-je|peut-on|on|je|dois-je|faut-il)", "how do i"),
        (r"tout va bien", "everything ok"),
        (r"[dl]['\u2019](?=\w)", ""),
    )
)
_WORDS = {
    "quel": "which", "quelle": "which", "quels": "which", "quelles": "which", "qui": "who", "quand": "when",
    "pourquoi": "why", "combien": "how many", "flux": "feeds", "est": "is", "sont": "are",
    "\u00e9tait": "was", "lignes": "rows", "hier": "yesterday", "demain": "tomorrow", "lent": "slow",
    "lente": "slow", "lents": "slow", "rouge": "red", "rouges": "red", "jaune": "yellow", "vert": "green",
    "\u00e9chou\u00e9": "failed", "termin\u00e9": "finished", "arriv\u00e9": "arrived", "arrive": "arrives",
    "arrivent": "arrive", "propri\u00e9taire": "owner", "appartient": "belongs to", "alertes": "alerts",
    "ouvertes": "open", "approuv\u00e9": "approved", "rejet\u00e9": "rejected", "chang\u00e9": "changed",
    "\u00e9checs": "failures", "\u00e9chec": "failure", "erreurs": "errors", "retards": "delays",
    "dure": "takes", "dur\u00e9e": "duration", "d\u00e9pend": "depends", "d\u00e9pendent": "depend",
    "et": "and", "ou": "or", "de": "of", "des": "of", "du": "of", "le": "the", "la": "the", "les": "the",
    "un": "a", "une": "a", "dans": "in", "pas": "not", "sans": "without", "aucun": "no", "aucune": "no",
    "tous": "all", "toutes": "all", "mes": "my", "mon": "my", "a": "", "ont": "", "pr\u00e9vus": "due",
    "pr\u00e9vu": "due", "attendus": "due", "attendu": "due", "ex\u00e9cution": "run",
    "ex\u00e9cutions": "runs", "derni\u00e8re": "last", "dernier": "last",
}  # fmt: skip
_WORD = re.compile(r"(?<![\w.-])[^\W\d_]+(?![\w-])")
_LONGEST = 300
"""Signs: a question is short, and what is pasted is in the words of a machine."""


def from_french(text: str, names: Collection[str] = ()) -> str:
    """Return a French question with its everyday words in English, another text as it is; names stay."""
    if len(text) > _LONGEST or not any(one.group().lower() not in names for one in _TELLS.finditer(text)):
        return text
    said = text
    for words, english in _PHRASES:
        said = words.sub(english, said)

    def meant(word: re.Match[str]) -> str:
        found = word.group()
        return found if found in names else _WORDS.get(found.lower(), found)

    return " ".join(_WORD.sub(meant, said).split())
