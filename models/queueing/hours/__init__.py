"""Opening hours and holidays, and what closing time means for the line. Imports `line` and `tables` only."""
