"""How a made-up system behaves, sample by sample: load runs down its calls, time and failures run up.

Services wait in queues when they are busy, users who wait send less, and what is not the fault also happens:
surges, batch work, a neighbour that always fails. `FAULTS` says what each fault does to its service and to
nobody else; all the rest follows.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = dict[str, Floats]
FAULTS = (
    *("cpu_hog", "cpu_limit", "memory_leak", "restart_loop", "disk_full", "disk_slow", "net_delay"),
    *("net_loss", "pool_exhausted", "deadlock", "bad_deploy", "slow_deploy", "config_error", "db_lock"),
    *("provider_away", "gone", "cache_cold", "early_return"),
)
CODE_FAULTS = frozenset({"bad_deploy", "slow_deploy", "config_error", "early_return"})


@dataclass(slots=True)
class System:
    """A made-up system: services in an order in which callers come first."""

    names: list[str]
    callees: list[list[int]]
    own_ms: Floats
    per_request: Floats
    noise: Floats
    jumpy: NDArray[np.bool_]
    always_failing: Floats
    share: Floats
    users_per_s: float
    hop_ms: float
    retries: float

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """Return (caller, callee) names."""
        return tuple((self.names[a], self.names[b]) for a, below in enumerate(self.callees) for b in below)


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one service from sample `at` on: how strong, and how much it slows."""

    kind: str
    at: int
    service: int
    size: float
    slows: float


@dataclass(frozen=True, slots=True)
class Herrings:
    """What else happens, blamelessly: a surge of users and a batch that burns CPU beside the trouble."""

    surge_at: int = -1
    surge: float = 1.0
    batch_service: int = -1
    batch_at: int = 0


def make_system(names: list[str], chance: np.random.Generator) -> System:
    """Return a random system of these services."""
    count = len(names)
    callees: list[list[int]] = [[] for _ in range(count)]
    for callee in range(1, count):
        for caller in set(chance.integers(max(0, callee - 6), callee, size=chance.integers(1, 3)).tolist()):
            callees[caller].append(callee)
    share = np.zeros(count)
    share[0] = 1.0
    for caller in range(count):
        for callee in callees[caller]:
            share[callee] += share[caller] * float(chance.uniform(0.3, 1.1))
    failing = np.where(chance.random(count) < 0.06, chance.uniform(0.02, 0.3, count), 0.001)
    return System(
        names=names,
        callees=callees,
        own_ms=np.exp(chance.normal(1.8, 0.9, count)),
        per_request=np.exp(chance.normal(-1.0, 0.7, count)),
        noise=np.exp(chance.normal(-2.4, 0.6, count)),
        jumpy=chance.random(count) < 0.12,
        always_failing=failing,
        share=np.minimum(share, 6.0),
        users_per_s=float(np.exp(chance.normal(3.0, 1.2))),
        hop_ms=float(np.exp(chance.normal(0.0, 0.7))),
        retries=float(chance.choice([0.0, 0.0, 1.0, 2.0])),
    )


def _wobble(chance: np.random.Generator, spread: float, shape: tuple[int, ...], tie: float) -> Floats:
    """Return multiplicative noise; `tie` is how much of a sample's noise stays for the next."""
    heavy = chance.standard_t(4, shape)
    if tie > 0:
        for at in range(1, shape[-1]):
            heavy[..., at] = tie * heavy[..., at - 1] + math.sqrt(1 - tie * tie) * heavy[..., at]
    return np.exp(np.clip(heavy * spread, -1.5, 1.5))


