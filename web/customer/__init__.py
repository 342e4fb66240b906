"""Pages for customers and visitors, without sign-in: queue, ticket, board, poster, home, privacy.

May import `web.live`, `web.operations` and `web.http`.
"""
