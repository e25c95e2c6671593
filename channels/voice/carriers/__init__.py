"""Who brings calls: one file a carrier.

A file offers `open_carrier(settings) -> CallCarrier | None`: None when these settings do not configure it; BadSetting
when they do so by half. It needs cases in tests/channels/voice/carriers/test_<file>.py.
"""