def run(
    system: System,
    length: int,
    sample: float,
    fault: Fault | None,
    herrings: Herrings,
    chance: np.random.Generator,
) -> Rows:
    """Return what every service does in `length` samples: one row a service, in base units.

    The draws do not depend on the fault, so that the same chance with and without it shows what it did.
    """
    count = len(system.names)
    shape = (count, length)
    tie = float(chance.choice([0.0, 0.3, 0.8])) if length > 30 else 0.0
    state: Rows = {
        name: np.ones(shape) for name in ("cpu", "memory", "disk_io", "connections", "net", "alive")
    }
    state |= {
        name: np.zeros(shape) for name in ("throttled", "retransmits", "locks", "restarts", "disk_used")
    }
    state |= {
        "skips": np.zeros(shape),
        "hop": np.zeros(shape),
        "miss": np.full(shape, 0.08),
        "inside": np.zeros(shape),
    }
    own = system.own_ms[:, None] * _wobble(chance, 1.0, shape, tie) ** system.noise[:, None]
    failing = system.always_failing[:, None] * _wobble(chance, 0.3, shape, tie)
    jumps = (chance.random(shape) < 0.02) & system.jumpy[:, None]
    own = np.where(jumps, own * np.exp(chance.uniform(1, 4, shape)), own)
    users = system.users_per_s * (
        1.0 + 0.3 * np.sin(2 * math.pi * (np.arange(length) * sample / 86_400.0 + chance.random()))
    )
    users = users * _wobble(chance, 0.06, (length,), tie)
    noises = {name: _wobble(chance, spread, shape, tie) for name, spread in _SPREADS.items()}
    drift = np.exp(np.cumsum(chance.normal(0, 0.002, shape), axis=1))
    patience = float(chance.uniform(0.0, 0.4))
    if herrings.surge_at >= 0:
        users[herrings.surge_at :] *= herrings.surge
    if herrings.batch_service >= 0:
        state["cpu"][herrings.batch_service, herrings.batch_at :] *= 1.6
    if fault is not None:
        on = np.zeros(length)
        on[fault.at :] = 1.0
        _inject(fault, on, own, failing, state)
    return _settle(system, own, failing, users, state, noises, drift, patience)


_SPREADS = {"load": 0.05, "p50": 0.05, "p90": 0.12, "p99": 0.25, "cpu": 0.1, "disk_io": 0.35}
_SPREADS |= {"connections": 0.08, "net": 0.1, "queue": 0.2, "other": 0.15}


def _inject(fault: Fault, on: Floats, own: Floats, failing: Floats, state: Rows) -> None:
    row, size, slows = fault.service, fault.size, fault.slows
    ramp = np.cumsum(on) / max(float(on.sum()), 1.0)

    def slower(by: Floats) -> None:
        own[row] *= 1.0 + by

    def fails(share: float, shape: Floats = on) -> None:
        failing[row] = 1.0 - (1.0 - failing[row]) * (1.0 - shape * min(share, 0.95))

    match fault.kind:
        case "cpu_hog":
            state["cpu"][row] += on * size
            slower(on * slows)
        case "cpu_limit":
            state["throttled"][row] += on * 20.0 * size
            state["cpu"][row] *= 1.0 - 0.3 * on
            slower(on * (slows + 1.0))
        case "memory_leak":
            state["memory"][row] += ramp * size * 0.5
            state["cpu"][row] += ramp * 0.4
            slower(ramp * slows)
        case "restart_loop":
            down = on * (np.arange(on.size) % 3 == fault.at % 3)
            state["restarts"][row] += np.cumsum(down)
            state["alive"][row] *= 1.0 - down
            fails(0.7, on)
        case "disk_full":
            state["disk_used"][row] += ramp * 60.0
            state["disk_io"][row] *= 1.0 - 0.6 * on
            fails(0.08 * size)
        case "disk_slow":
            state["disk_io"][row] += on * size
            slower(on * (slows + 0.5))
        case "net_delay":
            state["hop"][row] += on * 30.0 * size
        case "net_loss":
            state["hop"][row] += on * 15.0 * size
            state["retransmits"][row] += on * 8.0 * size
            state["net"][row] *= 1.0 - 0.2 * on
            fails(0.03 * size)
        case "pool_exhausted":
            state["connections"][row] += on * size
            slower(on * (3.0 * slows + 1.0))
            fails(0.02 * size)
        case "deadlock":
            state["cpu"][row] *= 1.0 - 0.5 * on
            state["connections"][row] += on * 0.5 * size
            slower(on * (5.0 * slows + 2.0))
        case "bad_deploy" | "config_error":
            state["inside"][row] += on
            fails(0.06 * size)
        case "slow_deploy":
            state["cpu"][row] += on * 0.3 * slows
            slower(on * (slows + 1.0))
        case "db_lock":
            state["locks"][row] += on * 4.0 * size
            state["connections"][row] += on * 0.6 * size
            state["cpu"][row] *= 1.0 - 0.2 * on
            slower(on * (4.0 * slows + 1.0))
        case "provider_away":
            slower(on * 2.0 * slows)
            state["inside"][row] += on
            fails(0.08 * size)
        case "gone":
            state["alive"][row] *= 1.0 - on
            fails(0.95)
            own[row] *= 1.0 - 0.9 * on
        case "cache_cold":
            state["miss"][row] += on * min(0.2 * size, 0.85)
            slower(on * (slows + 0.5))
        case "early_return":
            state["skips"][row] += on * min(0.3 * size, 1.0)
            own[row] *= 1.0 - 0.3 * on


