"""The blueprints of signing in, accounts and mailed links, which web/application.py registers."""

from web.account import account, mailed_links, proof, signing_in, unsubscribe

BLUEPRINTS = (
    signing_in.blueprint,
    account.blueprint,
    mailed_links.blueprint,
    proof.blueprint,
    unsubscribe.blueprint,
)

# Mail programs send no session and no CSRF token: these addresses are signed.
MAIL_PROGRAMS_POST_TO = ("web.account.unsubscribe.stop",)
