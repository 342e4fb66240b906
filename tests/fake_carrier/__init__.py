"""A fake carrier: Twilio's Messages API over real HTTP on 127.0.0.1, with state and with faults on demand.

    with FakeCarrier(public_url="https://queue.example", app_url="http://127.0.0.1:8000") as carrier:
        # run the product with TWILIO_API_URL=carrier.url, TWILIO_ACCOUNT_SID=carrier.account_sid,
        # TWILIO_AUTH_TOKEN=carrier.auth_token, PUBLIC_URL=https://queue.example
        reply = carrier.customer_texts("+351910000001", carrier.number, "CET236 Ana")
        assert reply.texts == ["You are number 1 ..."]
        carrier.faults.next_calls(CallFault.BUSY, CallFault.CUT_AFTER)
        ...
        carrier.settle()                          # until no delivery report is outstanding
        carrier.texts_to("+351910000001")         # what this phone's screen holds, oldest first

What it does as Twilio does
- Create, list (To, From, DateSent, pages), fetch texts; list and change our numbers; fetch the account and a
  Messaging Service. Basic authentication is checked, by token or by an API key of `api_keys` (which may not
  read the account, as there). Errors are Twilio's JSON with Twilio's codes.
- Incoming texts are posted to the number's SmsUrl, delivery reports to StatusCallback (none for the first
  status), both signed. The address in the signature is the public one; the connection goes to `app_url`.
- A connection that fails is tried once more for an incoming text, nothing else is. A webhook that fails
  leaves a line in `alerts`, and the text stays in the list of incoming ones.
- STOP and similar words block the pair of phone and number at once, with the carrier's own answer; START
  unblocks it. A text to a blocked phone is error 21610; a TwiML reply to one fails silently.
- `numbers` may be on WhatsApp and RCS (`whatsapp:+1…`, `rcs:agent`): From and To must be on one channel,
  texts there are reported read, STOP by RCS counts for SMS and the reverse, and on WhatsApp for nothing. A
  text to an address in `window_over` fails by 63016.
- A text is on the phone's screen when it is accepted, unless `unreachable` or `faults.next_fates` fails it.

What it does wrong, when told to (`faults`, see faults.py)
- By script: `next_calls`, `next_lists`, `next_reports`, `next_fates`, one entry each, None for a good one.
- By chance: `misbehave(seed=7, rate=0.3)`, until `behave()`; `faults.counts` says what has happened.
- `down()` refuses connections until `up()`; `unreachable[phone] = 30006`, `refused[phone] = 21614` stay.

Alone: python -m tests.fake_carrier --port 4010 --public-url http://127.0.0.1:8000
"""

from tests.fake_carrier.carrier import FakeCarrier
from tests.fake_carrier.faults import CallFault, Fate, Fault, Faults, ReportFault
from tests.fake_carrier.messages import Message, Reply

__all__ = ["CallFault", "FakeCarrier", "Fate", "Fault", "Faults", "Message", "Reply", "ReportFault"]
