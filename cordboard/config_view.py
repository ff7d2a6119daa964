"""The configuration as the API changes it. Serves `api.config_routes.ConfigSystem`; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping

from api.config_routes import ConfigConflict
from api.config_schema import ConfigChangeView, ConfigOrder, ConfigPlanView, TouchedContact
from cordboard.live_call import LiveCall
from cordboard.live_configuration import ConfigurationPlan, LiveConfiguration, NotApplied


class ConfigViews:
    """Plans shown and carried out. `calls` are the live ones, to say who waits."""

    def __init__(self, live: LiveConfiguration, calls: Mapping[str, LiveCall]) -> None:
        self._live = live
        self._calls = calls

    async def apply_config(self, order: ConfigOrder) -> ConfigPlanView:
        """Apply the folder, or say what that would do."""
        plan = await self._live.plan(order.move)
        if order.dry_run or plan.problems:
            return self._view(plan, applied=False)
        if order.expect is not None and order.expect != plan.version:
            raise ConfigConflict("the folder is not what it was when it was looked at: look again")
        try:
            return self._view(await self._live.apply(plan, order.move), applied=True)
        except NotApplied as error:
            raise ConfigConflict(str(error)) from error

    def _view(self, plan: ConfigurationPlan, *, applied: bool) -> ConfigPlanView:
        router = plan.router
        if router is None:
            return ConfigPlanView(applied=False, version="", problems=plan.problems)
        return ConfigPlanView(
            applied=applied,
            version=plan.version,
            changes=tuple(
                ConfigChangeView(about=each.about, what=each.what, before=each.before, after=each.after)
                for each in router.changes
            ),
            contacts=tuple(self._contact(each) for each in router.touched_contacts),
            agents=router.touched_agents,
            restart=plan.restart,
            problems=plan.problems,
        )

    def _contact(self, contact: str) -> TouchedContact:
        call = self._calls.get(contact)
        if call is None:
            return TouchedContact(id=contact, caller="a callback", queue="")
        return TouchedContact(id=contact, caller=call.caller, queue=call.queue or "")
