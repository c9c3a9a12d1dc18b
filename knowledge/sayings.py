"""Words that people in operations use for one another: who asks to undo a change means to revert it.

Each line is one meaning. What the question says in one of its words is looked for in the others too, at a
part of the weight, so that the words that were really used decide wherever they stand.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from knowledge.short_forms import short_forms
from knowledge.words import terms

SHARE = 0.5
"""What a word weighs that was not said, of the one that was."""

_MEANINGS = """
revert, undo, roll back, rollback, bring back, go back, restore, reset
former, previous, earlier, prior, old
rerun, retry, repeat, reload, replay, reprocess, backfill, restart
late, delayed, overdue, missing, arrive
full, space, storage, capacity, disk
memory, RAM, heap, OOM, OOMKilled
crash, die, kill, abort, terminate
lag, backlog, behind, pile, queue
duplicate, double, doubled, twice
certificate, cert, TLS, SSL, HTTPS
expire, expiry, renew, renewal, valid
connection, session, client, pool
Kubernetes, k8s, cluster
node, worker, host, machine, server
drain, evacuate, cordon, evict, empty
Postgres, PostgreSQL, database, DB
Kafka, topic, stream, queue
consumer, subscriber, reader
severity, sev, priority, urgency
handover, hand, handoff, shift
on-call, oncall, pager, duty, rota, roster
approval, approve, approver, signoff, permission
onboard, register, create, add
schema, column, field, layout, structure
row, record, line, entry
fewer, less, low, drop, short, half, truncated, cut
configuration, config, setting, configure
delete, remove, purge, prune, clean, cleanup
increase, raise, enlarge, scale, grow, bigger
slow, latency, performance
silence, mute, snooze, suppress
password, credential, login
restart, reboot, bounce, relaunch
deploy, release, rollout, ship
failure, fail, error, broken, exception
change, modify, edit, update, alter
check, verify, validate, confirm
message, event, record
job, task, run, load, pipeline, import
feed, source, file, delivery, export
sender, vendor, supplier, partner, provider, source
image, container, pod
folder, directory, path
log, logfile, trace
network, connectivity, unreachable, timeout
backup, snapshot, dump, copy
user, account, member
monitor, watch, observe
"""


@lru_cache(maxsize=1)
def _by_phrase() -> dict[tuple[str, ...], set[str]]:
    """Return each phrase, as the index splits it, with the words of its meanings that are one word."""
    found: dict[tuple[str, ...], set[str]] = {}
    for line in _MEANINGS.strip().split("\n"):
        phrases = [tuple(t for t in terms(one) if not t.startswith("=")) for one in line.split(", ")]
        single = {phrase[0] for phrase in phrases if len(phrase) == 1}
        for phrase in phrases:
            if phrase:
                found.setdefault(phrase, set()).update(single - set(phrase))
    for phrase, meant in short_forms().items():
        found.setdefault(phrase, set()).update(meant)
    return found


def also_meant(said: Sequence[str]) -> dict[str, str]:
    """Return words that mean what was said without having been said, each with the word it stands for.

    Args:
        said: The words as the index splits them; `sign-off` counts as one word, too.
    """
    known, spoken = _by_phrase(), set(said)
    apart = [word for word in said if not word.startswith("=")]
    pairs = [(first, second) for first, second in pairwise(apart) if (first, second) in known]
    phrases: list[tuple[tuple[str, ...], str]] = [(pair, pair[0]) for pair in pairs]
    phrases += [(tuple(terms(word.lstrip("="))), word) for word in said if word.startswith("=")]
    phrases += [((word,), word) for word in said if word.startswith("=")]
    phrases += [((word,), word) for word in apart if not any(word in pair for pair in pairs)]
    found: dict[str, str] = {}
    for phrase, stands_for in phrases:
        for word in sorted(known.get(phrase, ())):
            if word not in spoken:
                found.setdefault(word, stands_for)
    return found
