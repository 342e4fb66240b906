"""Fields of forms that read what people type: a phone, a number."""
