"""What Lighthouse says of the pages that people wait at: the npm package `lighthouse` 12.8.2, five runs each.

    npm install --ignore-scripts --prefix /tmp/lighthouse lighthouse@12.8.2
    python -m tests.lighthouse --packages /tmp/lighthouse/node_modules

It needs Node 18 or newer and Chromium, and is no part of the tests: they need nothing from npm. Its phone is
slower than the machine by a factor, so the figures for performance want a quiet machine.
"""
