"""The blueprints of the manager's pages, which web/application.py registers."""

from web.manage import api_keys, audit, forget, invite, overview, people, safety, settings, summary
from web.manage.alarms import views as alarms
from web.manage.channels import numbers, of_queue, prices
from web.manage.queues import desks, hours, keywords, views as queues
from web.manage.screens import boards, kiosks
from web.manage.statistics import files, views as statistics
from web.manage.texts import replies, views as texts
from web.manage.webhooks import views as webhooks

PAGES = (
    overview,
    queues,
    keywords,
    hours,
    desks,
    boards,
    kiosks,
    of_queue,
    invite,
    summary,
    safety,
    alarms,
    statistics,
    files,
    texts,
    replies,
    forget,
    api_keys,
    webhooks,
    audit,
    people,
    settings,
    numbers,
    prices,
)
BLUEPRINTS = tuple(page.blueprint for page in PAGES)
