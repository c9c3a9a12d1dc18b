"""Which other services a log line names: as a word, as a host with its port, or in an address.

A file and its line, `orders.py:42`, look like a host and its port, and a field, `user:8123`, like both: a
host needs a sign that it is one. That is a scheme or an account before it, a suffix that only networks use, a
name that is no plain word, or the word before it.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

_READ = 400
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_PORT = re.compile(r":(\d{2,5})(?![\w.])")
_POD_OF_DEPLOYMENT = re.compile(r"-[a-f0-9]{6,10}-[a-z0-9]{5}$")
_POD_OF_SET = re.compile(r"-\d{1,2}$")
"""What Kubernetes adds to the names of a deployment and of a stateful set."""
_NETWORKS = frozenset({"svc", "cluster", "local", "localdomain", "internal", "consul", "lan", "intranet"})
_LEADS_TO_HOST = frozenset({
    "to", "host", "server", "upstream", "tcp", "udp", "lookup", "resolve", "connect", "connecting", "calling",
    "peer", "econnrefused", "etimedout", "enotfound", "eai_again", "econnreset", "ehostunreach",
})  # fmt: skip
_RESOLVES = frozenset({"lookup", "resolve", "tcp", "udp"})
_IS_HOST = ("//", "@", "host=", "server=", "addr=", "address=", "upstream=", "peer=", "tcp(")
_HIGHEST_PORT = 65_535


def services_named(message: str, names: frozenset[str], author: str) -> tuple[str, ...]:
    """Return the services beside its author that a line names, in order of their names."""
    read = message[:_READ]
    words = read.replace('"', " ").replace("'", " ").replace(",", " ").replace("/", " ").split()
    found = {word.strip("[](){}:;.") for word in words} & names
    hosts = _hosts_of(names)
    for match in _WORD.finditer(read):
        host = _as_named(match.group(0).rstrip(".-"), hosts)
        if host and hosts[host] not in found and _is_host(read, match, host):
            found.add(hosts[host])
    return tuple(sorted(found - {author}))


@lru_cache(maxsize=8)
def _hosts_of(names: frozenset[str]) -> Mapping[str, str]:
    """Return under which host names the services are found: their own, and, where it is only one's, without
    a name space before it, in small letters and with the hyphens that a host has where a name has `_`."""
    spelled: dict[str, set[str]] = defaultdict(set)
    for name in names:
        last = name.rpartition("/")[2]
        for host in {last, last.lower(), last.lower().replace("_", "-")} - names:
            spelled[host].add(name)
    others = {host: next(iter(of)) for host, of in spelled.items() if len(of) == 1 and len(host) > 1}
    return {**others, **{name: name for name in names}}


def without_network(host: str) -> str:
    """Return a host name without what only says in which network it is, `db` of `db.svc.cluster.local`."""
    first, _, rest = host.partition(".")
    return first if _NETWORKS & set(rest.split(".")) else host


def of_all_pods(host: str) -> str:
    """Return a host name without the number of its pod: `kafka.broker` of `kafka-0.broker`."""
    first, dot, rest = host.partition(".")
    return _POD_OF_SET.sub("", first) + dot + rest


def _as_named(word: str, hosts: Mapping[str, str]) -> str:
    """Return the known host that a host name begins with; empty when it is none that is known."""
    host = word if word in hosts else word.partition(".")[0]
    if host in hosts:
        return host
    bare = (pod.sub("", host) for pod in (_POD_OF_DEPLOYMENT, _POD_OF_SET))
    return next((name for name in bare if name in hosts), "")


def _is_host(text: str, match: re.Match[str], name: str) -> bool:
    """Return whether a word that begins with a service's name stands where a host stands."""
    before, word = text[max(0, match.start() - 40) : match.start()], match.group(0).rstrip(".-")
    labels, port = word.split("."), _PORT.match(text, match.start() + len(word))
    if before.rstrip("\"'").endswith(_IS_HOST) and (port or not _is_mail(before, labels)):
        return True
    if _NETWORKS & set(labels[1:]) or _POD_OF_DEPLOYMENT.search(labels[0].removeprefix(name)):
        return True
    last = before.split()[-1].strip("\"'([:").lower() if before.strip() else ""
    if len(labels) > 1 and word != name:  # a file, or a name space of Kubernetes
        return last in _RESOLVES
    if port is None or int(port[1]) > _HIGHEST_PORT:
        is_id = last == "to" and name.isalpha() and "connect" not in before.lower()  # a mail to user-42
        return word != name and last in _LEADS_TO_HOST and not is_id
    return not name.isalpha() or last in _LEADS_TO_HOST


def _is_mail(before: str, labels: list[str]) -> bool:
    """Return whether a name with dots stands behind a person, as in `ann@cart.example`, and in no address."""
    return before.endswith("@") and len(labels) > 1 and "/" not in before.split()[-1]
