"""Which runner does what a block says: one line a block, as in the language's own registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from callflows.blocks import connect, decide, know, later, measure, route, sound, talk
from callflows.blocks.base import Block
from callflows.registry import EXTENSIONS
from ivr.blocks import decide as deciding
from ivr.blocks import know as knowing
from ivr.blocks import measure as measuring
from ivr.blocks import sound as sounding
from ivr.blocks.callback import CallbackRunner
from ivr.blocks.connect import DialRunner, TransferRunner
from ivr.blocks.listen import CollectRunner, MenuRunner
from ivr.blocks.record import RecordRunner, VoicemailRunner
from ivr.blocks.route import BusyRunner, HangupRunner, LeaveRunner, QueueRunner, RejectRunner, StandingRunner
from ivr.blocks.talk import SayRunner, WaitRunner
from ivr.turn import BlockRunner

_BUILT_IN: Mapping[type[Block], BlockRunner[Any]] = {
    talk.Say: SayRunner(),
    talk.Menu: MenuRunner(),
    talk.Collect: CollectRunner(),
    talk.Wait: WaitRunner(),
    sound.Play: sounding.PlayRunner(),
    sound.Beep: sounding.BeepRunner(),
    sound.Music: sounding.MusicRunner(),
    sound.Record: RecordRunner(),
    decide.Set: deciding.SetRunner(),
    decide.If: deciding.IfRunner(),
    decide.Switch: deciding.SwitchRunner(),
    decide.Hours: deciding.HoursRunner(),
    decide.Goto: deciding.GotoRunner(),
    decide.Call: deciding.CallRunner(),
    decide.Return: deciding.ReturnRunner(),
    decide.Repeat: deciding.RepeatRunner(),
    decide.Split: deciding.SplitRunner(),
    decide.HandOver: deciding.HandOverRunner(),
    know.Http: knowing.HttpRunner(),
    know.Lookup: knowing.LookupRunner(),
    know.Remember: knowing.RememberRunner(),
    know.Recall: knowing.RecallRunner(),
    know.Verify: knowing.VerifyRunner(),
    know.Require: knowing.RequireRunner(),
    measure.Tag: measuring.TagRunner(),
    measure.Survey: measuring.SurveyRunner(),
    measure.Contained: measuring.ContainedRunner(),
    measure.Notify: measuring.NotifyRunner(),
    route.Queue: QueueRunner(),
    route.Leave: LeaveRunner(),
    route.Standing: StandingRunner(),
    connect.Transfer: TransferRunner(),
    connect.Dial: DialRunner(),
    later.Voicemail: VoicemailRunner(),
    later.Callback: CallbackRunner(),
    route.Hangup: HangupRunner(),
    route.Busy: BusyRunner(),
    route.Reject: RejectRunner(),
}

RUNNERS: Mapping[type[Block], BlockRunner[Any]] = {
    **_BUILT_IN,
    **{extension.block: cast("BlockRunner[Any]", extension.runner) for extension in EXTENSIONS},
}
