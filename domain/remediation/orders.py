"""The signed order: the only thing a runner believes.

A queue, a database row or a card proves nothing. An order names one subject hash, one environment, one
runner audience and one nonce; `verify_order` is the only maker of a `VerifiedOrder`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from domain.errors import BadInput, NotAllowed
from domain.ids import PlanId
from domain.proof.canonical import canonical_bytes, digest, strict_loads
from domain.proof.keys import KeyRing, Signer
from domain.remediation.plans import Frozen, Plan, Slug, Whole, subject_hash

ORDER_PURPOSE = b"dogwatch/order/1\0"
_WORD_PURPOSE = b"dogwatch/word/2\0"
_LONGEST_LIFE = timedelta(days=1)
_CLOCK_SLACK = timedelta(seconds=30)

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", strict=True)]


class Warrant(StrEnum):
    """On what an order rests: people's decisions, a policy rule, or an override with its review."""

    DECISIONS = "decisions"
    AUTOMATIC = "automatic"
    OVERRIDE = "override"


class Refusal(StrEnum):
    """Why a runner will not follow an order."""

    UNKNOWN_KEY_OR_SIGNATURE = "unknown_key_or_signature"
    OTHER_ENVIRONMENT = "other_environment"
    OTHER_RUNNER = "other_runner"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    LIVES_TOO_LONG = "lives_too_long"
    EDITED = "edited"
    OTHER_TARGETS = "other_targets"
    NO_WARRANT = "no_warrant"
    USED = "used"


_SENTENCES = {
    Refusal.UNKNOWN_KEY_OR_SIGNATURE: "This order isn't signed by a key that this runner trusts.",
    Refusal.OTHER_ENVIRONMENT: "This order is for another environment.",
    Refusal.OTHER_RUNNER: "This order is for another runner.",
    Refusal.NOT_YET: "By this runner's clock the order begins later than now: compare it with the house's.",
    Refusal.EXPIRED: "By this runner's clock the order had expired before it started.",
    Refusal.LIVES_TOO_LONG: "This order would be valid for more than a day.",
    Refusal.EDITED: "The plan isn't the one that was approved: its hash differs.",
    Refusal.OTHER_TARGETS: "The plan reaches targets that the order doesn't name.",
    Refusal.NO_WARRANT: "The order names no decision and no rule that allowed it.",
    Refusal.USED: "This order was used before, and an approval is good for one run.",
}


class OrderRefused(NotAllowed):
    """The runner will not follow this order; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(
            f"order refused: {refusal.value}",
            say=f"{_SENTENCES[refusal]} Nothing was started.",
            next_step="Ask for approval again; the refusal is recorded.",
        )
        self.refusal = refusal


class Order(Frozen):
    """What may run, where, when, once, and on whose word. Times are whole seconds since 1970 in UTC."""

    plan_id: PlanId
    subject_hash: Hash
    effect_digest: Hash
    policy_version: str
    targets: tuple[str, ...]
    environment: Slug
    audience: Slug
    nonce: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32,64}$", strict=True)]
    not_before: Whole
    expires: Whole
    approval: str
    decisions: tuple[str, ...] = ()
    warrant: Warrant = Warrant.DECISIONS
    rule: str = Field(default="", max_length=200)

    @property
    def id(self) -> str:
        """Return the hash that names this order in journals and audit."""
        return digest("dogwatch/order-id/1", self.model_dump(mode="json"))


class SignedOrder(Frozen):
    """An order with its signature in hexadecimal."""

    order: Order
    key_id: str
    signature: str


class VerifiedOrder:
    """Proof that an order was checked against exactly this plan. Made only by `verify_order`."""

    __slots__ = ("order", "plan", "signed")

    order: Order
    plan: Plan
    signed: SignedOrder

    def __init__(self, signed: SignedOrder, plan: Plan, *, proof: object) -> None:
        if proof is not _PROOF:
            raise OrderRefused(Refusal.UNKNOWN_KEY_OR_SIGNATURE)
        object.__setattr__(self, "signed", signed)
        object.__setattr__(self, "order", signed.order)
        object.__setattr__(self, "plan", plan)

    def __setattr__(self, name: str, value: Any) -> None:  # Any: the signature of object
        raise AttributeError(f"{name} of a verified order cannot be set")


_PROOF = object()


def order_for(
    plan: Plan,
    *,
    effect_digest: str,
    policy_version: str,
    audience: str,
    nonce: str,
    not_before: datetime,
    expires: datetime,
    approval: str,
    decisions: Sequence[str] = (),
    warrant: Warrant = Warrant.DECISIONS,
    rule: str = "",
) -> Order:
    """Return the order for a plan; the caller vouches that `approval` allowed this very hash."""
    return Order(
        plan_id=plan.id,
        subject_hash=subject_hash(plan, effect_digest, policy_version),
        effect_digest=effect_digest,
        policy_version=policy_version,
        targets=plan.targets,
        environment=plan.environment,
        audience=audience,
        nonce=nonce,
        not_before=int(not_before.timestamp()),
        expires=int(expires.timestamp()),
        approval=approval,
        decisions=tuple(decisions),
        warrant=warrant,
        rule=rule,
    )


def signed(order: Order, signer: Signer) -> SignedOrder:
    """Return the order under the signer's signature."""
    signature = signer.sign(_message(order, signer.key_id))
    return SignedOrder(order=order, key_id=signer.key_id, signature=signature.hex())


