"""Every request that was recorded of the official client is answered as it expects."""

from __future__ import annotations

import json
import re

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.shared_data]

NOT_OURS = ("/p2fc", "/grrmapi")
"""Side services of the observatory that are no part of Phase 2 (docs/reference/p2.md)."""


@pytest.fixture(scope="module")
def captured(shared_data):
    path = shared_data / "phase12/json/client_request_capture.json"
    return [
        one
        for one in json.loads(path.read_text("utf-8"))
        if one["client"].startswith("p2api") and not one["path"].startswith(NOT_OURS)
    ]


def test_recorded_requests_replay(server, api, runs, captured, tmp_path):
    import requests

    headers = {"Authorization": f"Bearer {api.access_token}"}
    problems = []
    for one in captured:
        made = prepare(api, runs)
        path = replaced(one["path"], made)
        sent = headers | version_header(server, one, path, headers)
        kind = one["headers"].get("content-type")
        if kind:
            sent["Content-Type"] = kind
        if disposition := one["headers"].get("content-disposition"):
            sent["Content-Disposition"] = disposition
        answer = requests.request(
            one["http"], server.url + path, data=body(one, made), headers=sent, timeout=30
        )
        if "Content-Type" not in answer.headers:
            problems.append(f"{one['method']}: no Content-Type")
        if not answer.ok and one["method"] not in EXPECTED_REFUSALS:
            problems.append(f"{one['method']}: {answer.status_code} {answer.text[:160]}")
        if answer.ok and answer.headers["Content-Type"].startswith("application/json"):
            answer.json()
    assert not problems, "\n".join(problems)


EXPECTED_REFUSALS = {
    "addFindingChart": "the recorded chart is no JPEG",
    "saveEphemerisFile": "the recorded ephemeris is none",
    "saveExecutionSequence": "there is no night yet",
    "saveReadme": "the recorded README has no section of ours",
    "saveAbsoluteTimeConstraints": "",
    "saveSiderealTimeConstraints": "the recorded sidereal times are dates",
    "submitRun": "nothing is certified",
    "triggerToO": "the run is no target of opportunity",
    "deleteContainer": "",
    "getFileParam": "the recorded parameter is none of this template",
    "saveFileParam": "the recorded parameter is none of this template",
    "saveTemplate": "the recorded parameter is none of this template",
    "setTemplateParams": "the recorded parameter is none of this template",
    "createTemplate": "the recorded template is none",
}


def prepare(api, runs):
    root = runs["U"]["containerId"]
    folder, _ = api.createFolder(root, "captured")
    inside = folder["containerId"]
    ob, _ = api.createOB(inside, "captured")
    template, _ = api.createTemplate(ob["obId"], "UVES_blue_acq_slit")
    return {"run": runs["U"]["runId"], "container": inside, "ob": ob["obId"], "template": template["templateId"]}


def replaced(path, made):
    path = path.removeprefix("/p2")
    path = re.sub(r"/obsRuns/\d+", f"/obsRuns/{made['run']}", path)
    path = re.sub(r"/containers/\d+", f"/containers/{made['container']}", path)
    path = re.sub(r"/obsBlocks/\d+", f"/obsBlocks/{made['ob']}", path)
    return re.sub(r"/templates/\d+", f"/templates/{made['template']}", path)


def body(one, made):
    return one["body"]


def version_header(server, one, path, headers):
    import requests

    if one["http"] not in {"PUT", "DELETE"} or "if-match" not in one["headers"]:
        return {}
    current = requests.get(server.url + path, headers=headers, timeout=30)
    return {"If-Match": current.headers.get("ETag", '"0"')}
