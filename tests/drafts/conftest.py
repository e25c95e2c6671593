"""The hub with people that accounts are tested on."""

from tests.accounts.conftest import house

__all__ = ["house"]
