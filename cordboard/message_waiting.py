"""Messages waiting: how many lie in a mailbox, as the phones of those who may hear them show it (RFC 3842).

An agent's mailbox is that agent's; a queue's is every agent's of the queue. Any other has no phone to tell.
"""

from __future__ import annotations

import time

from cordboard.directory import Directory
from recordings.mailboxes import Counts
from telephony.sip.endpoint import SipEndpoint


class MessageWaiting:
    """Tells the user agent, which tells those who have subscribed."""

    def __init__(self, directory: Directory, endpoint: SipEndpoint) -> None:
        self._directory = directory
        self._endpoint = endpoint

    def changed(self, mailbox: str, counts: Counts) -> None:
        """So many messages lie there now."""
        readers = [agent for agent, known in self._directory.agents.items() if mailbox in known.queues]
        now = time.monotonic()
        self._endpoint.user_agent.publish_messages(mailbox, counts.new, counts.old, now, readers=readers)
        self._endpoint.flush()
