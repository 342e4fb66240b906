"""Questions about a queue's line: who waits, at which place, how long it will take. Imports `tables` only."""
