"""What the server has written down of its live calls for its next run."""

from __future__ import annotations

from contextlib import closing

from msgspec.msgpack import decode

from cordboard.restart.kept_calls import KeptCall
from cordboard.restart.ledger import states_of
from tests.interop.kit.server import Server


def written_calls(server: Server) -> dict[str, str]:
    """State by caller, as it stands on the disk: what came later may be lost in a crash."""
    with closing(states_of(server.data / "cordboard.db", server.data / "live.key")) as disk:
        found = [decode(row.data, type=KeptCall) for row in disk.left() if row.id.startswith("call/")]
    return {kept.call.caller: kept.call.state for kept in found}
