"""The manager's pages of webhooks: where events are sent, and what became of each."""
