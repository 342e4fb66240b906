"""Two boards and a kiosk left running for seven days: python -m tests.browser.seven_days

The clock of the browsers is faked, so that seven days pass in minutes; the product and its database are real.
People take numbers, are called, called again and served; each day the server is restarted, and the network is
gone for half an hour; at night everything stands still, and the boards reload themselves. After every event a
board must show what the database says, and have said what was called, in order. Memory is measured after
garbage collection. Ends with 1 if anything was wrong.
"""
