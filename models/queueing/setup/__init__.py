"""Setting a queue up: its rules and desks, its keywords, who serves it, and what a new business still lacks.

May use the operations beside it; none of them uses this.
"""
