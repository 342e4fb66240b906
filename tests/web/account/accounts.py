"""Passwords, accounts and what is said of links that are over."""

from flask import Flask

from models.people.servicers import Servicer
from models.storage.database import reading
from security.passwords import hash_password
from tests.web.visitor import Visitor

PASSWORD, NEW = "correct horse battery", "another good one"
HASH = hash_password(PASSWORD)
OVER = "This link has expired"


def servicer(email: str) -> Servicer | None:
    with reading() as session:
        return Servicer.by_email(session, email)


def can_sign_in(app: Flask, email: str, password: str) -> bool:
    visitor = Visitor(app)
    visitor.open("/login?next=/account")
    visitor.press("Sign in", email=email, password=password)
    return visitor.page.path == "/account"
