"""A text of signs alone: a question mark, a thumb, a face, or nothing."""

from bot.meanings import Meaning
from bot.understanding.normalizing import Text

COURTEOUS = frozenset("👍👌🙏🙂😊😀😃😄😁☺😉😍🥰😘❤♥💙💚💛🧡💜🖤💕👏💯✅✔🆗🤙🤝💪🎉👋🙌🤗😂🤣😅🥳✌☑👊")
FACES = frozenset(
    (
        *("<3", ":)", ":-)", ";)", ";-)", "(:", "=)", ":]", "^^"),
        *(":D", ":-D", ";D", "=D", ":P", ":-P", "XD", ":O", "XOXO"),
    )
)


def of_signs(text: Text) -> Meaning | None:
    """What they mean; None where there are words."""
    if text.clean.upper() in FACES:
        return Meaning.THANKS
    if text.words:
        return None
    if not text.clean:
        return Meaning.NOTHING
    if any(sign in "?؟" for sign in text.clean):
        return Meaning.STATUS
    return Meaning.THANKS if any(sign in COURTEOUS for sign in text.clean) else Meaning.UNKNOWN
