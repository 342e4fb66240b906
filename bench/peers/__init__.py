"""Other open queues, run from clones, that do the same work as ours."""
