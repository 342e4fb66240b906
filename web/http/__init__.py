"""What all pages share: access rules, headers, hosts, errors, request ids, languages, times, the server.

The lowest package of `web`: imports no other one, and has no pages of its own.
"""
