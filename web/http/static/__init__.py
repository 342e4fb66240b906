"""The files of `static/`: put together, cut, compressed and kept in memory at the start; and served."""
