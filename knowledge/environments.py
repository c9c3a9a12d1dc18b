"""Tell for which environment a question or an article is: production is not run as staging is."""

import re

from knowledge.prepared import Prepared

_WORDS = (
    r"production|prod|live (?:environment|system|cluster|site)",
    r"staging|stage|(?:pre|non)[- ]?prod(?:uction)?|acceptance",
    r"(?:tests?|testing|qa|uat)(?: (?:environment|system|cluster|stage))?",
    r"(?:dev|development)(?: (?:environment|system|cluster))?",
    r"(?:the )?(?:merchant |customer |developer )?sandbox",
)
_PRODUCTION = 0
"""Its place among the words."""
_TRIAL = re.compile(
    r"\b(?:staging|stage|(?:pre|non)[- ]?prod\w*|acceptance|tests?|testing|qa|uat|dev|development|sandbox)\b"
)
_IN = r"\b(?:on|in|to|for|from|of|at|and|und|auf|en|sur)\s+(?:the |our |my )?"
_ENDS = r"(?=\W*$|\W*\n|[?,;.]|\s+(?:environment|system|cluster|box|host|server|too|as well)\b)"
# Within a sentence a word such as test, stage or live means something else, unless it stands at the end.
# “Restart it - prod” and “crm-prod” are for production; “non-prod” is not, and a “load-test” is for none.
_BEHIND = r"(?:[:\u2013]\s*|\s-\s*|(?<!\bnon)(?<!\bpre)-(?!tests?\b|acceptance\b|stage\b))"
_NAMED = tuple(
    re.compile(rf"{_IN}(?:{words}){_ENDS}|[(\[]\s*(?:{words})\s*[)\]]|{_BEHIND}(?:{words})\s*$")
    for words in _WORDS
)


def environments_in(text: str) -> frozenset[int]:
    """Return which environments a text names."""
    said = text.lower()[:1000]
    return frozenset(number for number, named in enumerate(_NAMED) if named.search(said))


def may_mean_a_trial(text: str) -> bool:
    """Tell whether a text has any word for an environment but production: “the staging database”."""
    return _TRIAL.search(text.lower()[:1000]) is not None


def is_for_another(one: Prepared, asked: frozenset[int]) -> bool:
    """Tell whether an article's title is for another environment, and nothing in it names those asked for."""
    told = environments_in(one.article.title)
    return bool(asked and told) and not asked & told and not _mentions(one, asked)


def is_for(one: Prepared, asked: frozenset[int]) -> bool:
    """Tell whether an article's title is for one of these environments."""
    return bool(asked & environments_in(one.article.title))


def is_for_a_trial(one: Prepared) -> bool:
    """Tell whether an article's title is for environments other than production alone."""
    told = environments_in(one.article.title)
    return bool(told) and _PRODUCTION not in told


def _mentions(one: Prepared, asked: frozenset[int]) -> bool:
    said = one.article.text.lower()
    return any(re.search(rf"(?<![\w-])(?:{_WORDS[number]})(?![\w-])", said) for number in asked)
