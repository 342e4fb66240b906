"""The manager's pages of how texts are worded, and of the counter's ready answers.

The words themselves are in `templates/`, and what may be said in a business's own words in `bot.wording`.
"""
