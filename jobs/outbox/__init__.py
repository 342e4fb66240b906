"""Jobs that talk to the carrier: sending texts, settling unknown ones, and finding texts the webhook missed.

Only `twilio_carrier.py` imports Twilio's client. Does not import the other packages of jobs.
"""
