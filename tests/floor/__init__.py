"""A check that styles and scripts ask no more of browsers than the oldest ones that we support understand.
docs/browsers.md tells which those are."""
