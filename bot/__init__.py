"""What a text means, what to answer, and how it is worded.

From below: `wording`, `understanding` (with `words`), `answers`, `joining`; `conversation` chooses, and
`handle_texts` sees to each text once. Imports `models` only: no web framework, no carrier, no reading of the
clock. Never commits or sends.
"""
