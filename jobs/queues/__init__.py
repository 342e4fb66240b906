"""Jobs that keep queues going: nearly-up texts, no-shows, opening hours, day end, duties, wait estimates.

They talk to nobody outside the database. Do not import the other packages of jobs.
"""
