"""The tickets of a long day: who only waits is read and counted together, a visit that has ended once."""
