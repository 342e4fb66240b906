"""What texts mean, as tables: each row is something that somebody with an old phone might send."""

import sys

import pytest
from hypothesis import given, strategies as st

from bot.meanings import CARRIERS_WORDS, Meaning
from bot.spelling import distance
from bot.understanding import Intent, keyword_problem, keyword_warning, normal_keyword, readable, understand

KEYWORDS = {"CET236", "BARBER", "DEMO"}


def meaning_of(text: str) -> Meaning:
    return understand(text, KEYWORDS).meaning


@pytest.mark.parametrize(
    ("text", "name", "party"),
    [
        ("CET236", None, None),
        ("cet236", None, None),
        ("  Cet236  ", None, None),
        ("CET236.", None, None),
        ("cet236!!!", None, None),
        ('"Cet236".', None, None),
        ("“CET236”", None, None),
        ("＃cet236", None, None),
        ("#CET236", None, None),
        ("ＣＥＴ２３６", None, None),
        ("cét236", None, None),
        ("CET 236", None, None),
        ("CET-236", None, None),
        ("C.E.T. 236", None, None),
        ("CET236\n", None, None),
        ("CET\x00236", None, None),
        ("\u200eCET236\u200f", None, None),
        ("CET236 👍", None, None),
        ("CET236 Ana", "Ana", None),
        ("CET 236 Ana", "Ana", None),
        ("CET236, Ana", "Ana", None),
        ("CET236-Ana", "Ana", None),
        ("CET236: Ana.", "Ana", None),
        ('"CET236 Ana"', "Ana", None),
        ("CET236\nAna", "Ana", None),
        ("CET236   Ana   Maria", "Ana Maria", None),
        ("CET236 Ana Ana's mother", "Ana Ana's mother", None),
        ("CET236 O'Neil", "O'Neil", None),
        ("CET236 Zoë", "Zoë", None),
        ("CET236 王小明", "王小明", None),
        ("CET236 Анна 3", "Анна", 3),
        ("CET236 Ana 4", "Ana", 4),
        ("cet236 ana,4", "ana", 4),
        ("CET236,Ana,4", "Ana", 4),
        ("CET236 4", None, 4),
        ("CET236 x4", None, 4),
        ("CET236 party of 4", None, 4),
        ("CET236 Ana party of 4", "Ana", 4),
        ("CET236 for 4", None, 4),
        ("CET236 4 people", None, 4),
        ("CET236 0", None, None),
        ("CET236 236", None, None),
        ("CET236 Ana 0", "Ana 0", None),
        ("CET236 Ana 100", "Ana 100", None),
        ("cet236 please", "please", None),
        ("CET236 for Ana and 3 friends", "for Ana and 3 friends", None),
        ("JOIN CET236", None, None),
        ("join cet 236 Ana 4", "Ana", 4),
        ("Join the queue CET236", None, None),
        ("Hi, CET236", None, None),
        ("Hello! I would like to join CET236 Ana", "Ana", None),
        ("Please can I get a number for CET236", None, None),
        ("text CET236", None, None),
    ],
)
def test_a_keyword_takes_a_number_however_it_is_written(text, name, party):
    assert understand(text, KEYWORDS) == Intent(Meaning.JOIN, keyword="CET236", name=name, party=party)


def test_a_name_is_kept_as_it_stands_up_to_forty_characters():
    assert understand("CET236 " + "Ana Maria " * 20, KEYWORDS).name == ("Ana Maria " * 4).strip()


def test_the_longest_keyword_wins_when_one_begins_like_another():
    assert understand("CET 236", {"CET", "CET236"}).keyword == "CET236"
    assert understand("CET 4", {"CET", "CET236"}) == Intent(Meaning.JOIN, keyword="CET", party=4)


@pytest.mark.parametrize(
    ("text", "name", "party"),
    [
        ("JOIN", None, None),
        ("join!", None, None),
        ("Join please", None, None),
        ("join the line", None, None),
        ("can I join", None, None),
        ("JOIN Ana", "Ana", None),
        ("join Ana 4", "Ana", 4),
        ("JOIN 4", None, 4),
        ("take a number", None, None),
    ],
)
def test_join_without_a_keyword_means_whichever_queue_is_open(text, name, party):
    assert understand(text, KEYWORDS) == Intent(Meaning.JOIN, name=name, party=party)


