"""What pages cost: to the server, to a phone that paints them, and until a change is seen on each."""
