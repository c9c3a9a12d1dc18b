"""The fault harness: `python -m tests.faults --set short|long --json FILE`.

Real runner processes, killed and stopped at every point of every step; then the same with four builds broken
on purpose, each of which must be caught, or the harness proves nothing.
"""

import argparse
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

from tests.faults.scenarios import (
    POINTS,
    Tally,
    cancelled,
    killed,
    rolled_back_while_stopped,
    stopped,
    used_again,
)
from tests.remediation.contained import need_bubblewrap_or_say

BROKEN: dict[str, tuple[Callable[[], Tally], ...]] = {
    "journal": (lambda: killed("after_effect", 2, broken="journal"),),
    "lock": (lambda: stopped("during", 2, broken="lock"), lambda: stopped("after_intent", 2, broken="lock")),
    "void": (
        lambda: rolled_back_while_stopped(broken="void"),
        lambda: stopped("before_lock", 2, broken="void"),
    ),
    "lock_on_cancel": (lambda: cancelled(broken="lock_on_cancel"),),
}


def scenarios(which: str, seed: int) -> list[Callable[[], Tally]]:
    """Return the scenarios of a set, in a seeded order."""
    found: list[Callable[[], Tally]] = [used_again, cancelled, rolled_back_while_stopped]
    steps = (2,) if which == "short" else (1, 2, 3)
    for step in steps:
        found += [lambda p=point, s=step: killed(p, s) for point in POINTS]  # type: ignore[misc]
    found.append(lambda: killed("after_effect", 1, has_probe=False))
    stops = ("before_lock", "during") if which == "short" else POINTS
    for step in (2,) if which == "short" else (1, 2, 3):
        found += [lambda p=point, s=step: stopped(p, s) for point in stops]  # type: ignore[misc]
    chance = random.Random(seed)  # noqa: S311  a seeded order, not a secret
    if which == "long":
        for _ in range(170):
            point, step = chance.choice(POINTS), chance.randint(1, 3)
            act = chance.choice((killed, stopped))
            found.append(lambda a=act, p=point, s=step: a(p, s))  # type: ignore[misc]
    chance.shuffle(found)
    return found


def is_caught(build: str) -> bool:
    """Tell whether at least one scenario shows that the build is broken."""
    for scenario in BROKEN[build]:
        tally = scenario()
        if tally.effects_doubled or tally.effects_lost:
            return True
    return False


def main() -> int:
    """Run a set, write the figures, and fail when anything was doubled, lost, or not caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=("short", "long"), default="short")
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    missing = need_bubblewrap_or_say()
    if missing:
        print(missing)
        return 2
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    print(f"seed {seed}")
    total = Tally()
    for scenario in scenarios(options.set, seed):
        total.add(scenario())
    found = {build: is_caught(build) for build in BROKEN}
    caught = sum(found.values())
    total.notes += [
        f"not caught: a build with a broken {build}" for build, is_found in found.items() if not is_found
    ]
    for note in total.notes:
        print(note)
    figures = {
        "faults": total.faults,
        "effects_doubled": total.effects_doubled,
        "effects_lost": total.effects_lost,
        "unknown_shown": total.unknown_shown,
        "audit_ok": int(total.is_audit_sound),
        "broken_builds_caught": caught,
    }
    for name, value in figures.items():
        print(f"{name:<22} {value}")
    if options.json is not None:
        document = {"data": {"set": options.set, "seed": seed}, "figures": figures, "peers": {}}
        options.json.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    is_good = (
        not (total.effects_doubled or total.effects_lost) and caught == len(BROKEN) and total.is_audit_sound
    )
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
