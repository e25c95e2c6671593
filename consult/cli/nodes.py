"""`consult node`: everything about field nodes, at the hub and on the node itself."""

from __future__ import annotations

from consult.cli import belonging
from consult.cli.commands import Commands, command


def add(commands: Commands) -> None:
    """Declare node and its duties."""
    node = command(
        commands,
        "node",
        "field nodes: join, carry, list, revoke",
        None,
        "consult node enrol village",
        "consult node list",
    )
    duties: Commands = node.add_subparsers(metavar="DUTY", required=True)
    belonging.declare(duties)