def read_signed_order(text: str | bytes) -> SignedOrder:
    """Parse a signed order strictly.

    Raises:
        BadInput: The text is not exactly one signed order.
    """
    value = strict_loads(text)
    try:
        return SignedOrder.model_validate_json(canonical_bytes(value))
    except ValidationError as error:
        raise BadInput(
            f"not an order: {error.error_count()} faults", say="That isn't an order I can read."
        ) from error


def verify_order(
    signed_order: SignedOrder, plan: Plan, *, ring: KeyRing, environment: str, audience: str, now: datetime
) -> VerifiedOrder:
    """Return the proof that this order allows exactly this plan, here and now.

    Raises:
        OrderRefused: Anything differs; `refusal` says what.
    """
    proven = verify_started_order(signed_order, plan, ring=ring, environment=environment, audience=audience)
    order = signed_order.order
    moment = now.astimezone(UTC)
    if moment + _CLOCK_SLACK < datetime.fromtimestamp(order.not_before, UTC):
        raise OrderRefused(Refusal.NOT_YET)
    if moment >= datetime.fromtimestamp(order.expires, UTC):
        raise OrderRefused(Refusal.EXPIRED)
    return proven


def verify_started_order(
    signed_order: SignedOrder, plan: Plan, *, ring: KeyRing, environment: str, audience: str
) -> VerifiedOrder:
    """Like `verify_order` without the start window, for an order that a journal shows as begun in time.

    Raises:
        OrderRefused: Anything but the start window differs.
    """
    order = signed_order.order
    if not _is_authentic(signed_order, ring):
        raise OrderRefused(Refusal.UNKNOWN_KEY_OR_SIGNATURE)
    if order.environment != environment or plan.environment != environment:
        raise OrderRefused(Refusal.OTHER_ENVIRONMENT)
    if order.audience != audience:
        raise OrderRefused(Refusal.OTHER_RUNNER)
    if order.expires - order.not_before > _LONGEST_LIFE.total_seconds():
        raise OrderRefused(Refusal.LIVES_TOO_LONG)
    if order.targets != plan.targets:
        raise OrderRefused(Refusal.OTHER_TARGETS)
    if order.plan_id != plan.id or order.subject_hash != _hash_of(plan, order):
        raise OrderRefused(Refusal.EDITED)
    if not order.approval or not (order.decisions or order.rule):
        raise OrderRefused(Refusal.NO_WARRANT)
    return VerifiedOrder(signed_order, plan, proof=_PROOF)


def signed_word(order: SignedOrder, *, step: int, try_number: int, word: str, signer: Signer) -> str:
    """Return the signature, in hexadecimal, over what a person said about one try of a step."""
    return signer.sign(_word_message(order, step, try_number, word)).hex()


def is_signed_word(
    order: SignedOrder, *, step: int, try_number: int, word: str, signature: str, ring: KeyRing
) -> bool:
    """Tell whether the key that signed the order also signed this word about this try of a step."""
    try:
        raw = bytes.fromhex(signature)
    except ValueError:
        return False
    return ring.is_signed(order.key_id, _word_message(order, step, try_number, word), raw)


def _word_message(order: SignedOrder, step: int, try_number: int, word: str) -> bytes:
    told = {"order": order.order.id, "step": step, "try": try_number, "word": word}
    return _WORD_PURPOSE + canonical_bytes(told)


def _is_authentic(signed_order: SignedOrder, ring: KeyRing) -> bool:
    try:
        signature = bytes.fromhex(signed_order.signature)
    except ValueError:
        return False
    return ring.is_signed(signed_order.key_id, _message(signed_order.order, signed_order.key_id), signature)


def _message(order: Order, key_id: str) -> bytes:
    return ORDER_PURPOSE + canonical_bytes({"key": key_id, "order": order.model_dump(mode="json")})


def _hash_of(plan: Plan, order: Order) -> str:
    return subject_hash(plan, order.effect_digest, order.policy_version)
