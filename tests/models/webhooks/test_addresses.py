"""Which addresses a webhook may have: public ones by https, and those that the installation names."""

import pytest

from models.webhooks.addresses import is_public, url_problem

LOCAL = ("127.0.0.1:9000", "receiver.local")


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example.com/hooks",
        "https://shop.example.com:8443/hooks?key=1",
        "https://xn--bcher-kva.example/",
        "https://93.184.215.14/",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
    ],
)
def test_a_public_address_by_https_is_good(url: str) -> None:
    assert url_problem(url, ()) is None


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://127.0.0.1/", "not_https"),
        ("http://[::1]/", "not_https"),
        ("http://shop.example.com/", "not_https"),
        ("https://127.0.0.1/", "not_public"),
        ("https://[::1]/", "not_public"),
        ("https://[::ffff:10.0.0.1]/", "not_public"),
        ("https://169.254.169.254/latest/meta-data", "not_public"),
        ("https://168.63.129.16/", "not_public"),
        ("https://10.0.0.1/", "not_public"),
        ("https://2130706433/", "not_public"),
        ("https://0x7f.0.0.1/", "not_public"),
        ("https://localhost/", "not_public"),
        ("https://printer/", "not_public"),
        ("https://printer.local/", "not_public"),
        ("https://metadata.google.internal/", "not_public"),
        ("https://metadata.google.internal./", "not_public"),
        ("https://shop.example.com:22/", "port"),
        ("https://shop.example.com:0/", "not_an_address"),
        ("https://shop.example.com:99999/", "not_an_address"),
        ("https://me:secret@shop.example.com/", "with_password"),
        ("https://shop.example.com@127.0.0.1/", "with_password"),
        ("https://shop.example.com\\@127.0.0.1/", "not_an_address"),
        ("https://shop.example.com/a b", "not_an_address"),
        ("https://shop.example.com/#x", "not_an_address"),
        ("https://bücher.example/", "not_an_address"),
        ("ftp://shop.example.com/", "not_an_address"),
        ("shop.example.com", "not_an_address"),
        ("https:///hooks", "not_an_address"),
        ("https://[::1/", "not_an_address"),
        ("https://shop.example.com/" + "x" * 500, "not_an_address"),
    ],
)
def test_no_other_address_is(url: str, problem: str) -> None:
    assert url_problem(url, LOCAL) == problem


def test_whom_the_installation_names_is_good_also_by_http_and_by_no_other_port() -> None:
    assert url_problem("http://127.0.0.1:9000/hooks", LOCAL) is None
    assert url_problem("http://receiver.local:81/", LOCAL) is None
    assert url_problem("http://127.0.0.1:9001/hooks", LOCAL) == "not_https"
    assert url_problem("http://127.0.0.1:9000@10.0.0.1/", LOCAL) == "with_password"


INNER = """
    0.0.0.0 10.1.2.3 100.64.0.1 127.9.9.9 169.254.169.254 172.16.0.1 192.168.1.1 192.0.2.1
    192.0.0.1 192.0.0.9 192.0.0.192 3fff::1 5f00::1
    192.88.99.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 168.63.129.16 :: ::1
    ::ffff:127.0.0.1 ::ffff:192.168.1.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 2001::1
    2001:db8::1 2002:7f00:1:: fc00::1 fd00:ec2::254 fe80::1%eth0 fec0::1 ff02::1
"""


@pytest.mark.parametrize("number", INNER.split())
def test_numbers_of_inner_networks_are_not_public(number: str) -> None:
    assert not is_public(number)


@pytest.mark.parametrize("number", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_numbers_of_the_internet_are(number: str) -> None:
    assert is_public(number)
