"""The fake carrier as a program, for development: python -m tests.fake_carrier --help"""

import argparse
import signal

from tests.fake_carrier import FakeCarrier

ENDINGS = (signal.SIGINT, signal.SIGTERM)

HINTS = """\
Run the product with
  TWILIO_API_URL={url} TWILIO_ACCOUNT_SID={account} TWILIO_AUTH_TOKEN={token} PUBLIC_URL={public}
A customer texts:       curl {url}/fake/customer-texts -d From=%2B351910000001 -d Body=DEMO
What a phone shows:     curl '{url}/fake/texts?phone=%2B351910000001'
The next calls go wrong: curl {url}/fake/faults -d calls=busy,cut_after
3 of 10 go wrong:       curl {url}/fake/faults -d rate=0.3 -d seed=7
"""


def main() -> None:
    options = argparse.ArgumentParser(
        prog="python -m tests.fake_carrier", description="A carrier that misbehaves."
    )
    options.add_argument("--port", type=int, default=4010)
    options.add_argument("--public-url", default="http://127.0.0.1:8000", help="PUBLIC_URL of the product")
    options.add_argument("--app-url", help="where the product listens, if not at its PUBLIC_URL")
    options.add_argument("--number", default="+15550100000", help="our number")
    options.add_argument("--token", default="fake-carrier-token", help="TWILIO_AUTH_TOKEN")
    options.add_argument(
        "--fault-rate", type=float, default=0.0, help="share of calls and reports that go wrong"
    )
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    carrier = FakeCarrier(
        public_url=chosen.public_url,
        app_url=chosen.app_url,
        numbers=[chosen.number],
        auth_token=chosen.token,
        port=chosen.port,
    )
    if chosen.fault_rate:
        carrier.faults.misbehave(seed=chosen.seed, rate=chosen.fault_rate)
    # Held back until waited for: one that came just before a pause would be handled, and the pause go on.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    with carrier:
        print(
            HINTS.format(
                url=carrier.url, account=carrier.account_sid, token=chosen.token, public=chosen.public_url
            ),
            flush=True,
        )
        signal.sigwait(ENDINGS)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        print()


if __name__ == "__main__":
    main()
