"""The fault harness: `python -m tests.faults --set short|long --minutes N --json FILE`.

Real runner processes, killed and stopped at every point of every step; a real house whose workflow server is
killed and kept away; people in a hurry at a real desk; in the long set random faults over 200 plans. Then the
same with six builds broken on purpose, each of which must be caught, or the harness proves nothing.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults.decisions import decided
from tests.faults.outage import server_away
from tests.faults.random_plans import KEPT_SEEDS, random_plan
from tests.faults.scenarios import (
    POINTS,
    Tally,
    cancelled,
    killed,
    put_away,
    rolled_back_while_stopped,
    stopped,
    used_again,
)
from tests.remediation.contained import need_bubblewrap_or_say

Scenario = Callable[[], Tally]
_LONG_PLANS = 200
_LONG_MINUTES = 60.0
_CLICK_SEEDS = range(8)

BROKEN: dict[str, tuple[Scenario, ...]] = {
    "journal": (lambda: killed("after_effect", 2, broken="journal"),),
    "lock": (lambda: stopped("during", 2, broken="lock"), lambda: stopped("after_intent", 2, broken="lock")),
    "void": (
        lambda: rolled_back_while_stopped(broken="void"),
        lambda: stopped("before_lock", 2, broken="void"),
    ),
    "lock_on_cancel": (lambda: cancelled(broken="lock_on_cancel"),),
    "card": tuple(lambda s=s: decided(broken="card", seed=s) for s in _CLICK_SEEDS),  # type: ignore[misc]
    "self_approval": tuple(
        lambda s=s: decided(broken="self_approval", seed=s)  # type: ignore[misc]
        for s in _CLICK_SEEDS
    ),
}


def scenarios(which: str, seed: int) -> list[Scenario]:
    """Return the scenarios of a set that stand by name, in a seeded order."""
    is_short = which == "short"
    found: list[Scenario] = [used_again, cancelled, rolled_back_while_stopped]
    steps = (2,) if is_short else (1, 2, 3)
    for step in steps:
        found += [lambda p=point, s=step: killed(p, s) for point in POINTS]  # type: ignore[misc]
    found.append(lambda: killed("after_effect", 1, has_probe=False))
    stops = ("before_lock", "during") if is_short else POINTS
    for step in steps:
        found += [lambda p=point, s=step: stopped(p, s) for point in stops]  # type: ignore[misc]
    found += [lambda n=n: server_away(n) for n in ((10,) if is_short else (10, 60))]  # type: ignore[misc]
    found += [lambda s=s: decided(seed=s) for s in _CLICK_SEEDS]  # type: ignore[misc]
    found += [lambda s=s: random_plan(s) for s in KEPT_SEEDS]  # type: ignore[misc]
    random.Random(seed).shuffle(found)  # noqa: S311  a seeded order, not a secret
    return found


def random_scenarios(which: str, seed: int, minutes: float | None) -> Iterator[Scenario]:
    """Yield random plans: two in the short set, 200 in the long one, or for as long as was asked for."""
    chance = random.Random(seed)  # noqa: S311  a seeded order, not a secret
    most = 2 if which == "short" else _LONG_PLANS
    end = time.monotonic() + 60 * (_LONG_MINUTES if minutes is None else minutes)
    done = 0
    while time.monotonic() < end and (minutes is not None or done < most):
        number = chance.randrange(2**32)
        yield lambda: random_plan(number)  # noqa: B023  called before the next one is drawn
        done += 1


def is_caught(build: str) -> bool:
    """Tell whether at least one scenario shows that the build is broken."""
    for scenario in BROKEN[build]:
        tally = scenario()
        put_away()
        if tally.is_violated:
            return True
    return False


def main() -> int:
    """Run a set, write the figures, and fail when anything was doubled, lost, or not caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=("short", "long"), default="short")
    parser.add_argument("--minutes", type=float, default=None, help="random plans for that long")
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    missing = need_bubblewrap_or_say()
    if missing:
        print(missing)
        return 2
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    print(f"seed {seed}")
    total = _all_of(options.set, seed, options.minutes)
    found = {build: is_caught(build) for build in BROKEN}
    total.notes += [
        f"not caught: a build with a broken {build}" for build, is_found in found.items() if not is_found
    ]
    for note in total.notes:
        print(note)
    figures = figures_of(total, sum(found.values()))
    for name, value in figures.items():
        print(f"{name:<22} {value}")
    if options.json is not None:
        document = {"data": {"set": options.set, "seed": seed}, "figures": figures, "peers": {}}
        options.json.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return 1 if total.is_violated or not all(found.values()) else 0


def figures_of(total: Tally, caught: int) -> dict[str, int]:
    """Return what a run is judged by."""
    return {
        "faults": total.faults,
        "plans": total.plans,
        "effects_doubled": total.effects_doubled,
        "effects_lost": total.effects_lost,
        "unknown_shown": total.unknown_shown,
        "orders_unentitled": total.orders_unentitled,
        "starts_wrong": total.starts_wrong,
        "audit_ok": int(total.is_audit_sound),
        "broken_builds_caught": caught,
    }


def _all_of(which: str, seed: int, minutes: float | None) -> Tally:
    total = Tally(plans=0)
    for scenario in scenarios(which, seed):
        total.add(scenario())
        put_away()
    for scenario in random_scenarios(which, seed, minutes):
        total.add(scenario())
    return total


if __name__ == "__main__":
    sys.exit(main())
