"""People who only wait, nearly everybody in a long line: read and counted together."""
