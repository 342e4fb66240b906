"""Texts that take a number: one, or several of a moment together; door codes; who can't join by text.

What people in line text is in `bot.answers`, which this may import, and not the other way round.
"""
