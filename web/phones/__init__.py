"""The pretend phones in the browser, used while no carrier is configured.

May import `web.account` and below; not `web.control` or `web.manage`. Texts are posted to the webhook, as
real ones are.
"""