WORDS_OF_OURS = {
    Meaning.STATUS: [
        *(
            "STATUS",
            "status",
            " Status? ",
            "STATUS!",
            "Státus",
            "ＳＴＡＴＵＳ",
            "where",
            "Where?",
            "?",
            "??",
            "？",
            "¿?",
        ),
        *("where am I", "Where am I?", "how long?", "How much longer", "status please", "what's my number?"),
        *("status of Ana", "where do I go", "WHERE ARE YOU"),
    ],
    Meaning.LEAVE: [
        *(
            "LEAVE",
            "leave.",
            "Leave!",
            "OUT",
            "out",
            "leave please",
            "please leave",
            "leave now",
            "leave the queue",
        ),
        *("leave queue", "I want to leave", "I want out", "cancel my spot", "cancel my place in line"),
        *("please cancel", "remove me from the line", "remove me", "leave, thank you"),
    ],
    Meaning.FORGET: ["FORGET", "forget me", "Forget me please"],
    Meaning.LATER: ["LATER", "later", "Later please", "I'm running late", "not yet", "let others go first"],
    Meaning.HERE: ["HERE", "I'm here", "Im here!", "I’m here", "I am here", "arrived"],
    Meaning.AGAIN: ["AGAIN", "again please"],
    Meaning.MENU: ["MENU", "menu?", "help me", "HELP PLEASE", "I need help"],
    Meaning.OPT_OUT: [
        *(
            "STOP",
            "stop",
            "Stop.",
            "STOPALL",
            "stop all",
            "UNSUBSCRIBE",
            "REVOKE",
            "OPTOUT",
            "opt out",
            "Opt-out",
        ),
        *("STOP PLEASE", "please stop", "Stop!!! now", "stop it", "I want to stop", "stop 🛑"),
        *("stop texting me", "Please stop texting me.", "stop sending me messages", "stop these texts"),
        *(
            "don't text me",
            "Do not text me anymore",
            "dont contact me",
            "never text me again",
            "no more texts",
        ),
        *(
            "quit texting me",
            "I would like to opt out of these texts",
            "unsubscribe me please",
            "leave me alone",
        ),
        "I revoke my consent",
    ],
    Meaning.OPT_OUT_AND_LEAVE: ["CANCEL", "cancel", "Cancel.", "END", "QUIT", "remove me from your list"],
    Meaning.OPT_IN: ["START", "start", "UNSTOP", "Yes", "YES!"],
    Meaning.CARRIER_HELP: ["HELP", "help", "Info", "HELP!"],
    Meaning.THANKS: [
        *(
            "OK",
            "ok",
            "Ok.",
            "okay",
            "k",
            "thanks",
            "Thanks!",
            "thank you",
            "Thank you so much!",
            "ty",
            "👍",
            "👍🏽",
        ),
        *(
            "❤️",
            "🙏🙏",
            "ok 👍",
            "OK thanks",
            "ok great, thank you",
            "cool",
            "got it",
            "no thanks",
            "see you later",
            "yes please",
        ),
        *(
            ":)",
            "<3",
            ":D",
            "Liked “You are number 12”",
            'Loved "You are number 12"',
            "👍 to “You are number 12”",
        ),
        "Reacted 👍 to “You are number 12”",
    ],
    Meaning.NOTHING: ["", "   ", "\n", "\x00", "\u200b"],
    Meaning.COMING: [
        "on my way",
        "omw",
        "I'm coming",
        "Be right there!",
        "I'm parking",
        "en camino",
        "j'arrive",
    ],
    Meaning.CHAT: [
        *(
            "hello",
            "no",
            "what is this",
            "stop by at noon",
            "bus stop",
            "don't stop",
            "don't stop texting me",
        ),
        *(
            "out of office until Monday",
            "leave a message",
            "end of line",
            "start the car",
            "come on let us go",
        ),
        *("Sorry I forget", "don't cancel my spot", "please leave me in the queue", "see me at the bar"),
    ],
    Meaning.UNKNOWN: [
        *(
            "Ana",
            "nonstop",
            "!!!",
            "🍕",
            "...",
            "10-15",
            "12:30",
            "1.5",
            "9999",
            "6/5",
            "5/10",
            "lat",
            "asdf qwer",
        ),
        *("JOIN XYZ99", "999 min"),
    ],
}


