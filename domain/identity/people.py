"""People, their accounts, teams and roles. Approvals count people, never accounts."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from domain.identity.chat import Account
from domain.ids import PersonId, TeamId


class Role(StrEnum):
    """What a person may be trusted with. Nobody has one unless it was given."""

    ENGINEER = "engineer"
    STREAM_TEAM = "stream_team"
    APPROVER = "approver"
    DATA_STEWARD = "data_steward"
    ON_CALL = "on_call"
    LEAD = "lead"
    ADMINISTRATOR = "administrator"


class Way(StrEnum):
    """How somebody is told outside of the chats; nothing can be decided on any of these ways."""

    MAIL = "mail"
    SMS = "sms"
    PAGERDUTY = "pagerduty"
    WEBHOOK = "webhook"


PERSONAL_WAYS = frozenset({Way.MAIL, Way.SMS})
"""The ways that lead to one person; the others lead to a system that an operator set up."""


MAIL_FIRST = (Way.MAIL, Way.SMS, Way.WEBHOOK)
PHONE_FIRST = (Way.SMS, Way.MAIL, Way.PAGERDUTY, Way.WEBHOOK)
"""For what somebody has to look at now."""


class Person(BaseModel):
    """One human being, however many chat accounts they own."""

    model_config = ConfigDict(frozen=True)

    id: PersonId
    name: str = Field(min_length=1, max_length=120)
    email: str = Field(default="", max_length=250)
    phone: str = Field(default="", pattern=r"^(\+[1-9][0-9]{6,14})?$")
    """For text messages, with the country's code, such as +4915112345678."""
    vouched: frozenset[Way] = frozenset()
    """Ways whose address the roster vouches for; any other is used once its owner has confirmed it."""
    roles: frozenset[Role] = frozenset()
    teams: frozenset[TeamId] = frozenset()
    is_active: bool = True


class ChatIdentity(BaseModel):
    """A chat account that belongs to a person."""

    model_config = ConfigDict(frozen=True)

    account: Account
    person: PersonId
    linked_at: datetime


class LinkCode(BaseModel):
    """A one-time code that joins a second account to a person: ten minutes, five tries, one use."""

    model_config = ConfigDict(frozen=True)

    code_hash: str
    name: str = ""
    """The letters that the code begins with: a guess costs only the code that it names a try."""
    person: PersonId
    asked_from: Account
    expires_at: datetime
    tries_left: int = 5
    is_used: bool = False
