"""Signing in and accounts: sign-up, sessions, passwords, mailed links, unsubscribing.

May import `web.customer` and below. Mails are queued in `models.people.account_mails`, never sent here.
"""