def _settle(
    system: System,
    own: Floats,
    failing: Floats,
    users: Floats,
    state: Rows,
    noises: Rows,
    drift: Floats,
    patience: float,
) -> Rows:
    """Return the series that follow from what each service does by itself."""
    waits = own * (1.0 + 0.15 * state["throttled"].clip(0, 20) / 20.0)
    total, errors = _carried_up(system, waits, failing, state)
    calm = float(np.median(total[0][: max(3, int(users.size * 0.3))]))
    users = users / (1.0 + patience * np.maximum(total[0] / calm - 1.0, 0.0))
    load = _load(system, users, failing, state) * noises["load"]
    level = system.per_request[:, None] * load
    rows: Rows = {
        "load": load,
        "p50": total * noises["p50"],
        "p90": total * 1.8 * noises["p90"],
        "p99": total * 3.0 * noises["p99"],
        "caller_p90": (total + system.hop_ms + 2.0 * state["hop"]) * 1.8 * noises["p90"],
        "errors": np.clip(errors, 0.0, 1.0),
        "cpu": (3.0 + level * noises["cpu"]) * state["cpu"] * state["alive"],
        "throttled": state["throttled"] + 0.3 * noises["other"],
        "memory": 400.0 * drift * state["memory"],
        "disk_io": (5.0 + 0.2 * level) * noises["disk_io"] * state["disk_io"],
        "disk_free": np.maximum(65.0 * drift - state["disk_used"], 0.2),
        "net": load * 1.5 * noises["net"] * state["net"] * state["alive"],
        "retransmits": 0.4 * noises["other"] + state["retransmits"],
        "connections": (12.0 + load * total / 1000.0) * noises["connections"] * state["connections"],
        "queue": (1.0 + load * total / 1000.0) * noises["queue"],
        "locks": np.floor(0.6 * noises["other"]) + np.floor(state["locks"]),
        "restarts": state["restarts"],
        "hit_ratio": np.clip(1.0 - state["miss"] * noises["other"], 0.0, 1.0),
    }
    rows["success"] = 1.0 - rows["errors"]
    rows["memory_free"] = np.maximum(2000.0 - rows["memory"], 20.0)
    gone = state["alive"] < 0.5
    out = {name: np.where(gone & (name != "load"), np.nan, row) for name, row in rows.items()}
    inner = {name: state[name] for name in ("hop", "skips", "inside", "alive")}
    return out | inner | {"own": waits, "failing": failing}


def _carried_up(system: System, own: Floats, failing: Floats, state: Rows) -> tuple[Floats, Floats]:
    total, errors = own.copy(), failing.copy()
    called = 1.0 - state["skips"]
    for caller in range(len(system.names) - 1, -1, -1):
        for callee in system.callees[caller]:
            hop = system.hop_ms + state["hop"][callee] + state["hop"][caller]
            total[caller] += called[caller] * 0.8 * (total[callee] + hop)
            errors[caller] = 1.0 - (1.0 - errors[caller]) * (1.0 - 0.6 * called[caller] * errors[callee])
    return total, errors


def _load(system: System, users: Floats, failing: Floats, state: Rows) -> Floats:
    load = system.share[:, None] * users
    for caller, below in enumerate(system.callees):  # callers come first: their changes reach down in order
        passed = (1.0 - state["skips"][caller]) * (1.0 - np.minimum(failing[caller], 0.95) * 0.8)
        usual = 1.0 - 0.8 * system.always_failing[caller]
        for callee in below:
            kept = (load[caller] / (system.share[caller] * users + 1e-12)) * passed / usual
            load[callee] *= 1.0 + (kept - 1.0) / max(1, _callers(system, callee))
            load[callee] *= 1.0 + system.retries * np.minimum(failing[callee], 0.9) * 0.5
    return load


def _callers(system: System, callee: int) -> int:
    return sum(callee in below for below in system.callees)
