"""Queues, their tickets, and every verb on them.

Three levels, each importing only those below it: plain rows (`queues`, `tickets`, `events`), questions about
the line (`line`, `waits`), and verbs, one file per family (`calling`, `ending`, `moving`, …). A verb changes
rows, appends its event and puts texts into the outbox; it never commits, sends or reads a clock.
"""
