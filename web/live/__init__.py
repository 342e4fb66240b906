"""Live updates: server-sent events for open pages, and how a web process notices changes.

May import `web.http` only. Sends what changed, never a rendered page.
"""
