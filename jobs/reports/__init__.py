"""Jobs for figures and mails: daily statistics, summaries with their chart, mails about accounts.

The only code that talks to a mail server (`mail.py`). Does not import the other packages of jobs.
"""
