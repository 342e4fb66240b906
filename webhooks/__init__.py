"""The carrier's webhooks: incoming texts and delivery reports. Imports bot/ and models/, never web/."""
