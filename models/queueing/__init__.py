"""Queues, their tickets, and every operation on them.

From below: `tables` (rows), `line` and `hours` (questions), the operations, one file per family (`numbers`,
`calling`, `moving`, `ending` …), `setup` (a queue's rules, keywords and staff), `presses` (buttons and Undo),
`counter` (what a servicer's page reads). An operation changes rows, appends its event and puts texts into the
outbox; it never commits, sends or reads a clock.
"""
