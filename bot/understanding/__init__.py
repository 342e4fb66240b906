"""What a customer's text means, and what can be a keyword. `understand` is the promise; see engine.py."""

from bot.understanding.deciding import LARGEST_PARTY, LONGEST_NAME, MOST_MINUTES
from bot.understanding.engine import first_clause, understand
from bot.understanding.intent import Intent
from bot.understanding.keyword_rules import is_reserved, keyword_problem, keyword_warning, word_alike
from bot.understanding.normalizing import first_word, normal_keyword, readable

__all__ = [
    "LARGEST_PARTY",
    "LONGEST_NAME",
    "MOST_MINUTES",
    "Intent",
    "first_clause",
    "first_word",
    "is_reserved",
    "keyword_problem",
    "keyword_warning",
    "normal_keyword",
    "readable",
    "understand",
    "word_alike",
]
