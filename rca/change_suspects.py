"""Which change did it, if any: by reach to the suspected service, time before the onset, and what it touched.

"None is guilty" is an answer: what took effect after the onset cannot have caused it, a change of texts or
tests cannot slow a service, and trouble that begins outside (a provider, an expired certificate) needs a much
better match before a change is blamed, because naming an innocent change costs more than naming none.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from domain.investigation.evidence import Change, ChangeKind, IncidentCase
from rca.findings import clean

_WORD = re.compile(r"[A-Za-z][a-z]+|[A-Z]{2,}(?![a-z])|[a-z]{3,}")
_COMMON = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "from",
        "func",
        "return",
        "error",
        "err",
        "nil",
        "string",
        "int",
        "bool",
        "true",
        "false",
        "this",
        "that",
        "type",
        "struct",
        "const",
        "var",
        "new",
        "get",
        "set",
        "not",
        "ctx",
        "context",
        "request",
        "requests",
        "response",
        "http",
        "service",
        "services",
        "server",
        "client",
        "handler",
        "code",
        "status",
        "log",
        "none",
        "null",
        "self",
        "import",
        "package",
        "public",
        "private",
        "void",
        "class",
        "def",
        "await",
        "async",
        "let",
        "refactor",
        "fix",
        "feat",
        "chore",
        "add",
        "use",
        "using",
        "into",
        "per",
        "all",
        "any",
        "one",
        "two",
        "main",
        "file",
        "files",
        "line",
        "lines",
        "value",
        "values",
        "above",
        "below",
        "count",
        "rate",
        "ratio",
        "total",
        "seconds",
        "second",
        "over",
        "being",
        "failed",
        "fail",
        "failing",
        "failure",
        "errors",
        "exceeded",
        "above",
    ]
)
_HARMLESS = re.compile(
    r"(?i)(?:^|/)(?:docs?|tests?|testdata|\.github|i18n|locales?)/|_test\.\w+$|\.(?:md|rst|txt|css|scss|less|svg|png|html)$|"
    r"(?:^|/)(?:CODEOWNERS|LICENSE|README|\.golangci\.ya?ml|\.gitignore|\.editorconfig)|\.(?:spec|test)\.\w+$"
)
_OUTSIDE = re.compile(
    r"(?i)x509|certificate (?:has )?expired|not yet valid|upstream[._]host|no such host|quota exceeded|"
    r"https?://(?!localhost|127\.)[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io)\b"
)
_GRACE_SECONDS = 60.0
_HALF_LIFE_SECONDS = 5400.0
ENOUGH = 0.34
_OUTSIDE_FACTOR = 0.45
_MOMENT_SECONDS, _BY_MOMENT = 1200.0, 0.6


@dataclass(frozen=True, slots=True)
class Suspect:
    """A change with how well it fits.

    Args:
        change: The commit, deploy or flag.
        score: 0 to 1; below ENOUGH nobody should be blamed.
        effective_at: When it took effect, unix seconds.
        why: The reasons in words, strongest first.
    """

    change: Change
    score: float
    effective_at: float
    why: tuple[str, ...]


def rank_changes(
    case: IncidentCase, suspects: Sequence[tuple[str, float]], onset: float, symptoms: Iterable[str]
) -> list[Suspect]:
    """Return the changes that could be guilty, best first; changes after the onset are left out.

    Args:
        case: Its changes are judged.
        suspects: Services with their share of the blame, best first.
        onset: Unix seconds.
        symptoms: Texts of what was observed on the suspected service.
    """
    share = dict(suspects[:3])
    texts = list(symptoms)
    observed = _words(" ".join(texts))
    for name in share:  # that a change of a service says the service's name means nothing
        for word in _words(name.replace("-", " ")):
            observed.pop(word, None)
    if not any(change.kind is ChangeKind.COMMIT for change in case.changes):
        return _by_moment(case.changes, share, onset)
    commits = [change for change in case.changes if change.kind is not ChangeKind.DEPLOY]
    rarity = _rarity(commits)
    outside = any(_OUTSIDE.search(text) for text in texts)
    judged = []
    for change in commits:
        effect = _effect(change, case.changes, share)
        if effect is None:
            continue
        effective_at, reach, why_reach = effect
        if not effective_at <= onset + _GRACE_SECONDS:
            continue
        fit, matched = _fit(change, observed, rarity)
        lag = max(0.0, onset - effective_at)
        recent = 0.4 + 0.6 * 0.5 ** (lag / _HALF_LIFE_SECONDS)
        score = reach * recent * (0.2 + 0.8 * fit) * _substance(change) * (0.85 + 0.15 * _removes(change))
        score *= _OUTSIDE_FACTOR if outside else 1.0
        why: tuple[str, ...] = (why_reach, f"{lag / 60:.0f} min before the onset")
        why += (f"touches {', '.join(matched[:4])}",) if matched else ()
        judged.append(Suspect(change, score, effective_at, why))
    if not outside:
        judged = _alone(judged)
    return sorted(judged, key=lambda suspect: (-suspect.score, suspect.change.change_id))


def _by_moment(changes: Sequence[Change], share: dict[str, float], onset: float) -> list[Suspect]:
    """Judge roll-outs, flags and schema changes of which no content is known: by service and moment alone."""
    judged = []
    for change in changes:
        lag = onset - change.at
        if change.service not in share or lag < -_GRACE_SECONDS:
            continue
        close = 0.5 ** (max(lag, 0.0) / _MOMENT_SECONDS)
        said = (f"“{clean(change.summary, 80)}”",) if change.summary else ()
        why = (*said, f"{max(lag, 0.0) / 60:.0f} min before the onset")
        judged.append(Suspect(change, _BY_MOMENT * share[change.service] * close, change.at, why))
    return sorted(judged, key=lambda suspect: (-suspect.score, suspect.change.change_id))


def _alone(judged: list[Suspect]) -> list[Suspect]:
    """Trust the only substantial commit that was deployed to the suspected service before the onset more."""
    serious = [s for s in judged if s.change.kind is ChangeKind.COMMIT and _substance(s.change) >= 1.0]
    serious = [suspect for suspect in serious if suspect.score >= 0.1]
    if len(serious) != 1 or not serious[0].why[0].startswith("deployed to"):
        return judged
    only = serious[0]
    lifted = replace(only, score=min(1.0, only.score + 0.25), why=(*only.why, "the only one that could"))
    return [lifted if suspect is only else suspect for suspect in judged]


def _removes(change: Change) -> float:
    """Return 0 to 1: how much the change takes away that it does not put back (a check, a limit, a call)."""
    gone = _words(" ".join(line[1:] for line in change.diff.splitlines() if line[:1] == "-"))
    come = _words(" ".join(line[1:] for line in change.diff.splitlines() if line[:1] == "+"))
    return min(1.0, len(gone.keys() - come.keys()) / 3.0)


def _effect(
    change: Change, changes: Sequence[Change], share: dict[str, float]
) -> tuple[float, float, str] | None:
    """Return when and how far a change took effect, None when it cannot be placed."""
    if change.kind is not ChangeKind.COMMIT:
        reach = share.get(change.service, 0.0)
        return (change.at, 0.5 * reach, f"{change.kind} on {change.service}") if reach else None
    deploys = [other for other in changes if other.kind is ChangeKind.DEPLOY]
    own = [deploy for deploy in deploys if deploy.change_id == change.change_id]
    if own:
        best = max(own, key=lambda deploy: share.get(deploy.service, 0.0))
        reach = share.get(best.service, 0.0)
        return (best.at, reach, f"deployed to {best.service}") if reach else None
    for service, reach in share.items():
        carried = [d for d in deploys if d.service == service and change.at <= d.at <= change.at + 3600.0]
        if carried and _is_about(change, service):
            first = min(carried, key=lambda deploy: deploy.at)
            return first.at, 0.85 * reach, f"carried by the next deploy of {service}"
        if not deploys and _is_about(change, service):
            return change.at, 0.6 * reach, f"written for {service}"
    return None


def _is_about(change: Change, service: str) -> bool:
    stem = re.sub(r"[-_]?(?:service|svc|server|api)$", "", service.lower()) or service.lower()
    return any(stem in path.lower() for path in change.files)


def _substance(change: Change) -> float:
    """Return how able a change is to hurt: texts, styles and tests are not."""
    if change.files and all(_HARMLESS.search(path) for path in change.files):
        return 0.1
    return 0.6 if change.kind is ChangeKind.COMMIT and not change.diff else 1.0


def _words(text: str) -> Counter[str]:
    found = (word.lower().rstrip("s") for word in _WORD.findall(text.replace("_", " ")[:20_000]))
    return Counter(word for word in found if len(word) > 2 and word not in _COMMON)


def _touched(change: Change) -> Counter[str]:
    """Return the words of a change: of changed lines, its message and its paths, not of the context
    around."""
    changed = [
        line[1:] for line in change.diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    return _words(" ".join([change.summary, *change.files, *changed, change.change_id.replace("_", " ")]))


def _rarity(changes: Sequence[Change]) -> dict[str, float]:
    seen: Counter[str] = Counter()
    for change in changes:
        seen.update(set(_touched(change)))
    return {word: math.log((len(changes) + 1.0) / (count + 0.5)) for word, count in seen.items()}


def _fit(change: Change, observed: Counter[str], rarity: dict[str, float]) -> tuple[float, list[str]]:
    """Return how much of what was observed the change touches, 0 to 1, and the words in common."""
    touched = _touched(change)
    common = {
        word: rarity.get(word, 0.0) * math.log1p(observed[word]) for word in touched.keys() & observed.keys()
    }
    weight = math.fsum(value for value in common.values() if value > 0)
    return weight / (weight + 3.0), sorted(common, key=lambda word: (-common[word], word))
