"""Styles and scripts are cached for a year and compressed."""

import gzip
import re

import pytest
from flask import Flask

from tests.web.visitor import Visitor
from web.http.static.style_sheets import FOLDER


def address(app: Flask, filename: str) -> str:
    with app.test_request_context():
        from_page = app.jinja_env.from_string("{{ url_for('static', filename=name) }}")
        return from_page.render(name=filename)


def test_a_file_is_kept_for_a_year_under_the_address_of_its_version(app: Flask) -> None:
    answer = app.test_client().get(address(app, "js/live.js"))
    assert answer.data == (FOLDER / "js/live.js").read_bytes()
    assert answer.mimetype == "text/javascript"
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_scripts_find_one_another_beside_themselves_under_the_same_version(app: Flask) -> None:
    refresh = address(app, "js/refresh.js")
    for name in re.findall(r'from "\./(\w+\.js)"', (FOLDER / "js/refresh.js").read_text()):
        answer = app.test_client().get(refresh.replace("refresh.js", name))
        assert answer.status_code == 200
        assert answer.mimetype == "text/javascript"
        assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_a_page_from_before_an_update_gets_the_file_and_does_not_keep_it(app: Flask) -> None:
    answer = app.test_client().get("/static/0ld/style.css")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_large_file_is_compressed_for_browsers_that_accept_it(app: Flask) -> None:
    style = address(app, "style.css")
    small = app.test_client().get(style, headers={"Accept-Encoding": "gzip, br"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in small.headers["Vary"]
    whole = app.test_client().get(style)
    assert "Content-Encoding" not in whole.headers
    assert gzip.decompress(small.data) == whole.data


def test_no_other_file_is_served(app: Flask) -> None:
    for name in ("nothing.css", "../app.py", "..%2fapp.py", "", "js"):
        assert app.test_client().get(f"/static/1/{name}").status_code == 404


@pytest.mark.parametrize("path", ["style.css", "/q/CET236/page.png", "/static/0ld/style.css"])
def test_nothing_that_a_cache_may_keep_carries_anybodys_session(
    app: Flask, rosas: Visitor, path: str
) -> None:
    with rosas.client.session_transaction() as session:
        session.permanent = True  # as after signing in
    assert "Set-Cookie" in rosas.client.get("/account").headers, "a session is prolonged by each page"
    answer = rosas.client.get(path if path.startswith("/") else address(app, path))
    assert answer.status_code == 200
    assert "no-store" not in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers


def test_a_file_that_is_not_there_is_kept_by_no_cache(rosas: Visitor) -> None:
    with rosas.client.session_transaction() as session:
        session.permanent = True
    answer = rosas.client.get("/static/0123456789/nothing.css")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
