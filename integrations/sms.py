"""Text messages through Twilio's REST interface, asked afterwards whether they arrived.

It knows no key that makes a second sending harmless, so a repeat looks first whether the same text to the
same number was taken already.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from domain.errors import BadInput, OutsideTrouble
from domain.identity.contacts import is_phone_number
from domain.identity.people import Way
from domain.ports.notifier import Letter, Receipt
from domain.telling.notices import Fate
from integrations.outward_http import OutwardHttp
from integrations.sms_alphabet import fitting

_NAME = "the text message service"
_LOOKED_AT = "20"
_ARRIVED = frozenset({"delivered", "read", "received"})
_LOST = frozenset({"failed", "undelivered", "canceled"})


@dataclass(frozen=True)
class SmsSettings:
    """The account that sends."""

    account: str
    token: Callable[[], str]
    sender: str
    base_url: str = "https://api.twilio.com"


class TwilioSms:
    """Implements `Notifier` with text messages.

    Raises:
        BadInput: Our own number is none, or the service would be spoken to in clear.
    """

    way = Way.SMS

    def __init__(self, settings: SmsSettings, *, seconds: float = 20.0) -> None:
        if not is_phone_number(settings.sender):
            raise BadInput("sms sender", say="notify.sms_from has to be a number such as +15551234567.")
        auth = (settings.account, settings.token())
        self._http = OutwardHttp(_NAME, settings.base_url, auth, seconds)
        self._sender = settings.sender
        self._account = f"/2010-04-01/Accounts/{quote(settings.account, safe='')}"

    async def send(self, letter: Letter) -> Receipt:
        """Hand one text message over, unless the try before did; raises `OutsideTrouble`."""
        if not is_phone_number(letter.to):
            error = OutsideTrouble("sms: bad number", say="the roster's number is none")
            error.is_final = True
            raise error
        text = text_of(letter)
        taken = await self._find(letter.to, text) if letter.is_repeat else ""
        if not taken:
            form = {"To": letter.to, "From": self._sender, "Body": text}
            answered = await self._http.call("POST", f"{self._account}/Messages.json", form=form)
            taken = _text(answered.body, "sid")
        return Receipt(taken, is_followed=bool(taken))

    async def follow(self, receipt: str, *, is_over: bool) -> Fate:
        """Return whether the telephone has it; raises `OutsideTrouble`."""
        path = f"{self._account}/Messages/{quote(receipt, safe='')}.json"
        status = _text((await self._http.call("GET", path)).body, "status")
        if status in _ARRIVED:
            return Fate.ARRIVED
        return Fate.LOST if status in _LOST else Fate.UNDER_WAY

    async def probe(self) -> str:
        """Ask for our account and whether the number is ours; raises `OutsideTrouble`."""
        numbers = await self._http.call(
            "GET", f"{self._account}/IncomingPhoneNumbers.json", query={"PhoneNumber": self._sender}
        )
        listed = numbers.body.get("incoming_phone_numbers") if isinstance(numbers.body, dict) else None
        if not listed or not any(_text(one, "phone_number") == self._sender for one in listed):
            raise OutsideTrouble("sms: number not ours", say=f"the account has no number {self._sender}")
        return f"{self._sender} can send"

    async def _find(self, to: str, text: str) -> str:
        """Return the service's name of a message that it took already, or an empty text."""
        query = {"To": to, "From": self._sender, "PageSize": _LOOKED_AT}
        answered = await self._http.call("GET", f"{self._account}/Messages.json", query=query)
        messages = answered.body.get("messages") if isinstance(answered.body, dict) else None
        for message in messages or ():
            if _text(message, "body") == text and _text(message, "status") not in _LOST:
                return _text(message, "sid")
        return ""


def text_of(letter: Letter) -> str:
    """Return the text: what it is about, cut where needed, and our link, never cut."""
    # The beginning of the key tells one message from the next that says the same.
    end = f" {letter.link} ({letter.key[:6]})"
    said = f"Dogwatch: {letter.title}. {' '.join(letter.lines)}"
    return fitting(said, end)


def _text(body: object, name: str) -> str:
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) else ""
