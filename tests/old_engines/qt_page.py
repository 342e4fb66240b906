"""One page in the Chromium of PyQtWebEngine, told what to do line by line; runs where that package is.

A line is one JSON object: {"visit": address}, {"run": script}, {"size": [width, height]}, {"wait": seconds}
or {"picture": path}. Each gets a line with the answer.
"""

import json
import sys
from functools import partial

from PyQt5.QtCore import QEventLoop, QTimer  # type: ignore[import-not-found]
from PyQt5.QtWebEngineWidgets import QWebEngineView  # type: ignore[import-not-found]
from PyQt5.QtWidgets import QApplication  # type: ignore[import-not-found]

SETTLED_MS, LONGEST_MS = 1500, 30_000


def main() -> None:
    app = QApplication(sys.argv)
    view = QWebEngineView()
    view.show()
    for line in sys.stdin:
        what = json.loads(line)
        if "size" in what:
            view.setFixedSize(*what["size"])
            answer = _paused(300)
        elif "visit" in what:
            answer = _visited(view, what["visit"])
        elif "wait" in what:
            answer = _paused(1000 * what["wait"])
        elif "run" in what:
            script = f"({what['run']})()"
            answer = _waited(partial(view.page().runJavaScript, script))
        else:
            _paused(300)
            answer = view.grab().save(what["picture"])
        print(json.dumps(answer), flush=True)
    app.quit()


def _visited(view: QWebEngineView, address: str) -> bool:
    from_start = view.page().loadFinished

    def load(done: object) -> None:
        from_start.connect(done)
        view.setUrl(type(view.url())(address))

    loaded = _waited(load)
    from_start.disconnect()
    _paused(SETTLED_MS)
    return bool(loaded)


def _paused(ms: float) -> object:
    return _waited(lambda done: QTimer.singleShot(int(ms), lambda: done(None)))  # type: ignore[operator]


def _waited(begin: object) -> object:
    loop, found = QEventLoop(), []

    def done(value: object = None) -> None:
        found.append(value)
        loop.quit()

    begin(done)  # type: ignore[operator]
    QTimer.singleShot(LONGEST_MS, loop.quit)
    if not found:
        loop.exec_()
    return found[0] if found else None


main()
