"""The manager's pages of what stands in the shop: the kiosks of a queue, and boards of several."""
