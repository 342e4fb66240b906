"""All tables at once, for migrations and for whoever needs every mapper configured."""

from sqlalchemy import event

from models.alarms import choices, troubles
from models.people import (
    account_mails,
    audit_log,
    browser_sessions,
    business,
    custom_wording,
    customers,
    mailed_links,
    privacy_requests,
    refused_countries,
    servicers,
    texted,
)
from models.people.programs import api_answers, api_keys
from models.queueing import duties
from models.queueing.hours import opening_hours
from models.queueing.line import wait_table
from models.queueing.presses import presses
from models.queueing.tables import boards, events, kiosks, old_keywords, queues, tickets
from models.statistics import daily, monthly, summary_mail
from models.statistics.forecasts import day_forecasts, day_tallies
from models.storage import heartbeats, rate_limits
from models.storage.database import Base
from models.storage.dialects import tell_postgres
from models.texts import canned_replies, inbox, open_questions, outbox, pretend_phones, remarks
from models.webhooks import deliveries, endpoints

# Importing them is what declares their tables.
WITH_TABLES = (
    account_mails,
    api_answers,
    api_keys,
    audit_log,
    boards,
    browser_sessions,
    business,
    canned_replies,
    choices,
    custom_wording,
    customers,
    daily,
    day_forecasts,
    day_tallies,
    deliveries,
    duties,
    endpoints,
    events,
    heartbeats,
    kiosks,
    mailed_links,
    inbox,
    open_questions,
    outbox,
    monthly,
    old_keywords,
    opening_hours,
    presses,
    pretend_phones,
    privacy_requests,
    queues,
    rate_limits,
    refused_countries,
    remarks,
    servicers,
    summary_mail,
    texted,
    tickets,
    troubles,
    wait_table,
)

metadata = Base.metadata
event.listen(metadata, "before_create", tell_postgres)
