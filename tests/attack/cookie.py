"""`python -m tests.attack.cookie URL EMAIL < password`: signs in and prints the Cookie header of the session.

For tools that attack a running product as somebody who is signed in. Never for an installation in use.
"""

import re
import sys
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

SECONDS = 10
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def main() -> int:
    address, email = sys.argv[1].rstrip("/"), sys.argv[2]
    cookies = CookieJar()
    browser = build_opener(HTTPCookieProcessor(cookies))
    form = browser.open(f"{address}/login", timeout=SECONDS).read().decode()
    found = TOKEN.search(form)
    if found is None:
        print(f"no sign-in form at {address}/login", file=sys.stderr)
        return 1
    given = {"csrf_token": found[1], "email": email, "password": sys.stdin.readline().strip()}
    try:
        browser.open(f"{address}/login", urlencode(given).encode(), timeout=SECONDS)
    except HTTPError as refusal:
        print(f"not signed in ({refusal}): is the password right?", file=sys.stderr)
        return 1
    browser.open(f"{address}/account", timeout=SECONDS)  # puts its forms' token in the session
    print("; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies))
    return 0


if __name__ == "__main__":
    sys.exit(main())
