"""Programs that act for a business by the API: their keys, and the answers they may ask for again."""
