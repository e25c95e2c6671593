"""The channel of the radio: a consultation as a programme that a small station runs safely.

It has no carrier: what it sends is read by a presenter from a script, and what it hears is written on slips.
"""
