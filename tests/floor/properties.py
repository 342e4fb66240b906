"""The properties of our styles, looked up in MDN's browser compatibility data, as a new one has to be."""

from pathlib import Path

# In Chromium 69 and iOS 12.2.
READ_BY_ALL = set(Path(__file__).with_name("properties.txt").read_text().split())
# Where a browser lacks one of these, everything is still read and pressed.
MISSED_BY_NOBODY = {
    "color-scheme": "the colours of bars and fields by night",
    "overscroll-behavior": "the page scrolls on where a list ends",
    "print-color-adjust": "has its older name beside it",
    "scroll-behavior": "it only stops what moves",
    "scroll-padding": "the focus may have to be scrolled to by hand",
    "scroll-padding-block-end": "as above",
    "text-decoration-thickness": "a thinner line under links",
    "text-size-adjust": "has its older name beside it",
    "text-underline-offset": "a closer line under links",
    "text-wrap": "lines of less even length",
}
