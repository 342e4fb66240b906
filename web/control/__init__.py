"""The control pages for servicers: the line, the buttons, a ticket's page, walk-ins, messages.

May import `web.account` and below; not `web.manage` or `web.phones`. The rules are in `models.queueing`.
"""
