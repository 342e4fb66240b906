"""Opens the most used pages in old browsers, outside of the tests: see docs/browsers.md."""
