"""Settings of what leaves the house: mail, text messages, PagerDuty, a webhook."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class NotifySettings(BaseModel):
    """Ways to tell people outside of the chats. They only tell: nothing can be decided through them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mail_host: str = Field(default="", description="Mail relay (SMTP); empty: no mail.")
    mail_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    mail_security: str = Field(
        default="starttls",
        pattern="^(starttls|tls|none)$",
        description="starttls; tls from the first byte; none only to a relay on this machine.",
    )
    mail_user: str = Field(default="", description="User at the relay; empty: no sign-in.")
    mail_password: SecretStr = Field(default=SecretStr(""), description="Password of that user.")
    mail_from: str = Field(default="", description="Our address, such as dogwatch@example.org.")
    mail_ca_file: str = Field(
        default="", description="Certificates (PEM) to trust for the relay, beside the system's."
    )
    sms_account: str = Field(default="", description="Account SID at Twilio, AC…; empty: no text messages.")
    sms_token: SecretStr = Field(default=SecretStr(""), description="Auth token of that account.")
    sms_from: str = Field(default="", description="Number that sends, such as +15551234567.")
    sms_url: str = Field(default="https://api.twilio.com", description="Address of Twilio's REST interface.")
    webhook_url: str = Field(default="", description="Where signed notices are posted; empty: nowhere.")
    webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Secret that signs them (Standard Webhooks), 24 characters at least.",
    )
    pagerduty_key: SecretStr = Field(
        default=SecretStr(""), description="Integration key of a PagerDuty service (Events API v2)."
    )
    pagerduty_url: str = Field(
        default="https://events.pagerduty.com", description="Address of PagerDuty's events interface."
    )
