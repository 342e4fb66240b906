"""What the counter writes: to everybody waiting, and to one customer; the conversation on a ticket's page."""
