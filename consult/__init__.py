"""Consult: structured consultations over SMS, telephone and radio, safe for the women who answer."""

__version__ = "0.1.0"