@pytest.mark.parametrize(
    ("meaning", "text"), [(meaning, text) for meaning, texts in WORDS_OF_OURS.items() for text in texts]
)
def test_words_mean_what_a_customer_means_by_them(meaning, text):
    assert meaning_of(text) == meaning


CONTRACT = {
    "JOIN": Meaning.JOIN,
    "STATUS": Meaning.STATUS,
    "WHERE": Meaning.STATUS,
    "LEAVE": Meaning.LEAVE,
    "OUT": Meaning.LEAVE,
    "FORGET": Meaning.FORGET,
    "LATER": Meaning.LATER,
    "HERE": Meaning.HERE,
    "AGAIN": Meaning.AGAIN,
    "MENU": Meaning.MENU,
    "LANG": Meaning.LANGUAGE,
    **CARRIERS_WORDS,
}


@pytest.mark.parametrize("word", sorted(CONTRACT))
def test_every_word_that_is_promised_is_understood_in_any_case(word):
    assert meaning_of(word.lower()) == meaning_of(word.title()) == meaning_of(f" {word}. ") == CONTRACT[word]


@pytest.mark.parametrize(
    ("text", "meaning", "number"),
    [
        ("leave CET236", Meaning.LEAVE, None),
        ("LEAVE cet-236.", Meaning.LEAVE, None),
        ("leave the CET236 queue please", Meaning.LEAVE, None),
        ("CET236 leave", Meaning.LEAVE, None),
        ("out cet 236", Meaning.LEAVE, None),
        ("cancel CET236", Meaning.LEAVE, None),
        ("status cet236", Meaning.STATUS, None),
        ("status of CET236", Meaning.STATUS, None),
        ("CET236?", Meaning.JOIN, None),
        ("cet236 status", Meaning.STATUS, None),
        ("where am I in CET236", Meaning.STATUS, None),
        ("later CET236", Meaning.LATER, None),
        ("LATER 3 CET236", Meaning.LATER, 3),
        ("later cet236 3", Meaning.LATER, 3),
        ("15 CET236", Meaning.NUMBER, 15),
        ("15 min cet236", Meaning.MINUTES, 15),
        ("here CET236", Meaning.HERE, None),
        ("again cet236", Meaning.AGAIN, None),
        ("stop CET236", Meaning.OPT_OUT, None),
        ("CET236 stop", Meaning.OPT_OUT, None),
        ("stop texting me about CET236", Meaning.OPT_OUT, None),
    ],
)
def test_a_word_with_a_keyword_is_about_that_queue(text, meaning, number):
    assert understand(text, KEYWORDS) == Intent(meaning, keyword="CET236", number=number)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        *(
            ("15 MIN", 15),
            ("15min", 15),
            ("15 mins", 15),
            ("15 minutes", 15),
        ),
        *(
            ("in 15 minutes", 15),
            ("15 min away", 15),
            ("5m", 5),
        ),
    ],
)
def test_minutes_are_a_lead(text, minutes):
    assert understand(text, KEYWORDS) == Intent(Meaning.MINUTES, number=minutes)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("5", 5), ("15", 15), (" 15. ", 15), ("5!", 5), ("１５", 15), ("٥", 5), ("0", 0), ("180", 180)),
        *(("15 please", 15), ("5 thanks", 5)),
    ],
)
def test_a_number_alone_is_minutes_or_a_rating_as_the_conversation_knows(text, number):
    assert understand(text, KEYWORDS) == Intent(Meaning.NUMBER, number=number)


