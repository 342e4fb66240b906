"""The manager's pages of channels: by which of them a queue is joined, and the business's numbers on them."""
