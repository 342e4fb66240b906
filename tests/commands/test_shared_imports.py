"""What web and clock share under `make run` is imported before gevent patches: it must hold nothing of that.

What was made then for threads, such as a lock, would be held by one greenlet while others of its thread wait.
"""

import json
import subprocess
import sys
from pathlib import Path

LOOK = """
import _thread, json, queue, socket, sys, threading
import commands.run  # what the launcher itself needs is shared as well
from commands.forked import share_imports
share_imports(["python -m jobs"])
shared = {name: module for name, module in sys.modules.items() if module is not None}
FOR_THREADS = (
    type(_thread.allocate_lock()), type(threading.RLock()), threading.Event, threading.Condition,
    threading.Semaphore, threading.Thread, threading.local, queue.Queue, queue.SimpleQueue, socket.socket,
)
from gevent import monkey
monkey.patch_all()
originals = {
    id(value): f"{module}.{name}"
    for module, saved in monkey.saved.items()
    for name, value in saved.items()
    if callable(value)
}
print(json.dumps({
    "names": sorted(shared),
    "held": sorted(
        f"{name}: {originals[id(value)]}"
        for name, module in shared.items()
        if name.partition(".")[0] not in sys.stdlib_module_names
        for value in list(vars(module).values())
        if id(value) in originals
    ),
    "made": sorted(
        f"{name}.{of}: {type(value).__name__}"
        for name, module in shared.items()
        if name.partition(".")[0] not in sys.stdlib_module_names
        for of, value in list(vars(module).items())
        if isinstance(value, FOR_THREADS)
    ),
}))
"""
# For a lock around a cache, in which nothing waits; and for a driver that we don't use.
HARMLESS = {
    "bot.understanding.automaton: threading.Lock",
    "jinja2.utils: threading.Lock",
    "sqlalchemy.dialects.sqlite.aiosqlite: threading.Thread",
}
# Held for no statement and no other wait; and what each thread has for itself, which nothing of ours uses.
HARMLESS_MADE = {
    "attr._compat.repr_context: _local",
    "babel.localedata._cache_lock: RLock",
    "models.statistics.long_line.only_joined._LOCK: lock",
    "sqlalchemy.orm.collections.__instrumentation_mutex: lock",
    "sqlalchemy.orm.mapper._CONFIGURE_MUTEX: RLock",
    "structlog.threadlocal._CONTEXT: _local",
}
KNOWS_SSL = {"requests", "urllib3", "twilio"}  # gevent can't patch what these hold


def test_what_web_and_clock_share_holds_nothing_that_gevent_replaces(tmp_path: Path) -> None:
    looked = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOOK],
        env={"DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert looked.returncode == 0, looked.stderr
    found = json.loads(looked.stdout.splitlines()[-1])
    assert {"sqlalchemy", "bot.handle_texts"} <= set(found["names"])
    assert set(found["held"]) <= HARMLESS
    assert set(found["made"]) <= HARMLESS_MADE
    assert not KNOWS_SSL & set(found["names"])
