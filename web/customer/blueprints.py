"""The blueprints of the customer's and the public pages, which web/application.py registers."""

from web.customer import home, own_data, privacy, queue, ticket
from web.customer.blueprint import blueprint
from web.customer.other_sites import views as other_sites
from web.customer.screens import board_and_poster, boards, kiosk

ON_ONE_BLUEPRINT = (queue, ticket, own_data)  # importing them adds their views to it

BLUEPRINTS = (
    blueprint,
    board_and_poster.blueprint,
    boards.blueprint,
    home.blueprint,
    kiosk.blueprint,
    other_sites.blueprint,
    privacy.blueprint,
)
