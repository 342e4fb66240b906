"""The API v1: what programs with a key of the business may ask and do. Every rule is the buttons' own.

No cookie counts here, so no CSRF token is needed; docs/api.md tells how it is used.
"""
