"""What stands in the shop: boards of one queue or several, what they say aloud, the poster and the kiosk."""
