"""The clock process (`python -m jobs`): the sending loop and all periodic jobs.

The only code that calls the carrier or the mail server, never with a transaction open. May import `bot`,
`models`, `config` and `security`; not `web` or `webhooks`. The packages of jobs do not import one another.
"""
