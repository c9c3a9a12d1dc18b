"""What people call a store by its kind alone: "the database", "the cache", "the queue". Pure."""

import re
from collections.abc import Sequence

_DATABASES = (
    r"db|database|postgres(?:ql)?|pg|mysql|mariadb|mongo(?:db)?|oracle|mssql|sqlserver|cassandra|clickhouse|"
    r"cockroach|aurora|rds|dynamodb"
)
_KINDS = {
    re.compile(r"databases?|db"): re.compile(_DATABASES),
    re.compile(r"caches?"): re.compile(r"cache|redis|valkey|memcached?|varnish"),
    re.compile(r"queues?|(?:message )?broker"): re.compile(
        r"queue|broker|mq|kafka|redpanda|rabbit(?:mq)?|nats|pulsar|sqs|activemq"
    ),
}
"""How people call each kind, and the words of names that are of it."""
_PARTS = re.compile(r"[^a-z0-9]+")
_ASKS = re.compile(
    r"(?i)^\W*(?:(?:ok|okay|so|and|but|then|hm)[\s,]{1,3}){0,3}"
    r"(?:(?:is|was|isn't|wasn't|could|couldn't|can|might|may) (?:it|this|that)"
    r"(?: (?:be|been|have|not|all|also|again|still|then|now|really|maybe|perhaps|possibly|just|only"
    r"|rather|because of|caused by|due to|down to|to do with|from|with|about)){0,4}|"
    r"why not|not|and|but|what about|how about) (?:the|a|our) (?P<kind>[a-z]+(?: broker)?)$"
)
"""The whole of what was said: "can you restart the app and the database?" asks somebody else."""


def of_kind_of(said: str, names: Sequence[str]) -> str:
    """Return the first of the names that is of the kind a few words name; empty where none is, or none is."""
    kind = re.sub(r"(?i)^(?:the|a|our) ", "", said.strip("`*?!. ")).lower()
    of_it = next((parts for words, parts in _KINDS.items() if words.fullmatch(kind)), None)
    if of_it is None:
        return ""
    return next((name for name in names if any(map(of_it.fullmatch, _PARTS.split(name.lower())))), "")


def kind_asked_about(text: str, names: Sequence[str]) -> str:
    """Return the name that a question means which asks whether it was "the database": that kind itself where
    none of the names is of it; empty where it asks something else."""
    asked = _ASKS.search(text.strip(" ?.!"))
    kind = asked["kind"].lower() if asked else ""
    return of_kind_of(kind, names) or (f"the {kind}" if any(one.fullmatch(kind) for one in _KINDS) else "")
