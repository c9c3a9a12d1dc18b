"""Tell which task a question asks for, and whether an article says how it is done.

Two tasks on one system share nearly all words: how to upgrade a gateway is near to how it is restarted, and
the steps of the one are no answer for the other.
"""

import re
from dataclasses import dataclass

from knowledge.prepared import Prepared
from knowledge.shortening import FORBIDS
from knowledge.words import terms


@dataclass(frozen=True)
class _Sort:
    """One sort of task: words with which people ask for it, and more words with which articles say it."""

    asked: re.Pattern[str]
    said: re.Pattern[str]
    is_of_whole: bool
    """Whether it is done to a whole system: “restart the gateway” in an article on it says enough."""


def _sort(asked: str, said: str) -> _Sort:
    return _Sort(re.compile(rf"(?:{asked})\b"), re.compile(rf"\b(?:{asked}|{said})"), is_of_whole=False)


def _sort_of_whole(asked: str, said: str) -> _Sort:
    return _Sort(re.compile(rf"(?:{asked})\b"), re.compile(rf"\b(?:{said})"), is_of_whole=True)


_SORTS = (
    _sort_of_whole(
        r"re-?start|reboot|bounce|relaunch", r"re-?start|reboot|bounc|relaunch|recycl|power[- ]cycl"
    ),
    _sort_of_whole(
        r"upgrade|patch|install (?:the |all |new |security )*(?:updates|patches)",
        r"upgrad|updat|patch|newer|new version|version|migrat",
    ),
    _sort(
        # Who wants an error gone asks for what mends it.
        r"(?:delete|remove|purge|decommission|uninstall)\b(?!.*\b(?:errors?|alerts?|alarms?|warnings?)\b)",
        r"delet|remov|purg|decommission|uninstall|eras|wip(?:e|ing)|prun|destroy|clean|clear|drop|truncat|rm\b"
        r"|evict|detach|retir|unregist|deregist|tak\w+ (?:\w+ ){0,3}(?:out|off|away)\b",
    ),
    _sort(
        r"create|add|register|set up|onboard|install|provision",
        r"creat|add(?:s|ed|ing)?\b|regist|set(?:s|ting)?[- ]?up|onboard|install|provision|activat|defin"
        r"|generat|enabl|insert|apply|connect|configur|scal|increas|grow|attach|extend|expand|mount|grant|invit"
        r"|new (?:starter|joiner|hire|employee|colleague|member|user)|append|submit"
        r"|upload|download|(?:open|rais|request)\w* (?:a|an|it|one|the)\b",
    ),
    _sort(r"rename", r"renam|name|alias"),
    _sort_of_whole(
        r"back ?up|take an? (?:backup|snapshot) of|snapshot",
        r"back(?:s|ed|ing)? up|backups? (?:runs?|are taken|is taken|of)|(?:pg_|mysql)dump"
        r"|(?:tak|creat|mak)\w+ (?:\w+ )?(?:backup|snapshot|dump|copy)",
    ),
    _sort_of_whole(
        r"scale(?: up| out| down)?|resize|enlarge",
        # What grows by itself is a trouble: "its lag is growing" scales nothing.
        r"scal|resiz|enlarg|grow\b|increase[ds]?\b|extend|expand|raise[ds]?\b|replicas|capacity|bigger|more|add",
    ),
    _sort_of_whole(
        r"(?:restore|recover)\b(?=.*\b(?:backups?|snapshots?|dumps?))",
        r"restor|recover|bring\w* (?:\w+ ){0,4}back|get\w* (?:\w+ ){0,4}back|roll\w* back",
    ),
    _sort(r"reset", r"set\w* back|wip(?:e|ing)|clear|reinstall|restor|renew|new (?:password|key|token)"),
    _sort(
        r"close|terminate|shut down", r"clos|terminat|shut|end(?:s|ed|ing)?\b|cancel|deactivat|stop|resolv"
    ),
    _sort_of_whole(
        r"test|dry-?run|try out",
        r"test|try|tri(?:es|ed)|verif|dry[- ]?run|smok|simulat|validat|prob(?:e|ing)",
    ),
    _sort(
        r"who (?:may|can|could|is allowed to|are allowed to)",
        r"may\b|allow|only\b|access|permission|permit|approv|role|group|team|owner|responsib|contact|admin|ask",
    ),
    _sort(r"rotate", r"rotat|roll|renew|replac|new (?:key|password|secret|token)|revok|chang|reset"),
    _sort(r"renew", r"renew|rotat|reissu|replac|extend|expir|new\b|issu|prolong"),
    _sort(r"revoke", r"revok|withdr|invalidat|remov|disabl|block|lock|delet|reject"),
    _sort(
        r"change|edit|adjust|modify",
        r"chang|edit|adjust|modif|alter|configur|set\b|sett|switch|rais|lower|increas|decreas|reduc|updat"
        r"|replac|tun|overrid|convert|mov|rotat|reset",
    ),
    _sort_of_whole(
        r"deploy|release|publish|roll out|ship",
        r"deploy|releas|publish|roll(?:s|ed|ing)?[- ]?out|ship|promot|go(?:es|ing)? live|install|merg|push"
        r"|sync|appl(?:y|ies)\b",
    ),
    _sort_of_whole(
        r"roll ?back|revert|undo|take (?:\w+ ){0,3}back",
        r"roll(?:s|ed|ing)?[- ]?back|revert|undo|tak\w+ (?:\w+ ){0,3}back|go(?:ing)? back|previous|former"
        r"|older|earlier|last good|restor|reset|back to",
    ),
    _sort_of_whole(
        r"fail ?over|switch ?over",
        r"fail(?:s|ed|ing)?[- ]?over|switch|promot|standby|(?:new|becom\w+|make \w+|as) (?:the )?primary",
    ),
    _sort(r"replace|swap(?: out)?", r"replac|swap|exchang|substitut|renew|rebuil|chang|new\b|switch"),
    _sort_of_whole(
        r"drain|evacuate|cordon",
        r"drain|evacuat|cordon|evict|empt(?:ies|ied|ying|y (?:the|it|an?))\b|reassign|reschedul|decommission"
        r"|(?:mov|tak)\w* (?:\w+ ){0,4}(?:off|away|out)\b",
    ),
    _sort_of_whole(
        r"pause|hold(?! on\b)|suspend|put (?:\w+ ){1,3}on hold",
        r"paus|hold|held\b|suspend|stop|disabl|freez|quiesc|maintenance",
    ),
    _sort(
        r"move|migrate|relocate",
        r"mov|migrat|relocat|transfer|cop(?:y|ies)|cut ?over|reassign|rebalanc|import|export|switch|shift",
    ),
    _sort(r"un(?:lock|block)", r"un(?:lock|block)|lift|releas|reset|enabl|reactivat|allow|clear"),
    _sort(
        r"lock|block|ban|disable|deactivate",
        r"lock|block|ban\b|bann|disabl|deactivat|suspend|revok|den(?:y|ies)|remov|quarantin|stop|end\b"
        r"|(?:turn|switch)\w* (?:\w+ ){0,4}off\b|false\b|0\b",
    ),
    _sort_of_whole(
        r"re-?index|rebuild|re-?create",
        r"re-?index|rebuil|re-?creat|repair|regenerat|re-?sync|restor|reload|repack|bootstrap|drop|replac|reset",
    ),
    _sort(r"merge|consolidate", r"merg|combin|consolidat|join|unif|dedup|rebas"),
)
_BESIDE = re.compile(
    r"\s*(?:[,/&]|(?:and/or|and|or)\b)\s*(?:restore|recover|start|stop"
    rf"|{'|'.join(sort.asked.pattern for sort in _SORTS)})\b"
)
_ASKS = re.compile(
    r"^\W{0,4}(?:(?:and|but|so|ok|hi|hey|hello|please|pls|also)\b[\s,:]*)*"
    r"(?:how (?:do|can|to|should|would|could|must|shall)(?: (?:i|we|you|one|people))?"
    r"|(?:what are the |the )?(?:steps|procedure|way|runbook) (?:to|for)"
    r"|(?:i|we)(?:'d| would)? (?:need|want|have|like|must)(?: to)?|can (?:i|we|you)|could you|trying to)?"
    r"\s*(?:please |safely |quickly |manually |properly |just |best )?"
)
_REST_OF_WORD = re.compile(r"^[\w-]*")
_NO_OBJECT = frozenset(
    terms(
        "it them this that one new old way steps please now all some another production staging safely"
        " quickly manually cleanly properly correctly gracefully immediately easily first best right again"
        " without downtime"
    )
)
_ON_THE_SAME = 2
"""Words of what a task is done to that a title has when its lines need not say it again."""
_HEADING, _LINE = 2, 1
"""How an article says a task: as what it or a part of it is about, or in one of its lines."""


