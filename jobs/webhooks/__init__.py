"""The job that sends webhooks: it fills their outbox from the event log, signs, posts, and tries again.

Has threads of its own, so that no text waits for another program. Does not import the other packages of jobs.
"""
