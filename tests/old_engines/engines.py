"""Starts each browser and drives it: visit, run a script, set the size, take a picture."""

import base64
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Protocol

from tests.acceptance.installation import free_port
from tests.guard import ends_with_us

SECONDS = 60
HERE = Path(__file__).parent
FLAGS = "--no-sandbox --disable-gpu --disable-logging"
QT = {
    "chromium-69": ["PyQt5==5.12.1", "PyQtWebEngine==5.12.1"],
    "chromium-80": ["PyQt5==5.15.0", "PyQtWebEngine==5.15.0"],
}
# Its own pin of this one has no wheel for newer Pythons; any of these fits both.
SIP = "PyQt5-sip>=12.11,<12.16"


class Engine(Protocol):
    name: str

    def size(self, width: int, height: int) -> None: ...
    def visit(self, address: str) -> None: ...
    def run(self, script: str) -> Any: ...
    def wait(self, seconds: float) -> None: ...
    def picture(self, path: Path) -> None: ...
    def close(self) -> None: ...


class Qt:
    """An old Chromium, from PyPI, in an environment of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        python = folder / name / "bin" / "python"
        if not python.exists():
            _call(sys.executable, "-m", "venv", str(folder / name))
            _call(str(python), "-m", "pip", "install", "-q", "--no-deps", *QT[name], SIP)
        environ = {
            "QT_QPA_PLATFORM": "offscreen",
            "QTWEBENGINE_DISABLE_SANDBOX": "1",
            "QTWEBENGINE_CHROMIUM_FLAGS": FLAGS,
            "QT_QUICK_BACKEND": "software",
            "XDG_RUNTIME_DIR": str(folder),
        }
        self._process = subprocess.Popen(
            [str(python), str(HERE / "qt_page.py")],
            env=os.environ | environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        ends_with_us(self._process)

    def size(self, width: int, height: int) -> None:
        self._tell(size=[width, height])

    def visit(self, address: str) -> None:
        self._tell(visit=address)

    def run(self, script: str) -> Any:
        return self._tell(run=script)

    def wait(self, seconds: float) -> None:
        self._tell(wait=seconds)

    def picture(self, path: Path) -> None:
        self._tell(picture=str(path))

    def close(self) -> None:
        self._process.kill()

    def _tell(self, **what: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class WebKit:
    """WebKitGTK by WebDriver: Debian's webkit2gtk-driver, with its MiniBrowser on a virtual screen."""

    name = "webkit"

    def __init__(self, _folder: Path) -> None:
        program = _found("WebKitWebDriver", "webkit2gtk-driver")
        screen = ["xvfb-run", "-a"] if shutil.which("xvfb-run") else []
        port = free_port()
        self._process = subprocess.Popen(
            [*screen, program, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        ends_with_us(self._process)
        self._url = f"http://127.0.0.1:{port}/session"
        _answers(port)
        self._url += "/" + self._ask("POST", "", {"capabilities": {}})["sessionId"]

    def size(self, width: int, height: int) -> None:
        self._ask("POST", "/window/rect", {"width": width, "height": height})
        inner = self.run("function () { return [innerWidth, innerHeight]; }")
        rect = {"width": 2 * width - inner[0], "height": 2 * height - inner[1]}
        self._ask("POST", "/window/rect", rect)

    def visit(self, address: str) -> None:
        self._ask("POST", "/url", {"url": address})
        time.sleep(1.5)

    def run(self, script: str) -> Any:
        return self._ask("POST", "/execute/sync", {"script": f"return ({script})();", "args": []})

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._ask("GET", "/screenshot")))

    def close(self) -> None:
        self._ask("DELETE", "")
        self._process.kill()

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(
            self._url + path, data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:
            return json.load(answer)["value"]


class Firefox:
    """Firefox ESR by Marionette, which is built into it: no driver is needed."""

    name = "firefox"

    def __init__(self, folder: Path) -> None:
        port = free_port()
        profile = folder / "firefox"
        profile.mkdir(exist_ok=True)
        (profile / "user.js").write_text(f'user_pref("marionette.port", {port});\n')
        program = _found("firefox-esr", "firefox-esr")
        self._process = subprocess.Popen(
            [program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ends_with_us(self._process)
        self._count = itertools.count(1)
        self._socket = _answers(port)
        self._socket.settimeout(SECONDS)
        self._read()  # it says hello first
        self._ask("WebDriver:NewSession", capabilities={})

    def size(self, width: int, height: int) -> None:
        self._ask("WebDriver:SetWindowRect", width=width, height=height)
        inner = self.run("function () { return [innerWidth, innerHeight]; }")
        self._ask("WebDriver:SetWindowRect", width=2 * width - inner[0], height=2 * height - inner[1])

    def visit(self, address: str) -> None:
        self._ask("WebDriver:Navigate", url=address)
        time.sleep(1.5)

    def run(self, script: str) -> Any:
        return self._ask("WebDriver:ExecuteScript", script=f"return ({script})();", args=[])["value"]

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def picture(self, path: Path) -> None:
        taken = self._ask("WebDriver:TakeScreenshot", full=False)["value"]
        path.write_bytes(base64.b64decode(taken))

    def close(self) -> None:
        self._socket.close()
        self._process.kill()

    def _ask(self, name: str, **values: object) -> Any:
        message = json.dumps([0, next(self._count), name, values]).encode()
        self._socket.sendall(str(len(message)).encode() + b":" + message)
        _, _, error, value = self._read()
        if error:
            raise RuntimeError(f"{name}: {error['message']}")
        return value

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._socket.recv(1)
        body = b""
        while len(body) < int(length[:-1]):
            body += self._socket.recv(65536)
        return json.loads(body)


def _answers(port: int) -> socket.socket:
    for _ in range(SECONDS * 10):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing answers at port {port}")


def _found(program: str, package: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise RuntimeError(f"no {program}: apt-get install {package}")
    return found


def _call(*words: str) -> None:
    subprocess.run(words, check=True, timeout=600)