@dataclass(frozen=True)
class Task:
    """What is to be done, and the words of what it is done to."""

    sort: int
    objects: frozenset[str]
    is_asked: bool
    """Whether it is asked for in so many words: “restart it” alone may be the name of a thing as well."""
    rest: str = ""
    """What the question says behind the task, in small letters."""


def task_of(question: str) -> Task | None:
    """Return the task that a question asks for, None where it asks no such thing."""
    said = " ".join(question.lower().split())[:400]
    begins = _ASKS.match(said)
    at = begins.end() if begins else 0
    for number, sort in enumerate(_SORTS):
        found = sort.asked.match(said, at)
        if found is not None and _BESIDE.match(said, found.end()):
            return None  # "back up and restore it": what tells of either, or of both in general, may answer
        if found is not None:
            objects = frozenset(terms(said[found.end() :])) - _NO_OBJECT
            return Task(number, objects, is_asked=at > 0, rest=said[found.end() :])
    return None


def led_by_task(title: str, task: Task) -> str | None:
    """Return what a title says behind the same task, in small letters; None where it begins otherwise."""
    said = " ".join(title.lower().split())
    begins = _ASKS.match(said)
    found = _SORTS[task.sort].said.match(said, begins.end() if begins else 0)
    return None if found is None else _REST_OF_WORD.sub("", said[found.end() :], count=1)


def is_task(word: str) -> bool:
    """Tell whether a text begins with a task that people ask for."""
    return any(sort.asked.match(word.lower()) for sort in _SORTS)


def says_task(one: Prepared, task: Task) -> int:
    """Return how far an article says how a task is done: as its matter, in a line, or 0 for not at all.

    What a title begins with is its matter: “Take back a release” says nothing of how one is made.
    """
    title, said = one.article.title.lower(), _SORTS[task.sort].said
    led_by = next((sort for sort in _SORTS if sort.asked.match(title)), None)
    if said.match(title) or (led_by is None and said.search(title)):
        return _HEADING
    about = frozenset(terms(title))
    is_on_it = len(about & task.objects) >= _ON_THE_SAME or about <= task.objects
    if not (_SORTS[task.sort].is_of_whole or is_on_it):
        about = frozenset()
    for cut in one.cuts:
        heading = cut.heading.rpartition(" > ")[2].lower()
        if said.search(heading):
            return _HEADING
        for line in cut.text.lower().split("\n"):
            if not said.search(line) or FORBIDS.search(line):
                continue
            words = about | frozenset(terms(f"{heading} {line}"))
            if words & task.objects or not task.objects:
                return _LINE
    return 0 if task.is_asked or led_by is not None else _HEADING
