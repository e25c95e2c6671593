"""Who brings what is dialled: one file a carrier.

A file offers `open_carrier(settings) -> CallCarrier | None`: None when these settings do not configure it; BadSetting
when they do so by half. It needs cases in tests/channels/ussd/carriers/test_<file>.py.
"""
