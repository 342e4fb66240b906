"""The baseline: a Flask route that takes the same POST and always gives the same answer."""

from flask import Flask, Response, request

app = Flask(__name__)
WORDS = "You are number 12 for Haircuts. 3 people ahead of you. The wait is about 10-25 min."
ANSWER = f"<Response><Message>{WORDS}</Message></Response>"


@app.post("/webhooks/sms")
def answer() -> Response:
    request.form.get("Body")
    return Response(ANSWER, mimetype="text/xml")
