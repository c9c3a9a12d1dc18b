"""Read an alert that somebody pasted into a message: its name, and what it says, in whatever form it came.

Alertmanager, Prometheus, Grafana and PagerDuty give JSON, pagers a line, and people often the bare name. A
name is only what nobody would write otherwise: `RabbitMQ` and `PersistentVolumeClaim` are none.
"""

import json
import re
from collections.abc import Iterator

LONGEST_READ = 16_000
"""Characters of a message; a webhook with many alerts says in the first what it is about."""
_MOST_VALUES = 2_000
_LONGEST_SAID = 1_000
_NAME = re.compile(r"[A-Za-z][\w:-]{2,119}")
_KEYS_OF_NAME = ("alertname", "alert_name", "rulename", "rule_name")
_KEYS_OF_WORDS = ("summary", "title", "message", "description")
_KEYS_OF_THING = ("service", "job", "type", "component", "feed")
_ALERTS = frozenset({"labels", "annotations", "alerts", "commonlabels", "payload", "incident", "event"})
"""Keys of an alert; a line of a log has none, and is looked for as it stands."""
_LABELLED = re.compile(r"(?i)\balert_?name[\"']?[ \t]{0,3}[:=][ \t]{0,3}[\"']?([a-z][\w:-]{2,119})")
_IS_ALERT = re.compile(
    r"(?i)(?<!\w)(?:firing|fired|fires|triggered|alerts?|alarms?|resolved|acknowledged|pagerduty|opsgenie"
    r"|incident #\d+|runbooks?|playbooks?|means?)(?!\w)"
)
_GOES_ON = re.compile(r"[ \t]{1,3}(?!(?:on|in|at|for|since|again)\b)[a-z]")
"""A sentence about a thing (`ClusterRoles exist`); an alert is told to fire somewhere."""
_CAPITALISED = re.compile(r"(?<![\w./#@=-])[A-Z][A-Za-z0-9]{3,119}(?![\w/#@=-]|\.\w)")
_HUMP = re.compile(r"[A-Z]+[a-z0-9]+|[A-Z]+(?![a-z])")
_LEAST_HUMPS = 3
_ENDS = """
    Absent Critical Degraded Dead Delayed Down Error Errors Expired Expiring Failed Failing Failure Failures
    Firing Flapping Full High Lag Lagging Late Low Missing Mismatch Offline Overloaded Saturated Slow Stale
    Stuck Throttled Timeout Unavailable Unhealthy Unreachable Warning
    """
_TOLD_BY_ITS_END = frozenset(_ENDS.split())
_OBJECTS = """
    PersistentVolumeClaim CustomResourceDefinition HorizontalPodAutoscaler VerticalPodAutoscaler
    PodDisruptionBudget CrashLoopBackOff ImagePullBackOff ErrImagePull CreateContainerConfigError
    ClusterRoleBinding
    """
_KINDS = frozenset(_OBJECTS.split())
"""What Kubernetes calls its objects and the states of pods: said of many alerts."""


def alert_name(text: str) -> str:
    """Return the name of the alert that a message tells of, or nothing.

    That is what stands behind `alertname`; or a name of several capitals (`NodeDown`, `KubePodNotReady`) that
    is the whole message, begins it, or stands in one that says that an alert fires.
    """
    said = text[:LONGEST_READ].strip().strip("`*\"' \n")
    labelled = _LABELLED.search(said)
    if labelled:
        return labelled.group(1)
    first = next(_names(said), None)
    if first is None:
        return ""
    begins = said.startswith(first) and not _GOES_ON.match(said, len(first))
    return first if begins or _IS_ALERT.search(said) else ""


def as_words(text: str) -> str:
    """Return a message with an alert in JSON as a person would tell it, any other message as it is."""
    read = text[:LONGEST_READ]
    begin, end = read.find("{"), read.rfind("}")
    if begin < 0 or end < begin:
        return text
    try:
        found = json.loads(read[begin : end + 1])
    except (ValueError, RecursionError):
        return text
    values = _values(found)
    name = next((value for key, value in values if key in _KEYS_OF_NAME and _NAME.fullmatch(value)), "")
    told = [value for key, value in values if key in _KEYS_OF_WORDS and value.strip()]
    # A log's own *event* is a word; an alert's holds what happened.
    if not name and not (
        told and any(key in _ALERTS and (key != "event" or not value) for key, value in values)
    ):
        return text
    things = [value for key, value in values if key in _KEYS_OF_THING and value.strip()]
    sentences = [f"alertname: {name}"] if name else []
    sentences += [one.strip().rstrip(".") for one in dict.fromkeys([*told, *things])]
    around = f"{read[:begin]} {read[end + 1 :]}".replace("```json", " ").replace("```", " ").strip()
    return ". ".join([*sentences, around] if around else sentences)[:_LONGEST_SAID]


def without_name(text: str, name: str) -> str:
    """Return what a message says beside its alert's name."""
    whole = rf"(?<!\w){re.escape(name)}(?!\w)"
    return re.sub(whole, " ", _LABELLED.sub(" ", text)).strip()


def _names(text: str) -> Iterator[str]:
    for found in _CAPITALISED.finditer(text):
        word = found.group()
        humps = _HUMP.findall(word)
        if word in _KINDS or word.rstrip("s") in _KINDS or word.isupper():
            continue  # in capitals alone it is a number of a security or a ticket
        if len(humps) >= _LEAST_HUMPS or (len(humps) > 1 and humps[-1] in _TOLD_BY_ITS_END):
            yield word


def _values(found: object) -> list[tuple[str, str]]:
    """Return keys in small letters with their texts: outer before inner, of several entries the first's."""
    values: list[tuple[str, str]] = []
    waiting: list[object] = [found]
    while waiting and len(values) < _MOST_VALUES:
        one = waiting.pop(0)
        if isinstance(one, list):
            waiting += one[:1]
        elif isinstance(one, dict):
            values += [(str(k).lower(), v if isinstance(v, str) else "") for k, v in one.items()]
            waiting += [v for v in one.values() if isinstance(v, dict | list)]
    return values
