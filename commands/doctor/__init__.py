"""`flask doctor`: `command.py` prints what `storage.py` and `outside.py` find; none changes anything."""
