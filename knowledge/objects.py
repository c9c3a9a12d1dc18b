"""Tell what a task is done to: who asks how a broker is drained is not told how a node is.

Steps for one thing share the verb and most other words with those for another. What they are done to stands
behind the verb, in the question as in a title, and its last word says what it is: *the office printer*.
"""

import re
from collections.abc import Iterable

from knowledge.prepared import Prepared
from knowledge.sayings import also_meant
from knowledge.tasks import Task, led_by_task
from knowledge.words import terms

_ENDS = re.compile(
    r"[,.;:?!(\[\n]|\s[-\u2013]\s|\b(?:of|in|on|at|for|from|to|into|onto|with|without|when|while|after|before|if"
    r"|by|using|via|and|or|that|which|who|because|as|so|during|until|again|through|than|under|per|is|are)\b"
)
_OF = re.compile(r"\b(?:of|for)\b")
_GENERAL = frozenset(
    terms(
        "system service server app application process instance thing one job task file data environment"
        " cluster node host machine box vm pod container component tool platform product software program"
        " team user people access version change everything way stuff work it them this that these those"
        " something code url name number value setting setup issue problem error alert alarm warning part"
        " list page time day production prod staging test mine ours yours someone somebody anyone project"
        " resource record workflow pipeline dag daemon new old safely please now today manually properly"
    )
)
_SHORTEST = 3
_HOW = frozenset(
    re.findall(
        r"\w+",
        "first last twice once myself yourself ourselves itself tonight tomorrow overnight soon later"
        " fast anyway instead there here yet together apart back down up off on over out away",
    )
)
"""What says how and when, behind the thing itself; words in -ly do so, too."""


def heads_of(task: Task) -> tuple[str, ...]:
    """Return the word that says what a task is done to, as it was written; none where it says little."""
    phrase = _ENDS.split(task.rest, maxsplit=1)[0]
    words = [word for word in re.findall(r"[^\W_](?:[\w'\u2019-]*[^\W_])?", phrase) if terms(word)]
    while words and (words[-1] in _HOW or words[-1].endswith("ly")):
        words.pop()
    if not words:
        return ()
    head = re.sub(r"['\u2019]s?$", "", words[-1])
    plain = terms(head)
    if len(plain) != 1 or len(head) < _SHORTEST or not head.isalpha() or plain[0] in _GENERAL:
        return ()  # an identifier or a number is one of many alike: the steps need not name it
    return (head,)


def title_objects(one: Prepared, task: Task, asked: Iterable[str]) -> tuple[str, ...]:
    """Return the words of a title that say what the same task is done to there, beyond what was asked.

    None at all where the title is not on that task, or the article knows what is asked about.
    """
    rest = led_by_task(one.article.title, task)
    heads = heads_of(task)
    if rest is None or not heads:
        return ()
    meant = {*terms(heads[0]), *also_meant(terms(heads[0]))}
    if meant & set(terms(f"{one.article.title} {one.article.path} {one.article.text}")):
        return ()
    said = set(asked)
    known = said | set(also_meant(sorted(said)))
    phrase = _ENDS.split(rest, maxsplit=1)[0]
    found = [word for word in re.findall(r"[^\W\d_][\w-]*", phrase) if terms(word)]
    return tuple(word for word in found if not (known | _GENERAL) & set(terms(word)))


def names_done_to(task: Task, names: frozenset[str]) -> bool:
    """Tell whether a task is done to one of these names: “renew the certificate of the SFTP server”."""
    return not names.isdisjoint(terms(_phrase_with_of(task.rest)))


def other_things(one: Prepared, task: Task, asked: Iterable[str]) -> bool:
    """Tell whether a title on the same task says that it is done to something that was not asked about."""
    rest = led_by_task(one.article.title, task)
    if rest is None:
        return False
    said = set(asked)
    known = said | set(also_meant(sorted(said))) | _GENERAL
    return not set(terms(_phrase_with_of(rest))) <= known


def _phrase_with_of(rest: str) -> str:
    return _ENDS.split(_OF.sub(" ", rest), maxsplit=1)[0]