@pytest.mark.parametrize(
    ("text", "rating"),
    [("5/5", 5), ("4 / 5", 4), ("5 stars", 5), ("1 star!", 1), ("3 out of 5", 3), ("3 of 5", 3)],
)
def test_some_numbers_can_only_be_a_rating(text, rating):
    assert understand(text, KEYWORDS) == Intent(Meaning.RATING, number=rating)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(
            ("LANG es", "es"),
            ("lang FR", "fr"),
            ("language español", "es"),
            ("Lang pt-BR", "pt"),
            ("LANG", None),
        ),
        *(("Español", "es"), ("in English please", "en"), ("français", "fr")),
        *(("Deutsch", "de"), ("Französisch", "fr"), ("português", "pt"), ("lang Alemão", "de")),
    ],
)
def test_a_language_is_asked_for(text, language):
    assert understand(text, KEYWORDS) == Intent(Meaning.LANGUAGE, language=language)


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [
        ("CET263", ("CET236",)),  # two digits swapped
        ("CTE236", ("CET236",)),
        ("CET26", ("CET236",)),  # one lost
        ("CET2336", ("CET236",)),  # one too many
        ("CET237", ("CET236",)),  # one wrong
        ("CE236 Ana 4", ("CET236",)),
        ("CTE 236 for Ana and 3 friends", ("CET236",)),
        ("join cet263", ("CET236",)),
        ("join cet263 Ana", ("CET236",)),
        ("СЕТ236", ("CET236",)),  # the same look in Cyrillic letters
        ("CET236Ana", ("CET236",)),
        ("CET", ("CET236",)),
        ("236", ("CET236",)),
        ("barbar", ("BARBER",)),
        ("dmeo", ("DEMO",)),
        ("is CET236 open today?", ("CET236",)),
        ("leave CET263", ("LEAVE CET236",)),
        ("status cet2366", ("STATUS CET236",)),
        ("laeve", ("LEAVE",)),
        ("can I leave now?", ("LEAVE",)),
        ("can I cancel?", ("LEAVE",)),
        ("CET236 can't make it", ("LEAVE CET236",)),
        ("CET236 Will leave", ("LEAVE CET236",)),
    ],
)
def test_a_near_miss_is_asked_about_and_nothing_is_done(text, suggestions):
    assert understand(text, KEYWORDS) == Intent(Meaning.NEAR_MISS, suggestions=suggestions)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("STAUS", Meaning.STATUS),
        ("where am I in the queeu", Meaning.STATUS),
        ("stuck in trafiic", Meaning.LATER),
    ],
)
def test_a_slip_is_understood_where_it_harms_nobody(text, meaning):
    assert meaning_of(text) == meaning


def test_what_erases_is_never_suggested():
    assert understand("forgt", KEYWORDS).suggestions == ()


def test_a_near_miss_of_two_keywords_names_both():
    assert understand("CET238", {"CET236", "CET237"}).suggestions == ("CET236", "CET237")


def test_a_near_miss_of_a_crowd_of_keywords_names_three():
    assert len(understand("CET23", {f"CET23{digit}" for digit in range(10)}).suggestions) == 3


@pytest.mark.parametrize("text", ["A13", "AB", "cat", "x", "B12"])
def test_a_short_keyword_has_no_near_misses(text):
    assert understand(text, {"A12", "CAR", "XY"}).meaning in (Meaning.UNKNOWN, Meaning.CHAT)


def test_no_keywords_at_all_is_no_trouble():
    assert understand("CET236", []).meaning == Meaning.UNKNOWN
    assert understand("JOIN", []) == Intent(Meaning.JOIN)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "x" * 20_000,
            "a " * 10_000,
            "1" * 20_000,
            "\x00" * 20_000,
            "CET236 " + "-, " * 7_000,
            "ﷺ" * 20_000,
        ),
        *(
            "CET 23 " * 3_000,
            "JOIN " * 4_000,
            "stop " * 4_000,
            "'" * 20_000,
            "\u0301" * 20_000,
            "CET236 4 " * 2_000,
        ),
    ],
)
def test_a_text_of_twenty_thousand_characters_costs_no_more_than_one_of_a_few_lines(text):
    understand("how long is the wait", KEYWORDS)
    understand(text, KEYWORDS)  # what is met for the first time is remembered
    assert calls_of(text) < 30_000


