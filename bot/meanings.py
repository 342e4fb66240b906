"""What a text can mean, and the words that the phone companies keep for themselves. No logic.

What customers write for each meaning stands in the files of bot/words, one for each language.
"""

from enum import StrEnum


class Meaning(StrEnum):
    JOIN = "join"  # without a keyword: whichever queue is open
    STATUS = "status"
    WHEN = "when"  # when it is best to come
    LEAVE = "leave"
    FORGET = "forget"
    LATER = "later"
    MINUTES = "minutes"  # how long before their turn they want to be told
    NUMBER = "number"  # a number alone: minutes, or a rating; the conversation knows
    RATING = "rating"
    HERE = "here"
    COMING = "coming"  # on the way, perhaps with the minutes until they are there
    AGAIN = "again"
    LANGUAGE = "language"
    MENU = "menu"
    OPT_OUT = "opt_out"
    OPT_OUT_AND_LEAVE = "opt_out_and_leave"
    OPT_IN = "opt_in"
    CARRIER_HELP = "carrier_help"
    THANKS = "thanks"  # a courtesy that wants no answer
    CHAT = "chat"  # conversation, meant for a person
    ANSWER = "answer"  # to the queue's question; the conversation knows
    NEAR_MISS = "near_miss"
    NOTHING = "nothing"  # empty, or a picture alone
    UNKNOWN = "unknown"


# The phone companies and the carrier obey and answer these themselves, whatever we do.
CARRIERS_WORDS: dict[str, Meaning] = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "REVOKE", "OPTOUT"), Meaning.OPT_OUT),
    **dict.fromkeys(("CANCEL", "END", "QUIT"), Meaning.OPT_OUT_AND_LEAVE),
    **dict.fromkeys(("START", "UNSTOP", "YES"), Meaning.OPT_IN),
    **dict.fromkeys(("HELP", "INFO"), Meaning.CARRIER_HELP),
}

# What is done at once to somebody, and so never guessed.
DECISIVE = frozenset(
    {
        Meaning.JOIN,
        Meaning.LEAVE,
        Meaning.FORGET,
        Meaning.AGAIN,
        Meaning.OPT_OUT,
        Meaning.OPT_OUT_AND_LEAVE,
        Meaning.OPT_IN,
    }
)
