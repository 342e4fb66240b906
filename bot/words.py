"""The one table of the words that customers text, and the vocabulary around them. English; no logic.

Everything is written as texts are compared: capitals and digits, without accents, signs or apostrophes.
"""

import re
from enum import StrEnum


class Meaning(StrEnum):
    JOIN = "join"  # without a keyword: whichever queue is open
    STATUS = "status"
    LEAVE = "leave"
    FORGET = "forget"
    LATER = "later"
    MINUTES = "minutes"  # how long before their turn they want to be told
    NUMBER = "number"  # a number alone: minutes, or a rating; the conversation knows
    RATING = "rating"
    HERE = "here"
    AGAIN = "again"
    LANGUAGE = "language"
    MENU = "menu"
    OPT_OUT = "opt_out"
    OPT_OUT_AND_LEAVE = "opt_out_and_leave"
    OPT_IN = "opt_in"
    CARRIER_HELP = "carrier_help"
    THANKS = "thanks"  # a courtesy that wants no answer
    NEAR_MISS = "near_miss"
    NOTHING = "nothing"  # empty, or a picture alone
    UNKNOWN = "unknown"


def _all(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


def _phrases(*lines: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for line in lines for phrase in line.split(","))


# Single words of this table can't be keywords; phrases must be the whole text, politeness aside.
WORDS: dict[str, Meaning] = {
    phrase: meaning
    for meaning, phrases in {
        Meaning.JOIN: _phrases("JOIN, JOIN IN, TAKE A NUMBER, GET A NUMBER"),
        Meaning.STATUS: _phrases(
            "STATUS, WHERE, WHERE AM I, HOW LONG, HOW LONG IS THE WAIT, HOW MUCH LONGER, HOW MANY AHEAD",
            "MY NUMBER, WHATS MY NUMBER, WHAT IS MY NUMBER, MY PLACE, WHATS MY PLACE, WHAT IS MY PLACE",
        ),
        Meaning.LEAVE: _phrases(
            "LEAVE, OUT, IM LEAVING, I AM LEAVING, IM OUT, REMOVE ME, TAKE ME OUT, TAKE ME OFF",
            "TAKE ME OFF THE LIST",
        ),
        Meaning.FORGET: _phrases("FORGET, FORGET ME, ERASE ME, ERASE MY NUMBER, DELETE MY NUMBER"),
        # Told first, and done only when it is said again: so it may be guessed.
        Meaning.LATER: _phrases(
            "LATER, MAYBE LATER, NOT YET, MORE TIME, LET OTHERS GO FIRST, LET SOMEONE GO FIRST, RUNNING LATE",
            "IM RUNNING LATE, I AM RUNNING LATE, IM LATE, I AM LATE, ILL BE LATE, I WILL BE LATE",
        ),
        Meaning.HERE: _phrases(
            "HERE, ARRIVED, IM HERE, I AM HERE, WE ARE HERE, WERE HERE, IVE ARRIVED, I HAVE ARRIVED"
        ),
        Meaning.AGAIN: _phrases("AGAIN"),
        Meaning.LANGUAGE: _phrases("LANG, LANGUAGE"),
        Meaning.MENU: _phrases("MENU, COMMANDS, HELP ME, WHAT CAN I TEXT, WHAT CAN I SAY"),
        Meaning.OPT_OUT: _phrases(
            "STOP, STOPALL, UNSUBSCRIBE, REVOKE, OPTOUT, STOP ALL, OPT OUT, OPT ME OUT",
            "LEAVE ME ALONE, GO AWAY",
        ),
        Meaning.OPT_OUT_AND_LEAVE: _phrases(
            "CANCEL, END, QUIT, REMOVE ME FROM YOUR LIST, TAKE ME OFF YOUR LIST"
        ),
        Meaning.OPT_IN: _phrases("START, UNSTOP, YES"),
        Meaning.CARRIER_HELP: _phrases("HELP, INFO"),
        Meaning.THANKS: _phrases(
            "OK, OKAY, THANKS, THX, THANK YOU, GOT IT, WILL DO, NO PROBLEM, NO WORRIES",
            "ON MY WAY, SEE YOU SOON, SEE YOU LATER, SEE YOU",
        ),
    }.items()
    for phrase in phrases
}
RESERVED = frozenset(phrase for phrase in WORDS if " " not in phrase)

# The phone companies and the carrier obey and answer these themselves, whatever we do.
CARRIERS_WORDS = _all("STOP STOPALL UNSUBSCRIBE REVOKE OPTOUT CANCEL END QUIT START UNSTOP YES HELP INFO")

# "CET236 leave" and "leave CET236" are about that queue. Any other words after a keyword are a name.
ABOUT_A_QUEUE = frozenset(
    {
        Meaning.STATUS,
        Meaning.LEAVE,
        Meaning.FORGET,
        Meaning.LATER,
        Meaning.HERE,
        Meaning.AGAIN,
        Meaning.OPT_OUT,
        Meaning.OPT_OUT_AND_LEAVE,
    }
)

# Words that may stand around the one that counts.
GREETINGS = _all("HI HELLO HEY PLEASE PLS PLZ KINDLY SORRY SO AND ALSO")
WISHES = GREETINGS | _all("I ID WE WANT WANNA TO WOULD LIKE NEED CAN COULD YOU MAY JUST MUST GET ME US")
FAREWELLS = GREETINGS | _all("NOW THANKS THANK YOU THX TY TODAY")
BEFORE_A_KEYWORD = WISHES | _all(
    "JOIN TEXT SEND KEYWORD ADD PUT IN ON UP SIGN FOR THE A LINE QUEUE NUMBER TAKE"
)
BESIDE_A_KEYWORD = _all("QUEUE LINE FOR OF FROM IN THE")
LEAVING = _all("LEAVE OUT CANCEL QUIT REMOVE")
WHAT_IS_LEFT = GREETINGS | _all(
    "THE THIS MY OUR A OF FROM IN FOR ME US QUEUE LINE LIST PLACE SPOT NUMBER TICKET TURN WAITING NOW"
)

COURTESIES = _all(
    "OK OKAY OKI K KK THANKS THANK THX TNX TY TYSM CHEERS GREAT COOL PERFECT FINE GOOD NICE ALRIGHT AWESOME",
    "LOVELY GOTCHA GRACIAS MERCI OBRIGADO OBRIGADA DANKE NP BYE OMW",
)
COURTEOUS = COURTESIES | _all(
    "YOU IT GOT SO MUCH VERY A LOT SOUNDS NO PROBLEM ALL WILL DO MANY THATS THAT IS"
)
COURTEOUS_SIGNS = frozenset("👍👌🙏🙂😊😀😃😄😁☺😉😍🥰😘❤♥💙💚💛🧡💜🖤💕👏💯✅✔🆗🤙🤝💪🎉👋🙌🤗")
FACES = _all("<3 :D :-D ;D :P :-P XD :O :) :-) ;) ;-) (: ^^")
# Phones without reactions get them as a text: Liked "You are number 12 ...", or: 👍 to "You are ...".
REACTION = re.compile(
    r"(?:(?:dis)?liked|loved|laughed at|emphasi[sz]ed|questioned|reacted .{1,20} to|removed an? .{1,30} from"
    r"|[^\w\"“]{1,12}to)\s*[“\"«]",
    re.IGNORECASE,
)

# Stopping in one's own words: a text of nothing but these words with one of the first set, or a "don't"
# and a word for texts. So "stop by at noon" and "bus stop" stop nothing.
STOPPING = _all("STOP STOPALL UNSUBSCRIBE REVOKE OPTOUT")
REFUSING = _all("DONT NOT NO NEVER WITHOUT REMOVE DELETE QUIT CANCEL END")
TEXTING = _all(
    "TEXT TEXTS TEXTING MESSAGE MESSAGES MESSAGING SMS CONTACT CONTACTING NOTIFICATIONS ALERTS SPAM"
)
ABOUT_TEXTS = (
    STOPPING
    | REFUSING
    | TEXTING
    | FAREWELLS
    | WISHES
    | _all("SENDING SEND SENT CALLING CALL SPAMMING BOTHERING ALL ANY ANYMORE MORE DO IT THIS THAT THESE")
    | _all("THOSE THE MY YOUR FROM OF PHONE NUMBER LIST OPT OUT CONSENT WITH ABOUT EVER AGAIN FURTHER")
)

# Nobody should join by a word that people write in passing.
ORDINARY = BEFORE_A_KEYWORD | FAREWELLS | COURTEOUS

# A language may be asked for by its name alone.
LANGUAGES = {
    **dict.fromkeys(("ENGLISH", "INGLES", "ANGLAIS", "ENGLISCH"), "en"),
    **dict.fromkeys(("SPANISH", "ESPANOL", "CASTELLANO", "ESPAGNOL", "ESPANHOL", "SPANISCH"), "es"),
    **dict.fromkeys(("FRENCH", "FRANCAIS", "FRANCES", "FRANZOSISCH"), "fr"),
    **dict.fromkeys(("PORTUGUESE", "PORTUGUES", "PORTUGAIS", "PORTUGIESISCH"), "pt"),
    **dict.fromkeys(("GERMAN", "DEUTSCH", "ALEMAN", "ALLEMAND", "ALEMAO"), "de"),
}
RATING = re.compile(r"\W*([1-5]) ?(?:/ ?5|(?:out )?of 5|stars?)\W*", re.IGNORECASE)
MINUTES = re.compile(r"([0-9]{1,4})(?:M|MIN|MINS|MINUTE|MINUTES)?")
