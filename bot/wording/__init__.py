"""From a kind and its facts to the words of a text or a mail: templates, segments, a business's own words.

Knows nothing of what was asked: may import `bot.reply_kinds` and `bot.sanitizing`, not the rest of `bot`.
"""
