"""What a text means, what to answer, and how it is worded.

Imports `models` only: no web framework, no carrier, no reading of the clock. Never commits or sends.
"""
