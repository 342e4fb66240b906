"""Password hashes, the carrier's request signatures, and signed links.

Pure functions below everything: imports no other package of the repository, and no database.
"""
