"""Commands for queues that are there: `flask queue open|close|list|hours`, and `flask holiday`."""
