"""The manager's pages: queues, desks, hours, people, settings, statistics, texts, audit log.

May import `web.account` and below; not `web.control` or `web.phones`.
"""
