"""What the commands share: their list and groups, parameter types, which business is meant, short errors.

Knows no command; `flask` gets them by `register`. Whatever does something is in `commands` itself.
"""
