"""Who brings and takes text messages: one file a carrier.

A file offers `open_carrier(settings) -> Carrier | None`: None when these settings do not configure it; BadSetting when
they do so by half. It needs cases in tests/channels/carriers/test_<file>.py.
"""
