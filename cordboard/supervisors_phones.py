"""The phones that may supervise: agents whose role it is, and phones that the configuration names."""

from __future__ import annotations

from api.supervision_routes import SupervisionConflict, SupervisionForbidden
from cordboard.directory import Directory, Reach
from cordboard.live_settings import LiveSettings
from telephony.sip.uri import SipUri


class SupervisorsPhones:
    """Looks them up."""

    def __init__(self, settings: LiveSettings, directory: Directory) -> None:
        self._settings = settings
        self._directory = directory

    def reach(self, phone: str) -> Reach:
        """Where to ring. SupervisionForbidden: it is no supervisor's; SupervisionConflict: it is not there now."""
        named = self._settings.file.supervision.phones.get(phone)
        if named is not None:
            return Reach(SipUri.parse(named), None)
        if phone not in self._supervisors():
            raise SupervisionForbidden(f"{phone} is no supervisor: see role and supervision: phones")
        where = self._directory.reach(phone)
        if where is None:
            raise SupervisionConflict(f"the phone of {phone} is not registered")
        return where

    def only(self) -> str:
        """The one that is meant when none is named. SupervisionConflict: there is none, or more than one."""
        there = [name for name in self._supervisors() if self._directory.reach(name) is not None]
        there += self._settings.file.supervision.phones
        if not there:
            raise SupervisionConflict("no supervisor's phone is registered")
        if len(there) > 1:
            raise SupervisionConflict(f"say which phone: {', '.join(there)}")
        return there[0]

    def _supervisors(self) -> list[str]:
        """As the newest settings have it."""
        return [name for name, each in self._settings.file.agents.items() if each.role == "supervisor"]
