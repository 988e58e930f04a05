"""What Phase 2 values look like on the wire of the official client, and back.

Shapes as the client and its users know them: docs/reference/p2.md names the sources.
Times that come without a zone are UTC; absent keys mean "unchanged".
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from dfs.foundation.errors import UserError
from dfs.plugin import (
    AbsoluteInterval,
    ConstraintDefinition,
    InstrumentPackage,
    Membership,
    ObservationBlock,
    SiderealInterval,
    Target,
    TemplateParameter,
    TemplateSignature,
)
from dfs.preparation.errors import BAD_VALUE
from dfs.preparation.model import BlockTime, Item, ItemKind
from dfs.preparation.service.too import Trigger
from dfs.programmes.model import BlockedTime, GrantedTarget, Run

Json = dict[str, Any]

_TARGET: Final = {
    "name": "name",
    "ra": "ra",
    "dec": "dec",
    "equinox": "equinox",
    "epoch": "epoch",
    "properMotionRa": "proper_motion_ra_arcsec_yr",
    "properMotionDec": "proper_motion_dec_arcsec_yr",
    "differentialRa": "differential_ra_arcsec_s",
    "differentialDec": "differential_dec_arcsec_s",
}
_DESCRIPTION: Final = {
    "name": "description_name",
    "userComments": "user_comments",
    "instrumentComments": "instrument_comments",
}


def run(found: Run, root_id: int, item_count: int, package_version: str) -> Json:
    """Write a run; `package_version` is empty where no plugin serves the instrument."""
    return {
        "runId": found.id,
        "progId": found.code,
        "title": found.title,
        "period": found.period,
        "scheduledPeriod": found.scheduled_period,
        "mode": found.mode,
        "instrument": found.instrument,
        "telescope": found.telescope,
        "ipVersion": _version(package_version),
        "isToO": found.is_too,
        "owned": found.owned,
        "delegated": found.delegated,
        "itemCount": item_count,
        "containerId": root_id,
        "pi": {
            "emailAddress": found.pi.email,
            "firstName": found.pi.name.rpartition(" ")[0],
            "lastName": found.pi.name.rpartition(" ")[2],
        },
        "observingConstraints": dict(found.constraints),
    }


def granted_target(target: GrantedTarget) -> Json:
    """Write a target of Phase 1."""
    return {
        "name": target.name,
        "ra": _sexagesimal(target.ra_deg / 15, signed=False),
        "dec": _sexagesimal(target.dec_deg, signed=True),
        "equinox": "J2000",
    }


def blocked_time(time: BlockedTime) -> Json:
    """Write when a run must not be observed."""
    return {"from": _moment(time.start), "to": _moment(time.end), "reason": time.reason}


def item(found: Item) -> Json:
    """Write a member of a container."""
    if found.kind in {ItemKind.OB, ItemKind.CB}:
        return {
            "itemType": found.kind,
            "obId": found.id,
            "name": found.name,
            "obStatus": found.status,
            "runId": found.run_id,
            "parentContainerId": found.parent_id,
            "userPriority": found.user_priority,
            "exposureTime": round(found.exposure_s),
            "executionTime": round(found.execution_s or 0),
        }
    return container(found)


def container(found: Item) -> Json:
    """Write a container without its members."""
    common = {
        "containerId": found.id,
        "itemType": found.kind,
        "name": found.name,
        "runId": found.run_id,
        "parentContainerId": found.parent_id,
        "itemCount": found.item_count,
    }
    if found.kind is ItemKind.FOLDER:
        return common
    return common | {
        "containerStatus": found.status,
        "groupScore": found.group_score,
        "userPriority": found.user_priority,
    }


def summary(found: Item) -> Json:
    """Write a block with what a list of blocks shows of it."""
    return item(found) | {
        "targetName": found.target_name,
        "templateCount": found.template_count,
        "absoluteTimeConstraintCount": found.interval_count,
        **membership(found.membership),
    }


def block(found: Item, content: ObservationBlock, *, migrate: bool) -> Json:
    """Write a block without its templates, intervals and files."""
    document: Json = {
        "obId": found.id,
        "itemType": found.kind,
        "name": content.name,
        "obStatus": found.status,
        "instrument": content.instrument,
        "ipVersion": _version(content.package_version),
        "migrate": migrate,
        "runId": found.run_id,
        "parentContainerId": found.parent_id,
        "userPriority": content.user_priority,
        "exposureTime": round(found.exposure_s),
        "executionTime": round(found.execution_s or 0),
        "obsDescription": {key: getattr(content, name) for key, name in _DESCRIPTION.items()},
        "calibrationRequirements": content.calibration_requirements,
        "constraints": {"name": content.constraint_set_name, **content.constraints},
    }
    if content.target is not None:
        document["target"] = {key: getattr(content.target, name) for key, name in _TARGET.items()}
    return document


def block_changes(document: Mapping[str, Any], current: ObservationBlock) -> dict[str, Any]:
    """Read what a client wants to change of a block, in the words of the contract."""
    changes: dict[str, Any] = {
        name: document[key]
        for key, name in (
            ("name", "name"),
            ("userPriority", "user_priority"),
            ("calibrationRequirements", "calibration_requirements"),
        )
        if key in document
    }
    description = _part(document, "obsDescription")
    changes |= {name: description[key] for key, name in _DESCRIPTION.items() if key in description}
    if target := _part(document, "target"):
        given = {name: target[key] for key, name in _TARGET.items() if key in target}
        changes["target"] = (current.target or Target()).model_dump() | given
    constraints = dict(_part(document, "constraints"))
    if "name" in constraints:
        changes["constraint_set_name"] = constraints.pop("name")
    if constraints:
        changes["constraints"] = {**current.constraints, **constraints}
    return changes


def _part(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = document.get(key)
    if part is None:
        return {}
    if not isinstance(part, Mapping):
        raise UserError(BAD_VALUE, "it is not an object", where=key)
    return part


def template(identifier: int, signature: TemplateSignature, values: Mapping[str, Any]) -> Json:
    """Write a template that is filled in."""
    return {
        "templateId": identifier,
        "templateName": signature.name,
        "type": signature.kind,
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type,
                "value": values.get(parameter.name),
            }
            for parameter in signature.parameters
        ],
    }


def signature(found: TemplateSignature, package: InstrumentPackage) -> Json:
    """Write what a template asks for."""
    return {
        "templateName": found.name,
        "type": found.kind,
        "title": found.title,
        "instrument": package.instrume,
        "ipVersion": _version(package.version),
        "parameters": [_parameter(parameter) for parameter in found.parameters],
    }


def _parameter(parameter: TemplateParameter) -> Json:
    return {
        "name": parameter.name,
        "type": parameter.type,
        "label": parameter.label,
        "minihelp": parameter.help,
        "unit": parameter.unit,
        "default": parameter.default,
        "allowedValues": list(parameter.choices),
        "ranges": [{"min": one.minimum, "max": one.maximum} for one in parameter.ranges],
        "minLength": parameter.minimum_length,
        "maxLength": parameter.maximum_length,
        "fixed": parameter.fixed,
        "hidden": parameter.hidden,
        "source": parameter.source,
    }


def constraint(found: ConstraintDefinition) -> Json:
    """Write what a constraint may be."""
    return {
        "name": found.name,
        "label": found.label,
        "minihelp": found.help,
        "unit": found.unit,
        "default": found.default,
        "allowedValues": list(found.choices),
        "ranges": [{"min": one.minimum, "max": one.maximum} for one in found.ranges],
        "sense": found.sense,
        "source": found.source,
    }


def same_version(one: str, other: str) -> bool:
    """Tell whether two spellings are one number."""
    return _version(one) == _version(other)


def execution_time(found: BlockTime) -> Json:
    """Write how long a block takes; what is unknown is null."""
    return {
        "obId": found.item_id,
        "exposureTime": round(found.exposure_s),
        "executionTime": None if found.total_s is None else round(found.total_s),
        "parts": [part.model_dump(mode="json") for part in found.parts],
    }


# ── Time ────────────────────────────────────────────────────────────────────


def absolute_intervals(intervals: Iterable[AbsoluteInterval]) -> list[Json]:
    """Write when an observation may start."""
    return [{"from": _moment(each.start), "to": _moment(each.end)} for each in intervals]


def read_absolute_intervals(document: Sequence[Mapping[str, Any]]) -> list[AbsoluteInterval]:
    """Read when an observation may start; every ISO spelling is understood.

    Raises
    ------
    UserError
        An entry is no interval; its path begins with ``[i]``.
    """
    return [
        AbsoluteInterval(
            start=_read_moment(each, "from", index), end=_read_moment(each, "to", index)
        )
        for index, each in enumerate(document)
    ]


def _moment(moment: dt.datetime) -> str:
    whole = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return whole.isoformat(timespec="auto" if whole.second or whole.microsecond else "minutes")


def _read_moment(entry: Mapping[str, Any], key: str, index: int) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(entry[key])
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            BAD_VALUE,
            f"{entry.get(key)!r} is no date and time; write YYYY-MM-DDTHH:MM, UTC",
            where=f"[{index}].{key}",
        ) from error
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def sidereal_intervals(intervals: Iterable[SiderealInterval]) -> list[Json]:
    """Write between which sidereal times an observation must lie."""
    return [{"from": _clock(each.start_min), "to": _clock(each.end_min)} for each in intervals]


def read_sidereal_intervals(document: Sequence[Mapping[str, Any]]) -> list[SiderealInterval]:
    """Read between which sidereal times an observation must lie.

    Raises
    ------
    UserError
        An entry is no interval; its path begins with ``[i]``.
    """
    return [
        SiderealInterval(
            start_min=_read_clock(each, "from", index), end_min=_read_clock(each, "to", index)
        )
        for index, each in enumerate(document)
    ]


def _clock(minutes: float) -> str:
    seconds = round(minutes * 60)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    return f"{text}:{seconds % 60:02d}" if seconds % 60 else text


def _read_clock(entry: Mapping[str, Any], key: str, index: int) -> float:
    given = entry.get(key)
    found = re.fullmatch(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d)(?:\.\d*)?)?", str(given))
    minutes = (
        int(found[1]) * 60 + int(found[2]) + int(found[3] or 0) / 60 if found else float("inf")
    )
    if minutes > 1440:
        raise UserError(
            BAD_VALUE,
            f"{given!r} is no sidereal time; write HH:MM from 00:00 to 24:00",
            where=f"[{index}].{key}",
        )
    return minutes


# ── Scheduling ──────────────────────────────────────────────────────────────


def membership(found: Membership) -> Json:
    """Write what a container says of a member; relative windows in seconds."""
    earliest, latest = found.earliest_after_previous, found.latest_after_previous
    return {
        "groupContribution": found.contribution,
        "earliestAfterPrevious": None if earliest is None else earliest.total_seconds(),
        "latestAfterPrevious": None if latest is None else latest.total_seconds(),
    }


def membership_changes(document: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a client wants to change of a membership.

    Raises
    ------
    UserError
        A value is no number.
    """
    changes: dict[str, Any] = {}
    if "groupContribution" in document:
        changes["contribution"] = _number(document, "groupContribution")
    for key, name in (
        ("earliestAfterPrevious", "earliest_after_previous"),
        ("latestAfterPrevious", "latest_after_previous"),
    ):
        if key in document:
            seconds = None if document[key] is None else _number(document, key)
            changes[name] = None if seconds is None else dt.timedelta(seconds=seconds)
    return changes


def _number(document: Mapping[str, Any], key: str) -> float:
    given = document[key]
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) < 1e9:
        raise UserError(BAD_VALUE, f"{given!r} is not a number that can be meant", where=key)
    return float(given)


def trigger(made: Trigger) -> Json:
    """Write what was asked for."""
    return {
        "triggerId": made.id,
        "containerId": made.item_id,
        "triggeredAt": _moment(made.at),
        "executeBefore": _moment(made.deadline),
        "triggersLeft": made.left,
    }


def scheduling(found: Item) -> Json:
    """Write what a container says of a block, and what of the block is shown with it."""
    return membership(found.membership) | {
        "targetName": found.target_name,
        "userPriority": found.user_priority,
    }


# ── Small things ────────────────────────────────────────────────────────────


def _version(version: str) -> float | str | None:
    """Write a version as clients expect it, a number where it is one."""
    try:
        return float(version) if version else None
    except ValueError:
        return version


def _sexagesimal(value: float, *, signed: bool) -> str:
    milliseconds = round(abs(value) * 3_600_000)
    seconds, milli = divmod(milliseconds, 1000)
    sign = ("-" if value < 0 else "+") if signed else ""
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milli:03d}"