@pytest.mark.parametrize(
    "line", ["how long is the wait ", "please cancel my ", "a b c d ", "me llamo ", "no "]
)
def test_twice_the_text_costs_at_most_twice_the_work(line):
    short, long = line * (400 // len(line)), line * (800 // len(line))
    for text in (short, long):
        understand(text, KEYWORDS)
    assert calls_of(long) < 2.4 * calls_of(short)


def calls_of(text: str) -> int:
    """How many calls it takes to understand it, of Python's functions and of C's."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        understand(text, KEYWORDS)
    finally:
        sys.setprofile(None)
    return calls


@given(
    st.text(st.characters(exclude_categories=()), max_size=200),
    st.sets(st.from_regex(r"\A[A-Z0-9]{2,20}\Z"), max_size=5),
)
def test_any_text_whatever_has_a_meaning(text, keywords):
    intent = understand(text, keywords)
    assert intent.meaning in Meaning
    assert intent.keyword is None or intent.keyword in keywords
    assert intent.name is None or 0 < len(intent.name) <= 40
    assert intent.party is None or 1 <= intent.party <= 99
    assert "\x00" not in (intent.name or "")
    (intent.name or "").encode()  # no half characters


@given(
    st.sampled_from(sorted(KEYWORDS)), st.sampled_from([" ", ".", "!", "?", '"', "\t", "…"]), st.booleans()
)
def test_signs_around_a_keyword_change_nothing(keyword, sign, small):
    text = sign + (keyword.lower() if small else keyword) + sign
    assert understand(text, KEYWORDS) == Intent(Meaning.JOIN, keyword=keyword)


@given(st.text("ABC1", max_size=6), st.text("ABC1", max_size=6))
def test_distance_counts_swaps_as_one_slip_and_is_symmetric(a, b):
    assert distance(a, b, 6) == distance(b, a, 6)
    assert (distance(a, b, 6) == 0) == (a == b)
    for i in range(len(a) - 1):
        swapped = a[:i] + a[i + 1] + a[i] + a[i + 2 :]
        assert distance(a, swapped, 6) <= 1


# Keywords ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("cet236", "CET236"),
        (" CET-236 ", "CET236"),
        ("ｃｅｔ２３６", "CET236"),
        ("café", "CAFE"),
        ("#1Barber", "1BARBER"),
    ],
)
def test_a_keyword_is_kept_in_capitals_without_signs_and_accents(text, keyword):
    assert normal_keyword(text) == keyword


@pytest.mark.parametrize("keyword", ["CET236", "cet236", "Barber", "A1", "2A", "café", "X" * 20, "LEAVES"])
def test_a_plain_word_can_be_a_keyword(keyword):
    assert keyword_problem(keyword) is None


@pytest.mark.parametrize(
    ("keyword", "says"),
    [
        *(("", "empty"), ("   ", "empty"), ("A", "2 to 20"), ("X" * 21, "2 to 20")),
        *(("CET 236", "without spaces"), ("CET-236", "without spaces"), ("Анна", "A to Z"), ("👍", "A to Z")),
        *(("236", "minutes"), ("15min", "minutes"), ("15M", "minutes"), ("２３６", "minutes")),
        *(
            (word, "in passing")
            for word in ("go", "come", "yeah", "oh", "next", "what", "my", "done", "wait")
        ),
        *(
            (word, "in passing")
            for word in ("hola", "bon", "oui", "ja", "sim", "gracias", "danke", "lol", "home")
        ),
        *(("please", "in passing"), ("Hello", "in passing"), ("cool", "in passing"), ("xD", "in passing")),
    ],
)
def test_a_keyword_that_would_not_work_is_refused_with_the_reason(keyword, says):
    assert says in keyword_problem(keyword)


@pytest.mark.parametrize("word", sorted(CONTRACT))
def test_no_reserved_word_can_be_a_keyword(word):
    problem = keyword_problem(word.lower())
    assert problem.startswith(f"{word} can't be a keyword")
    assert ("phone companies" in problem) == (word in CARRIERS_WORDS)


@given(st.text(max_size=30))
def test_a_keyword_without_a_problem_is_understood_as_joining(keyword):
    if keyword_problem(keyword) is None:
        kept = normal_keyword(keyword)
        assert understand(keyword, {kept}) == Intent(Meaning.JOIN, keyword=kept)


@given(st.from_regex(r"\A[A-Z0-9]{2,8}\Z"))
def test_every_accepted_code_takes_a_number(keyword):
    if keyword_problem(keyword) is None:
        assert understand(f"{keyword} Ana 4", {keyword}) == Intent(
            Meaning.JOIN, keyword=keyword, name="Ana", party=4
        )


@pytest.mark.parametrize(
    ("keyword", "others", "says"),
    [
        ("CET236", ["CET237"], "differs from CET237 by one slip"),
        ("LEAVES", [], "one slip from LEAVE"),
        ("CET236", ["BARBER"], None),
    ],
)
def test_a_keyword_one_slip_from_another_word_is_warned_about(keyword, others, says):
    warning = keyword_warning(keyword, others)
    assert (says in warning) if says else warning is None


@pytest.mark.parametrize(
    ("text", "party", "name", "said"),
    [
        ("CET236 Ana", None, "Ana", (False, False)),
        ("CET236 my name is Ana", None, "Ana", (True, False)),
        ("CET236 party of 1", 1, None, (False, True)),
        ("hi it's Ana, CET236", None, "Ana", (True, False)),
        ("CET236 para 3 personas", 3, None, (False, True)),
        ("CET236 Ana 4", 4, "Ana", (False, False)),
    ],
)
def test_a_name_that_is_said_is_told_from_words_behind_a_keyword(text, party, name, said):
    intent = understand(text, KEYWORDS)
    assert (intent.meaning, intent.name, intent.party) == (Meaning.JOIN, name, party)
    assert (intent.said_name, intent.said_party) == said


@pytest.mark.parametrize(
    ("text", "exact"), [("STOP", True), (" stop\n", True), ("STOP.", False), ("ARRET", False)]
)
def test_the_carriers_word_alone_is_told_from_other_words(text, exact):
    intent = understand(text, KEYWORDS)
    assert (intent.meaning, intent.exact) == (Meaning.OPT_OUT, exact)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(
            ("ya llegué", "es"),
            ("j'arrive", "fr"),
            ("já cheguei", "pt"),
            ("ich bin da", "de"),
            ("I'm here", "en"),
        ),
        *(("Hola CET236", "es"), ("CET236", None), ("LEAVE", None), ("15", None), ("STATUS CET236", None)),
    ],
)
def test_the_language_of_a_text_is_known_where_it_says_enough(text, language):
    assert understand(text, KEYWORDS).wrote_in == language


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        *(("yes please", True), ("sí", True), ("oui", True), ("sim", True), ("ja", True)),
        *(("no", False), ("nein", False), ("LEAVE", None)),
    ],
)
def test_a_yes_or_a_no_is_known_in_every_language(text, answer):
    assert understand(text, KEYWORDS).answer is answer


def test_a_language_decides_a_word_that_means_two_things():
    assert understand("hier", KEYWORDS, "de").meaning == Meaning.HERE
    assert understand("hier", KEYWORDS, "fr").meaning != Meaning.HERE


@pytest.mark.parametrize(
    "text",
    [
        *("LEAVE\nSent from my iPhone", "LEAVE\nAna Lopes\nLisbon", "LEAVE!!! thank you so much"),
        *("LEAVE\n\nEnviado desde mi iPhone", "Leave\n--\nAna"),
    ],
)
def test_the_first_line_counts(text):
    assert meaning_of(text) == Meaning.LEAVE


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Liked “You are number 12”",
            "Liked an image",
            "Le gustó “Eres el número 12”",
            "Le encantó una imagen",
        ),
        *("A aimé « Vous êtes le numéro 12 »", "Gostou de “Você é o número 12”", "Adorou uma foto"),
        *("Hat „Sie sind Nummer 12“ mit ❤️ reagiert", "Reagierte mit 👍 auf „Sie sind Nummer 12“"),
        *("Reaccionó con 👍 a “Eres el número 12”", "A réagi avec 👍 à « Vous êtes le numéro 12 »"),
        *(
            "Removed a like from “You are number 12”",
            "👍 to “You are number 12”",
            "Reagiu com 😂 a “Você é o 12”",
        ),
    ],
)
def test_a_reaction_wants_no_answer(text):
    assert meaning_of(text) == Meaning.THANKS


def test_readable_text_is_one_line_without_what_nobody_typed():
    assert readable("  An\x00a\u202e \r\n B\ud800 ") == "Ana B"
