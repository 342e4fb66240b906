"""Random codes that people type on a tablet, or with the remote control of a television."""

import secrets

CODE_LENGTH = 8
# No vowels, so that no code is a word, and nothing that is read as something else.
_LETTERS = "CDFGHJKLMNPQRTVWXY2346789"


def new_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(CODE_LENGTH))
