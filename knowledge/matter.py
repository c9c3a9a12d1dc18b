"""What a question is about beyond its words, a task, an environment, things of a name; and what fits it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from knowledge.codes import codes_in, lacks_a_code
from knowledge.environments import (
    environments_in,
    is_for,
    is_for_a_trial,
    is_for_another,
    may_mean_a_trial,
)
from knowledge.named_things import names_near, with_wholes, words_of_article, words_that_name
from knowledge.objects import names_done_to, other_things
from knowledge.places import is_elsewhere, where_in
from knowledge.prepared import Prepared
from knowledge.sayings import also_meant
from knowledge.systems import other_names, systems_in, tells_of
from knowledge.tasks import Task, says_task, task_of
from knowledge.words import terms

_NOT, _PERHAPS, _BY_A_LINE, _WELL = range(4)
_SAYS_WHERE = frozenset(terms("production prod live environment system cluster site runbook guide procedure"))


@dataclass(frozen=True)
class Matter:
    """What an article has to be about that answers; what is empty does not count.

    Attributes:
        is_for_production: Whether no other environment is named in any way.
        words: Of the question, and of the one before it that it goes on after.
        said: Of the question alone.
        plain_words: Of both, those that may name a thing.
        plain_said: Of the question alone, the same.
        named: Those of them that are names of things.
        names: All names that stand in titles near it.
        where: What it says where, as it was written.
        codes: What it gives that looks like a row's key, such as JPY.
    """

    task: Task | None = None
    environments: frozenset[int] = frozenset()
    is_for_production: bool = False
    words: frozenset[str] = frozenset()
    said: frozenset[str] = frozenset()
    plain_words: frozenset[str] = frozenset()
    plain_said: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    where: tuple[str, ...] = ()
    codes: frozenset[str] = frozenset()

    def with_names(self, near: Iterable[Prepared]) -> "Matter":
        """Return the same with what of its words are names, as titles near it write them."""
        names = names_near(near)
        return replace(self, names=names, named=(self.plain_said & names) or (self.plain_words & names))


def matter_of(question: str, before: str = "") -> Matter:
    """Return what a question is about; what it leaves out is that of the question before it."""
    said = with_wholes(question)
    named = words_that_name(question)
    task, task_before = task_of(question), task_of(before)
    if task is not None and not task.objects:
        task = replace(task, objects=task_before.objects if task_before else frozenset(terms(before)))
    return Matter(
        task=task or task_before,
        environments=environments_in(question) or environments_in(before),
        is_for_production=not may_mean_a_trial(f"{question}\n{before}"),
        words=said | with_wholes(before),
        said=said,
        plain_words=named | words_that_name(before),
        plain_said=named,
        where=where_in(question),
        codes=codes_in(question),
    )


def fit_of(one: Prepared, matter: Matter) -> int:
    """Return how far an article is about a matter: 0 where it is about another, more the better it fits."""
    is_another = is_for_another(one, matter.environments) or lacks_a_code(one, matter.codes)
    is_there = not is_elsewhere(one, matter.where, matter.names, matter.said)
    if is_another or not is_there or _is_on_other_things(one, matter):
        return _NOT
    told = _PERHAPS if matter.task is None else says_task(one, matter.task)
    if not told:
        return _NOT
    fits = told if matter.task is None else told + 1
    if not matter.environments and matter.is_for_production and is_for_a_trial(one):
        return max(fits - 1, _PERHAPS)  # who names no environment means production
    return fits + 1 if is_for(one, matter.environments) else fits


def may_lead(one: Prepared, first: Prepared | None, matter: Matter, question: str) -> bool:
    """Tell whether an article that fits better may stand before the first: it is on the same things."""
    if first is None or not matter.named <= words_of_article(one):
        return False
    asked, titled, first_titled = systems_in(question), _systems_titled(one), _systems_titled(first)
    if asked and not asked & titled and (asked & first_titled or not tells_of(one, question)):
        return False  # one that only mentions the system may be about any other
    new = (
        frozenset(terms(one.article.title))
        - frozenset(terms(first.article.title))
        - matter.words
        - _SAYS_WHERE
    )
    if new and not matter.environments and is_for_a_trial(first):
        return False  # it is on more than the same in production
    of_it = matter.words if matter.task is None else matter.task.objects
    meets, met = (len(of_it & frozenset(terms(each.article.title))) for each in (one, first))
    return meets > 0 and meets >= met


def _systems_titled(one: Prepared) -> frozenset[int]:
    return systems_in(f"{one.article.title} {one.article.path}")


def _is_on_other_things(one: Prepared, matter: Matter) -> bool:
    """Tell whether an article's title names another thing, and nothing in it names what is asked about."""
    missing = _names_missing(one, matter)
    if not missing:
        return False
    # "And for Kafka?" after a question on RabbitMQ asks for Kafka alone.
    asked = matter.said if matter.said & matter.names else matter.words
    if (with_wholes(one.article.title) & matter.names) - asked - other_names(asked):
        return True
    task = matter.task
    return task is not None and names_done_to(task, missing) and other_things(one, task, matter.words)


def _names_missing(one: Prepared, matter: Matter) -> frozenset[str]:
    """Return the names asked about that an article has in none of their forms."""
    if not matter.named:
        return frozenset()
    words = words_of_article(one)
    missing = matter.named - words - other_names(words)
    return frozenset(name for name in missing if words.isdisjoint(also_meant([name])))
