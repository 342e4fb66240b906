"""The domain: tables, and the functions that change them. Standard library and SQLAlchemy only.

Packages from the bottom: `storage` and `waiting`, `people`, `texts`, `queueing`, `delivery` and `statistics`,
`history`, `privacy`. Each imports only packages below it. Nothing here reads the time, talks to the network,
or commits; callers pass `now` and a session.
"""
