"""Who only passes on what others answer: reverse proxies and load balancers, by the words of their exporters.

Without any map such a one looks like the cause of everything, as whatever fails or waits does so there too.
"""

from collections.abc import Iterable

from domain.investigation.evidence import ENTRY
from rca.families import Family, family_of, words_of

_PROXIES = frozenset({
    "nginx", "haproxy", "traefik", "kong", "apisix", "ingress", "alb", "elb", "envoy", "varnish",
})  # fmt: skip
_OF_REQUESTS = frozenset({Family.LATENCY, Family.ERRORS, Family.LOAD})
_OF_MACHINES = frozenset({
    "process", "go", "node", "container", "kube", "docker", "system", "promhttp", "scrape",
})  # fmt: skip
_FEW = 3
"""Where more than one in so many is one, they stand beside every service and pass on only its own."""


def proxies(series: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the services whose series, (service, metric), are a proxy's.

    One that tells of requests in words of its own has a proxy beside it, or counts bytes of *ingress*.
    """
    told: set[str] = set()
    found: set[str] = set()
    own: set[str] = set()
    for service, metric in series:
        if ">" in service or service == ENTRY:
            continue
        told.add(service)
        words = words_of(metric)
        if words & _PROXIES:
            found.add(service)
        elif family_of(metric) in _OF_REQUESTS and not words & _OF_MACHINES:
            own.add(service)
    found -= own
    return frozenset(found) if _FEW * len(found) <= len(told) else frozenset()
