"""Let the newest version of an article answer, and say what the others say otherwise.

A runbook that was written anew often stays beside its former text, and words cannot tell which of the two
holds. Versions are told by title and words together: runbooks made from one template share their words, and
pages of several products their title.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from domain.counting import in_series
from domain.ids import ArticleId
from domain.knowledge.articles import Article, ArticleKind, ArticleState, Hit
from domain.text.machine_orders import shown
from knowledge.fences import FENCED
from knowledge.prepared import Prepared
from knowledge.twins import contradictions, fingerprint, words_in_common

FindArticle = Callable[[ArticleId], Prepared | None]

_LOOKED_AT = 6
_LEAST_IN_COMMON = 0.4
_LEAST_OF_NUMBERED = 0.15
"""Where titles are the same but for a version that both end in, or that one has in brackets at its end."""
_MOST_DIFFERENCES = 3
_NUMBER = r"(?:v(?:ersion|er)?[ .]?\d[\d.]*|rev(?:ision)?[ .]?\d+|(?:19|20)\d\d(?:-\d\d){0,2})"
# Parts of a book or a standard, codes and protocols have such numbers too, each a thing of its own.
_RELEASE = (
    r"(?<!chapter )(?<!section )(?<!part )(?<!step )(?<!appendix )(?<!error )(?<!code )(?<!status )(?<!rule )"
    r"(?<!control )(?<!requirement )(?<!policy )(?<!procedure )(?<!article )(?<!annex )(?<!lesson )"
    r"(?<!module )(?<!tls )(?<!ssl )(?<!http )(?<!slo )(?<!oauth )(?<!saml )\d{1,3}\.\d{1,3}(?:\.\d{1,4})?"
)
_STATE = r"(?:old|new|copy|final|draft|updated|deprecated|obsolete|archived|legacy)"
# In brackets or at an edge of the title: elsewhere it belongs to a name, as that of the old of two gateways.
_VERSION = re.compile(
    rf"(?i)\s*[(\[]\s*(?:{_NUMBER}|{_STATE})\s*[)\]]|[\s_:,\u2013-]+(?:{_NUMBER}|{_RELEASE})\s*$"
    rf"|(?:\s+-|\s*[:_\u2013])\s*{_STATE}\s*$|^\s*{_STATE}\s*[:\u2013-]\s*|\s+(?:copy|final|draft)\s*$"
)
_ENDS_IN_RELEASE = re.compile(rf"(?i)\s(?:v(?:ersion|er)?[ .]?\d[\d.]*|{_RELEASE})\s*$")
_IN_BRACKETS = re.compile(rf"(?i)[(\[]\s*(?:{_NUMBER}|{_STATE})\s*[)\]]\s*$")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DAY = 86_400
_EVENTS = frozenset({ArticleKind.POSTMORTEM, ArticleKind.INCIDENT, ArticleKind.THREAD})
"""What tells of one event, once: two of them with one title tell of two."""
_OPENING = 600
"""Characters in which an article says of itself that it no longer holds."""
_ARTICLE = r"(?:page|article|runbook|document|procedure|guide|instruction)s?"
_OVER = (
    r"(?:deprecated|obsolete|superseded|outdated|out of date|archived|retired|no longer (?:valid|used)"
    r"|replaced by)"
)
_LABEL = r"(?:warning|note|status|caution|important)[ \t]*[^\w\s]\W*"
# "Deprecated flags" and "Retired disks" speak of something else.
_NOTHING_ELSE = (
    r"[*_]*(?:\W*$|\s*[:,.;!\u2013(]|\s+-\s|(?<=replaced by)"
    r"|\s+(?:since|as of|in|by|and (?:replaced|superseded)|on|from|please|use|see|\d+)\b)"
)
# A sentence that goes on from the line before has no mark and no capital letter.
_IS_OVER = re.compile(
    rf"(?im)^(?:[\s>#!:~_\[]|\*(?=\S))*+(?:{_LABEL}|(?<=[>#!:~_*])|(?<=[>#!:~_*] )|(?=(?-i:[A-Z])))"
    rf"{_OVER}(?![^\W_]){_NOTHING_ELSE}"
    rf"|\bthis {_ARTICLE} (?:is|was|has been|have been) (?:now )?{_OVER}\b"
    rf"|\bdo not use this {_ARTICLE}(?: any ?more| any longer)?(?=[^\w\s-]|\s*$)"
)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def newest_first(
    cited: Sequence[Hit],
    found: Sequence[Hit],
    find: FindArticle,
    is_doubted: Callable[[ArticleId], bool],
    question: str,
) -> tuple[list[Hit], tuple[str, ...]]:
    """Return what to cite, of each article its newest version, and what to say of the others.

    Args:
        cited: What an answer would cite, best first.
        found: Everything near that the reader may see, best first.
        find: Gives an indexed article.
        is_doubted: Whether an article waits for review; a doubted one never takes another's place.
        question: What was asked; a version that it names is the one that is meant.
    """
    kept: dict[ArticleId, Hit] = {}
    said: list[str] = []
    superseded: set[ArticleId] = set()
    for hit in cited:
        if hit.article in superseded:
            continue
        hit, over = _in_its_place(hit, found, find)
        said += [over] if over else []
        newest, others = _versions(hit, found[:_LOOKED_AT], find, is_doubted, question)
        superseded |= {other.id for other in others} | {newest.article}
        kept.setdefault(newest.article, newest)
        chosen = find(newest.article)
        if chosen is not None:
            said += [_told(chosen.article, other, is_doubted) for other in others[:1]]
    articles = [found_one.article for hit in kept.values() if (found_one := find(hit.article)) is not None]
    for one, other in pairwise(articles):
        if differences := _differences(one, other, "in the first", "in the second"):
            said.append(f"“{shown(one.title)}” and “{shown(other.title)}” differ: {differences}.")
    return list(kept.values()), tuple(filter(None, said))


def says_it_is_over(article: Article) -> bool:
    """Tell whether an article says of itself, where it begins, that it no longer holds."""
    return _IS_OVER.search(FENCED.sub("", article.text[:_OPENING])) is not None


def _in_its_place(hit: Hit, found: Sequence[Hit], find: FindArticle) -> tuple[Hit, str]:
    """Return the article that one which is over names instead, where it is near, and what to say of it."""
    own = find(hit.article)
    if own is None or not says_it_is_over(own.article):
        return hit, ""
    said = f"“{shown(own.article.title)}” says of itself that it no longer holds"
    opening = own.article.text[:_OPENING].lower()
    for other in found:
        one = find(other.article)
        if one is None or other.article == hit.article or says_it_is_over(one.article):
            continue
        if _is_told_of(one.article.title, opening):
            return other, f"{said}, and names this one."
    return hit, f"{said}."


def _is_told_of(title: str, text: str) -> bool:
    """Tell whether a text in lower case holds a title, in whole words."""
    return bool(title.strip()) and bool(re.search(rf"(?<!\w){re.escape(title.strip().lower())}(?!\w)", text))


def _versions(
    hit: Hit,
    found: Sequence[Hit],
    find: FindArticle,
    is_doubted: Callable[[ArticleId], bool],
    question: str,
) -> tuple[Hit, list[Article]]:
    """Return the version of what was hit that is asked for, else the newest; and the others, newest first."""
    own = find(hit.article)
    if own is None:
        return hit, []
    versions = [(hit, own.article)]
    for other in found:
        one = find(other.article)
        if one is not None and other.article != hit.article and _is_version(own, one):
            versions.append((other, one.article))
    # Files of one copy are of one day: then the year in a title tells. Of equally old ones the better hit
    # stays: sorting keeps its place.
    versions.sort(
        key=lambda pair: (
            not _is_named(pair[1].title, question),
            not _holds(pair[1], is_doubted),
            -_day_of(pair[1]),
            -_year_of(pair[1].title),
            -_age(pair[1]),
        )
    )
    return versions[0][0], [article for _, article in versions[1:]]


def _is_named(title: str, question: str) -> bool:
    """Tell whether a question names the version that stands in a title, such as its year."""
    marks = (mark.strip(" ()[]_:,-\u2013").lower() for mark in _VERSION.findall(title))
    return any(re.search(rf"(?<!\w){re.escape(mark)}(?!\w)", question.lower()) for mark in marks)


def _holds(article: Article, is_doubted: Callable[[ArticleId], bool]) -> bool:
    return not says_it_is_over(article) and not _is_in_doubt(article, is_doubted)


def _is_in_doubt(article: Article, is_doubted: Callable[[ArticleId], bool]) -> bool:
    return article.state is ArticleState.STALE or is_doubted(article.id)


def _age(article: Article) -> float:
    """Return when an article changed, in seconds; one that does not say so is taken for the oldest."""
    return (article.updated_at or _LONG_AGO).timestamp()


def _day_of(article: Article) -> int:
    return int(_age(article) // _DAY)


def _year_of(title: str) -> int:
    """Return the year that a title gives as its version, 0 for none."""
    marks = (mark for mark in _VERSION.findall(title) if _YEAR.search(mark))
    return max((int(year) for mark in marks for year in _YEAR.findall(mark)), default=0)


def _is_version(one: Prepared, other: Prepared) -> bool:
    if fingerprint(one.article.text) == fingerprint(other.article.text):
        return True
    kinds = {one.article.kind, other.article.kind}
    if kinds & _EVENTS or _are_apart(one.article, other.article):
        return False
    titles = {fingerprint(_VERSION.sub(" ", each.article.title)) for each in (one, other)}
    are_numbered = all(_ENDS_IN_RELEASE.search(each.article.title) for each in (one, other))
    is_marked = any(_IN_BRACKETS.search(each.article.title) for each in (one, other))
    least = _LEAST_OF_NUMBERED if are_numbered or is_marked else _LEAST_IN_COMMON
    return len(titles) == 1 and words_in_common(one, other) >= least


def _are_apart(one: Article, other: Article) -> bool:
    """Tell whether two articles say that they are about different services, feeds or alerts."""
    pairs = ((one.services, other.services), (one.feeds, other.feeds), (one.alerts, other.alerts))
    return any(these and those and set(these).isdisjoint(those) for these, those in pairs)


def _told(chosen: Article, other: Article, is_doubted: Callable[[ArticleId], bool]) -> str:
    if fingerprint(chosen.text) == fingerprint(other.text):
        same = chosen.title == other.title
        return "" if same else f"The same stands in “{shown(other.title)}”{_dated(other)}."
    differences = _differences(chosen, other, "here", "there")
    ends = f" and says otherwise: {differences}" if differences else ""
    doubt = ", which people doubt," if _is_in_doubt(other, is_doubted) else ""
    is_older = _day_of(other) <= _day_of(chosen)
    age = "An older version" if is_older else f"A newer version{doubt}"
    return f"{age} is there, “{shown(other.title)}”{_dated(other)}{ends}."


def _dated(article: Article) -> str:
    return f" of {article.updated_at:%d %b %Y}" if article.updated_at is not None else ""


def _differences(one: Article, other: Article, here: str, there: str) -> str:
    """Return what two articles say of the same thing, the first one's word first."""
    found = contradictions(one, other)[:_MOST_DIFFERENCES]
    return in_series(
        [f"{each.about}: {each.first_says} {here}, {each.second_says} {there}" for each in found]
    )
