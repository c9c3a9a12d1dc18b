"""The ways out of the house, as far as their settings are there, and who sends by them."""

from collections.abc import Callable

from bot.outward import Outward, ways_of
from bot.outward_rounds import Rounds
from bot.presenters.notices import Stationery
from domain.identity.contacts import Contact, code_of
from domain.identity.people import Way
from domain.ports.notifier import Notifier
from domain.ports.transactions import UnitOfWork
from domain.telling.notices import Notice
from domain.text.redaction import Redaction
from runtime.log_lines import secrets_of_house
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores, SystemClock

CODE_KEY = "contact-codes"


def open_notifiers(settings: Settings) -> list[Notifier]:
    """Return the ways that are set up; raises `BadInput` when one can't be used as it is set."""
    notify = settings.notify
    found: list[Notifier] = []
    if notify.mail_host:
        from integrations.mail import MailSettings, Security, SmtpMail

        chosen = MailSettings(
            host=notify.mail_host,
            port=notify.mail_port,
            sender=notify.mail_from,
            security=Security(notify.mail_security),
            user=notify.mail_user,
            password=notify.mail_password.get_secret_value,
            ca_file=notify.mail_ca_file,
        )
        found.append(SmtpMail(chosen))
    if notify.sms_account:
        from integrations.sms import SmsSettings, TwilioSms

        found.append(
            TwilioSms(
                SmsSettings(
                    account=notify.sms_account,
                    token=notify.sms_token.get_secret_value,
                    sender=notify.sms_from,
                    base_url=notify.sms_url,
                )
            )
        )
    if notify.webhook_url:
        from integrations.webhook import SignedWebhook

        found.append(SignedWebhook(notify.webhook_url, notify.webhook_secret.get_secret_value, SystemClock()))
    if notify.pagerduty_key.get_secret_value():
        from integrations.pagerduty import PagerDuty

        found.append(PagerDuty(notify.pagerduty_key.get_secret_value, notify.pagerduty_url))
    return found


def stationery_of(settings: Settings, port: int) -> Stationery:
    """Return what letters are written with."""
    return Stationery(settings.public_url(port), Redaction(secrets_of_house(settings)).mask)


def code_maker(stores: Stores) -> Callable[[Contact], str]:
    """Return what makes the code that confirms an address."""
    key = stores.keys.secret(CODE_KEY)
    return lambda contact: code_of(key, contact)


def rounds_of(
    settings: Settings, stores: Stores, port: int, ways: frozenset[Way], redraw: Callable[[], None]
) -> Rounds:
    """Return what decides which notices go out, and keeps what became of them."""
    make = code_maker(stores)

    def code(uow: UnitOfWork, notice: Notice) -> str:
        contact = uow.contacts.find(notice.person, notice.ways[0])
        return make(contact) if contact is not None else ""

    return Rounds(
        ways,
        stationery_of(settings, port),
        code=code,
        reading=stores.transactions.reading,
        writing=stores.transactions.writing,
        clock=stores.clock,
        redraw=redraw,
    )


def outward_of(settings: Settings, stores: Stores, port: int, redraw: Callable[[], None]) -> Outward:
    """Return who sends notices, for the process that holds the secrets of the ways."""
    notifiers = ways_of(open_notifiers(settings))
    return Outward(notifiers, rounds_of(settings, stores, port, frozenset(notifiers), redraw))
