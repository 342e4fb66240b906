"""What the counter and its customers write to each other: to everybody who waits, and about one ticket."""
