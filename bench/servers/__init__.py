"""The running servers that are measured, the baselines beside them, and the clients that load them."""
