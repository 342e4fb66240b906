"""The channels by which a queue may be joined, and whether its texts may fall back to SMS."""

from datetime import datetime

from flask import flash, render_template
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField

from models.people.actors import By
from models.people.addresses import Channel
from models.queueing.setup.queue_settings import change_queue, channels_offered
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from web.manage.guard import manager_blueprint, own_queue
from web.manage.queues.views import change as change_of_queue, to_queue

blueprint = manager_blueprint("manage_queues_channels", "/queues/<keyword>/channels")


class ChannelsForm(FlaskForm):
    sms = BooleanField(Channel.SMS.title)
    whatsapp = BooleanField(Channel.WHATSAPP.title)
    rcs = BooleanField(Channel.RCS.title)
    falls_back_to_sms = BooleanField(_l("Send an SMS instead"))


@blueprint.get("")
def show(keyword: str) -> str:
    with reading() as session:
        queue = own_queue(session, keyword)
        channels = channels_offered(queue)
    form = ChannelsForm(formdata=None, falls_back_to_sms=queue.falls_back_to_sms)
    for channel in channels:
        form[channel.value].data = queue.may_be_joined_by(channel)
    return render_template("web/manage/channels.html", queue=queue, form=form, channels=channels)


@blueprint.post("")
def change(keyword: str) -> Response:
    """Channels that the business has no number on stay as they are: the form does not ask for them."""
    form = ChannelsForm()

    def verb(session: Session, queue: Queue, by: By, now: datetime) -> None:
        asked = channels_offered(queue)
        kept = [
            channel
            for channel in Channel
            if (form[channel.value].data if channel in asked else queue.may_be_joined_by(channel))
        ]
        change_queue(queue, channels=" ".join(kept), falls_back_to_sms=form.falls_back_to_sms.data)

    change_of_queue(keyword, verb)
    flash(_("Channels saved."), "ok")
    return to_queue(keyword)
