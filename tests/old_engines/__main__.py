"""python -m tests.old_engines: pictures of pages in each engine, and what can't be seen or pressed."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.acceptance.installation import Installation, free_port
from tests.fake_carrier import FakeCarrier
from tests.old_engines.engines import QT, Engine, Firefox, Qt, WebKit
from tests.old_engines.shop import PASSWORD, fill

SEEN = (Path(__file__).parent / "seen.js").read_text()
SEEN = SEEN[SEEN.index("function") :]
NO_CARRIER = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_URL", "PUBLIC_URL")
PHONE, TELEVISION, STANDING = (360, 640), (1280, 720), (720, 1280)
SECONDS_FOR_A_PRESS = 4
NOT_LIVE = ("chromium-69",)
SIGN_IN = """function () {
  document.querySelector("[name=email]").value = "rosa@example.com";
  document.querySelector("[name=password]").value = "%s";
  document.querySelector("main form button").click();
}"""
UNDO = """function () { document.querySelector('form[action$="/undo"] button').click(); }"""
START = """function () { document.querySelector('form[action$="/start"] button').click(); }"""


def want(
    select: str, count: int = 1, pixels: int = 12, *, in_view: bool = True, same: bool = True
) -> dict[str, Any]:
    return {"select": select, "count": count, "pixels": pixels, "inView": in_view, "same": same}


BOARD = [
    want(".serving-number", 3, 72),
    want(".serving-desk", 3, 20),
    want(".board-line li:nth-child(-n + 3)", 3, 40),
    want(".board-count", 1, 20),
    want(".board-join p", 1, 20),
]
EMPTY = [want(".board-none p", 2, 20), want(".board-count", 1, 20)]
QUEUE = [want(".serving-number", 3, 30), want(".serving-desk", 3), want("main h1", 1, 18)]
TICKET = [want(".ticket-number", 1, 50), want(".place", 1, 20), want(".expected", 1, same=False)]
COUNTER = [
    want(".now .ticket-number", 1, 30),
    want(".now .next .btn-big", 1, 16),
    want(".now .next-tools .btn", 3),
    want(".band h1", 1),
    want(".band-count", 1),
    want(".waiting .line-row:nth-child(-n + 6) .line-number", 6, 14, in_view=False),
]
SERVING = [want('form[action$="/done"] .btn-big', 1, 16), want(".now .ticket-number", 1, 30)]


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.old_engines")
    options.add_argument("--engines", nargs="*", default=[*QT, "webkit", "firefox"])
    options.add_argument("--folder", type=Path, help="of the pictures and the environments")
    chosen = options.parse_args()
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="old-engines-"))
    folder.mkdir(exist_ok=True)
    os.chmod(folder, 0o700)
    shop = Installation(Path(tempfile.mkdtemp(prefix="old-engines-shop-")), FakeCarrier(), free_port())
    for name in NO_CARRIER:
        shop.environ.pop(name, None)
    token = fill(shop)
    with shop.running():
        found = {name: _looked_at(name, folder, shop.url, token) for name in chosen.engines}
    sys.exit(_told(found, folder))


def _looked_at(name: str, folder: Path, url: str, token: str) -> dict[str, Any]:
    engine: Engine
    try:
        engine = Qt(name, folder) if name in QT else {"webkit": WebKit, "firefox": Firefox}[name](folder)
    except Exception as problem:
        return {"engine": {"wrong": [f"can't be started: {problem}"], "words": [], "isLive": None}}
    look = Look(engine, folder, url)
    look.at("board", "/q/CET236/board", TELEVISION, BOARD)
    look.at("board-standing", "/q/CET236/board", STANDING, BOARD)
    look.at("board-phone", "/q/CET236/board", (390, 844), [want(".serving-number", 3, 30)])
    look.at("board-empty", "/q/EMPTY/board", TELEVISION, EMPTY)
    look.at("queue", "/q/CET236", PHONE, QUEUE)
    look.at("ticket", f"/t/{token}", PHONE, TICKET)
    engine.visit(f"{url}/login")
    _press(engine, SIGN_IN % PASSWORD)
    look.at("counter", "/control/CET236", PHONE, COUNTER)
    look.at("counter-side", "/control/CET236", (640, 360), COUNTER[:2])
    look.at("counter-desktop", "/control/CET236", TELEVISION, COUNTER[:3])
    _press(engine, START)
    look.at("counter-serving", "/control/CET236", PHONE, SERVING)
    _press(engine, UNDO)  # for the next engine
    engine.close()
    return look.found


def _press(engine: Engine, script: str) -> None:
    engine.run(script)
    engine.wait(SECONDS_FOR_A_PRESS)


class Look:
    def __init__(self, engine: Engine, folder: Path, url: str) -> None:
        self.engine, self.folder, self.url = engine, folder, url
        self.found: dict[str, Any] = {}

    def at(self, name: str, path: str, size: tuple[int, int], wanted: list[dict[str, Any]]) -> None:
        self.engine.size(*size)
        self.engine.visit(self.url + path)
        self.engine.picture(self.folder / f"{name}-{self.engine.name}.png")
        self.found[name] = self.engine.run(SEEN.replace("WANTED", json.dumps(wanted), 1))


def _told(found: dict[str, dict[str, Any]], folder: Path) -> int:
    wrong = [
        f"{engine}, {page}: {one}"
        for engine, pages in found.items()
        for page in pages
        for one in pages[page]["wrong"]
    ]
    newest = found[list(found)[-1]]
    for engine, pages in found.items():
        for page, seen in pages.items():
            if seen["words"] != newest.get(page, seen)["words"]:
                wrong.append(f"{engine}, {page}: other words: {seen['words']}")
            if seen["isLive"] is not None and seen["isLive"] == (engine in NOT_LIVE):
                wrong.append(f"{engine}, {page}: {'live' if seen['isLive'] else 'not live'}")
    print("\n".join(wrong) or "Everything is seen, and can be pressed, in all of them.")
    print(f"Pictures: {folder}")
    return 1 if wrong else 0


main()
