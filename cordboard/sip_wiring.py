"""From the settings about trunks and defence to what the rooms want: plain conversions, no decisions."""

from __future__ import annotations

from cordboard.config import CordboardFile
from cordboard.trunk_settings import TrunkSettings
from telephony.calls.numbers import NumberPatterns
from telephony.calls.trunks.model import (
    CallerIdRule,
    HealthRule,
    Identity,
    NumberFormat,
    NumberFrom,
    Shown,
    Trunk,
)
from telephony.sip.defence.gate import Gate, GateConfig
from telephony.sip.defence.networks import LOOPBACK, Network, Networks, parse_network
from telephony.sip.defence.overload import OverloadLimits
from telephony.sip.defence.scanners import SCANNERS
from telephony.sip.defence.sources import Offence, SourceLimits, Sources
from telephony.sip.uri import SipUri


def trunks(settings: CordboardFile) -> list[Trunk]:
    """The trunks as the fleet wants them."""
    return [_trunk(name, trunk, settings.region) for name, trunk in settings.trunks.items()]


def _trunk(name: str, its: TrunkSettings, region: str | None) -> Trunk:
    uri = SipUri.parse(its.uri)
    rule = its.caller_id
    region = its.region or region
    return Trunk(
        name=name,
        uri=uri,
        destination=uri.destination(),
        networks=Networks(parse_network(each) for each in its.networks),
        outgoing=NumberPatterns(dict.fromkeys(its.outgoing, True), region),
        user=its.user,
        login=its.login,
        password=its.password,
        register=its.register_,
        expires_s=round(its.expires),
        priority=its.priority,
        max_calls=its.max_calls,
        calls_rate=its.calls_per_second,
        calls_burst=its.burst,
        region=region,
        number_format=NumberFormat(its.number_format),
        number_from=NumberFrom(its.number_from),
        caller_id=CallerIdRule(Shown(rule.show), rule.number, rule.name, Identity(rule.identity)),
        health=HealthRule(its.check_every, its.down_after, its.up_after),
    )


def exempt(settings: CordboardFile, resolved: frozenset[str] = frozenset()) -> Networks:
    """Who is neither limited nor banned: the settings' networks and the trunks, with the addresses of their names."""
    defence = settings.sip.defence
    named = [*defence.exempt, *resolved]
    for trunk in settings.trunks.values():
        named += trunk.networks
    networks: list[Network] = [parse_network(each.partition("%")[0]) for each in named]
    return Networks([*networks, *(LOOPBACK if defence.exempt_loopback else ())])


def gate(settings: CordboardFile, server_name: str) -> Gate:
    """The gate before the user agent."""
    its, overload = settings.sip.defence, settings.sip.overload
    limits = SourceLimits(
        messages_rate=its.messages_per_second,
        messages_burst=its.messages_burst,
        calls_rate=its.calls_per_second,
        calls_burst=its.calls_burst,
        window_s=its.window,
        offences={
            Offence.SCANNER: 1,
            Offence.FAILED_DIGEST: its.max_wrong_passwords,
            Offence.UNKNOWN_NUMBER: its.max_unknown_numbers,
            Offence.FLOOD: its.max_dropped,
        },
        ban_s=its.ban,
        longest_ban_s=its.longest_ban,
        forgiven_after_s=its.forgiven_after,
        max_sources=its.max_sources,
        max_bans=its.max_sources,
    )
    config = GateConfig(
        sources=limits,
        overload=OverloadLimits(
            lag_high_s=overload.lag_high,
            lag_low_s=overload.lag_low,
            waiting_high=overload.waiting_high,
            waiting_low=overload.waiting_low,
            calm_s=overload.calm,
            retry_after_s=max(1, round(overload.retry_after)),
        ),
        scanners=(*SCANNERS, *its.scanners) if its.ban_scanners else (),
        per_turn=overload.per_turn,
        server=server_name,
    )
    return Gate(config, Sources(limits, exempt(settings)))
