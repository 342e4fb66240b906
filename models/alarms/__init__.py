"""What a manager wants to be told of while it can still be helped, and what of that is wrong now.

May import `models.delivery`, `models.queueing` and below. Looks at queues and numbers; changes only its own
rows, and puts mails and texts into their outboxes.
"""
