"""Who only passes on what others answer: reverse proxies and load balancers, by the words of their exporters.

Without any map such a one looks like the cause of everything, as whatever fails or waits does so there too.
"""

from collections.abc import Iterable

from domain.investigation.evidence import ENTRY
from rca.families import words_of

_PROXIES = frozenset({
    "nginx", "haproxy", "traefik", "kong", "apisix", "ingress", "alb", "elb", "envoy", "varnish",
})  # fmt: skip
_FEW = 3
"""Where more than one in so many is one, they stand beside every service and pass on only its own."""


def proxies(series: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the services whose series, (service, metric), are a proxy's."""
    told: set[str] = set()
    found: set[str] = set()
    for service, metric in series:
        if ">" in service or service == ENTRY:
            continue
        told.add(service)
        if words_of(metric) & _PROXIES:
            found.add(service)
    return frozenset(found) if _FEW * len(found) <= len(told) else frozenset()
