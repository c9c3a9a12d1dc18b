"""The audit chain: canonical bytes of an entry, and the hash that binds it to the one before.

Personal data stands beside the chain, never in it: entries name people by id.
"""

import hashlib
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from domain.proof.canonical import canonical_bytes

GENESIS = "0" * 64


class AuditAct(StrEnum):
    """Every act and refusal that is recorded. Only add; a stored chain must stay readable."""

    KEY_ADDED = "key_added"
    REFUSED = "refused"
    UPLOAD_TAKEN = "upload_taken"
    CHANGE_OPENED = "change_opened"
    CHANGE_JOINED = "change_joined"
    CHANGE_ANSWERED = "change_answered"
    CHANGE_PROPOSED = "change_proposed"
    CHANGE_FAILED = "change_failed"
    CHANGE_WITHDRAWN = "change_withdrawn"
    REVIEW_OPENED = "review_opened"
    APPROVAL_ASKED = "approval_asked"
    APPROVAL_SEEN = "approval_seen"
    DECISION_RECORDED = "decision_recorded"
    VERDICT_REACHED = "verdict_reached"
    APPROVAL_ENDED = "approval_ended"
    CHANGE_MERGED = "change_merged"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    ACCOUNT_LINKED = "account_linked"
    LINK_CODE_ISSUED = "link_code_issued"
    PERSON_CHANGED = "person_changed"
    POLICY_CHANGED = "policy_changed"
    FROZEN = "frozen"
    FREEZE_LIFTED = "freeze_lifted"
    PLAN_PROPOSED = "plan_proposed"
    ORDER_SIGNED = "order_signed"
    STEP_RECORDED = "step_recorded"
    RUN_ENDED = "run_ended"
    INCIDENT_CHANGED = "incident_changed"
    ALERT_CHANGED = "alert_changed"
    ARTICLE_CHANGED = "article_changed"
    MODEL_PROMOTED = "model_promoted"
    FIX_OPENED = "fix_opened"
    DRY_RUN_RECORDED = "dry_run_recorded"
    PLAN_WITHDRAWN = "plan_withdrawn"
    STOP_WISHED = "stop_wished"
    WORD_GIVEN = "word_given"
    QUESTION_ASKED = "question_asked"
    QUESTION_ANSWERED = "question_answered"
    DELEGATED = "delegated"
    OVERRIDE_USED = "override_used"
    OVERRIDE_REVIEWED = "override_reviewed"
    OVERRIDE_OVERDUE = "override_overdue"
    MODEL_PROPOSED = "model_proposed"
    SCRIPT_DRAFTED = "script_drafted"
    SCRIPT_ADOPTED = "script_adopted"
    SIGNED_IN = "signed_in"
    SESSION_ENDED = "session_ended"
    KEY_CHANGED = "key_changed"
    RESTORED = "restored"
    FILES_TIDIED = "files_tidied"
    NOTICE_SENT = "notice_sent"
    NOTICE_GIVEN_UP = "notice_given_up"
    CONTACT_ASKED = "contact_asked"
    CONTACT_CONFIRMED = "contact_confirmed"
    COMPARISON_ASKED = "comparison_asked"
    ACCOUNT_UNLINKED = "account_unlinked"
    UNDO_ASKED = "undo_asked"
    PLAN_UNDONE = "plan_undone"


class AuditEntry(BaseModel):
    """What is recorded: who did what to which subject, in which exact version, through which door."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    act: AuditAct
    actor: str = Field(max_length=120)
    """A person id, or `dogwatch` for what the bot did by itself, or `visitor`."""
    subject: str = Field(max_length=200)
    door: str = ""
    subject_hash: str = ""
    facts: dict[str, str] = {}

    def canonical(self) -> bytes:
        """Return the exact bytes that are hashed."""
        return canonical_bytes(
            {
                "act": self.act.value,
                "actor": self.actor,
                "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "door": self.door,
                "facts": dict(self.facts),
                "subject": self.subject,
                "subject_hash": self.subject_hash,
            }
        )


def entry_hash(previous: str, number: int, canonical: bytes) -> str:
    """Return the hex hash of an entry: previous hash, place in the chain, and its own bytes."""
    inner = hashlib.sha256(canonical).digest()
    return hashlib.sha256(
        b"dogwatch/audit/1" + bytes.fromhex(previous) + number.to_bytes(8, "big") + inner
    ).hexdigest()
