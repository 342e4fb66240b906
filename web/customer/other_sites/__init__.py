"""What a shop's own site shows of a queue: figures as JSON, a badge, and a page for a frame."""
