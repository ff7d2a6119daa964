"""The live flows as the API shows and changes them. Serves `api.flow_routes.FlowSystem`; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from api.flow_routes import FlowConflict
from api.flow_schema import (
    ApplyOrder,
    FlowChangeView,
    FlowHistory,
    FlowPlanView,
    FlowSwitchView,
    FlowView,
    RollbackOrder,
)
from cordboard.live_flows import FlowPlan, LiveFlows, NotApplied


class FlowViews:
    """Live flows, looked at and changed from outside."""

    def __init__(self, live: LiveFlows) -> None:
        self._live = live

    def flows(self) -> Sequence[FlowView]:
        """Those that new calls get."""
        live = self._live
        return [
            FlowView(
                name=name, version=flow.version, numbers=live.numbers_of(name), calls=live.calls_in(name)
            )
            for name, flow in sorted(live.items())
        ]

    async def flow_history(self, name: str) -> FlowHistory | None:
        """What was live of a flow."""
        switches = await self._live.switches(name)
        if not switches:
            return None
        views = tuple(FlowSwitchView(at=s.at, version=s.version, why=s.why) for s in switches)
        return FlowHistory(flow=name, switches=views)

    async def apply_flows(self, order: ApplyOrder) -> FlowPlanView:
        """Apply the folder, or say what that would do."""
        plan = await self._live.plan()
        if order.expect is not None and not plan.problems:
            found = {change.flow: change.after for change in plan.changes}
            if found != dict(order.expect):
                raise FlowConflict("the folder is not what it was when it was looked at: look again")
        return await self._carry_out(plan, "applied", dry_run=order.dry_run)

    async def roll_back_flow(self, order: RollbackOrder) -> FlowPlanView:
        """Go back, or say what that would do."""
        try:
            plan = await self._live.plan_back(order.flow, order.version)
        except NotApplied as error:
            raise FlowConflict(str(error)) from error
        return await self._carry_out(plan, "rolled back", dry_run=order.dry_run)

    async def _carry_out(self, plan: FlowPlan, why: str, *, dry_run: bool) -> FlowPlanView:
        applied = not dry_run and not plan.problems and bool(plan.changes)
        if applied:
            try:
                await self._live.apply(plan, why)
            except NotApplied as error:
                raise FlowConflict(str(error)) from error
        return FlowPlanView(
            applied=applied,
            changes=tuple(
                FlowChangeView(
                    flow=change.flow,
                    before=change.before,
                    after=change.after,
                    difference=change.difference,
                    numbers=change.numbers,
                    handed_over_by=change.handed_over_by,
                    calls=change.calls,
                )
                for change in plan.changes
            ),
            problems=tuple(problem.render() for problem in plan.problems),
        )
