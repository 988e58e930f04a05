"""Every request that was recorded of the official client is answered as it expects.

The ids in the recorded paths and bodies are exchanged for those of things that exist; all
else is sent as it was recorded, body-less requests with their body ``null`` among it.
"""

from __future__ import annotations

import json
import re
from io import BytesIO

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.shared_data]

NOT_OURS = ("/p2fc", "/grrmapi")
"""Side services of the observatory that are no part of Phase 2 (docs/reference/p2.md)."""

CREATED = 201
DONE = 204
ANSWERS = {
    "createOB": CREATED,
    "createCB": CREATED,
    "createItem": CREATED,
    "createFolder": CREATED,
    "createGroup": CREATED,
    "createTimeLink": CREATED,
    "createConcatenation": CREATED,
    "duplicateOB": CREATED,
    "duplicateTemplate": CREATED,
    "duplicateFindingChart": CREATED,
    "deleteOB": DONE,
    "deleteContainer": DONE,
    "deleteTemplate": DONE,
    "deleteEphemerisFile": DONE,
    "deleteFindingChart": DONE,
    "moveOB": DONE,
    "moveCB": DONE,
    "moveFolder": DONE,
    "moveGroup": DONE,
    "moveTimeLink": DONE,
    "moveConcatenation": DONE,
    "reviseOB": DONE,
    "reviseContainer": DONE,
}
"""Statuses other than 200."""

REFUSED = {
    "addFindingChart": (400, "preparation.chart"),  # the recorded chart is the letter x
    "saveEphemerisFile": (400, "preparation.ephemeris"),  # the recorded one is JSON
    "saveReadme": (400, "preparation.value"),  # the recorded section r does not exist
    "saveSiderealTimeConstraints": (400, "preparation.value"),  # the recorded times are dates
    "saveTemplate": (400, "preparation.unknown-parameter"),  # the recorded parameter is A
    "setTemplateParams": (400, "preparation.unknown-parameter"),
    "getFileParam": (400, "preparation.unknown-parameter"),  # UVES has no file parameter
    "saveFileParam": (412, "preparation.stale"),  # so that no version of it can be known
    "createTemplate": (404, "preparation.unknown-template"),  # the recorded template is N
    "submitRun": (409, "preparation.nothing-to-submit"),
    "triggerToO": (403, "preparation.not-too"),  # the run is no target of opportunity
    "saveExecutionSequence": (409, "preparation.no-night"),  # there is no night yet
}
"""What is refused, and rightly: the recorded bodies are placeholders."""


@pytest.fixture(scope="module")
def captured(shared_data):
    path = shared_data / "phase12/json/client_request_capture.json"
    return [
        one
        for one in json.loads(path.read_text("utf-8"))
        if one["client"].startswith("p2api") and not one["path"].startswith(NOT_OURS)
    ]


def test_recorded_requests_replay(server, api, runs, captured):
    import requests

    assert len(captured) > 70
    problems = []
    for one in captured:
        made = Made(api, runs, one["method"])
        path = made.path(one["path"])
        sent = {"Authorization": f"Bearer {api.access_token}"}
        if one["http"] in {"PUT", "DELETE"} and "if-match" in one["headers"]:
            current = requests.get(server.url + path, headers=sent, timeout=30)
            sent["If-Match"] = current.headers.get("ETag", '"0"')
        for name in ("content-type", "content-disposition"):
            if name in one["headers"]:
                sent[name] = one["headers"][name]
        answer = requests.request(
            one["http"], server.url + path, data=made.body(one), headers=sent, timeout=30
        )
        problems += [f"{one['method']} {one['http']} {path}: {p}" for p in wrong(one, answer)]
    assert not problems, "\n".join(problems)


def wrong(one, answer):
    """Say what the client would stumble over."""
    kind = answer.headers.get("Content-Type", "")
    if not kind:
        yield "no Content-Type"
    is_json = kind == "application/json"
    if is_json:
        answer.json()
    status, code = REFUSED.get(one["method"], (ANSWERS.get(one["method"], 200), ""))
    if answer.status_code != status:
        yield f"{answer.status_code}, not {status}: {answer.text[:200]}"
    elif status >= 400 and answer.json().get("code") != code:
        yield f"{answer.json()}, not {code}"
    elif status == DONE and (is_json or answer.content):
        yield "an empty answer is no JSON"
    elif one["http"] == "PUT" and answer.ok and "ETag" not in answer.headers:
        yield "no ETag"


class Made:
    """Things that the recorded request can be about."""

    def __init__(self, api, runs, method):
        self.run = runs["U"]["runId"]
        folder, _ = api.createFolder(runs["U"]["containerId"], "captured")
        self.folder = folder["containerId"]
        self.ob = api.createOB(self.folder, "captured")[0]["obId"]
        self.other = api.createOB(runs["U"]["containerId"], "other")[0]["obId"]
        acquisition = api.createTemplate(self.ob, "UVES_blue_acq_slit")[0]
        science, version = api.createTemplate(self.ob, "UVES_blue_obs_exp")
        self.template = science["templateId"]
        self.order = [acquisition["templateId"], self.template]
        self.method = method
        self.container = self.folder
        self.moved = None
        if "FindingChart" in method and method != "addFindingChart":
            api.session.post(
                f"{api.apiUrl}/obsBlocks/{self.ob}/findingCharts",
                data=jpeg(),
                headers={
                    "Authorization": f"Bearer {api.access_token}",
                    "Content-Type": "image/jpeg",
                    "Content-Disposition": 'inline; filename="fc.jpg"',
                },
            )
        if method in {"verifyOB", "reviseOB", "verifyContainer", "reviseContainer"}:
            self._certify(api, science, version)
        if method.startswith("move"):
            self._prepare_move(api, runs, method.removeprefix("move"))
        if method in {
            "deleteContainer",
            "getContainerSchedulingInfo",
            "saveContainerSchedulingInfo",
        }:
            group = api.createGroup(self.folder, "around")[0]["containerId"]
            self.container = api.createConcatenation(group, "inside")[0]["containerId"]

    def _certify(self, api, science, version):
        unset = {p["name"] for p in science["parameters"] if p["value"] is None}
        api.setTemplateParams(self.ob, science, dict.fromkeys(unset, 10), version)
        ob, version = api.getOB(self.ob)
        ob["target"] |= {"name": "NGC 104", "ra": "00:24:05.359", "dec": "-72:04:53.20"}
        api.saveOB(ob, version)
        if self.method.endswith("Container"):
            self.container = api.createGroup(self.folder, "group")[0]["containerId"]
            api.moveOB(self.ob, self.container)
        if self.method != "verifyOB":
            api.verifyOB(self.ob, True)
        if self.method == "reviseContainer":
            api.verifyContainer(self.container, True)

    def _prepare_move(self, api, runs, kind):
        root = runs["U"]["containerId"]
        made = getattr(api, f"create{kind}")(root, "moved")[0]
        self.moved = made.get("obId") or made.get("containerId")

    def path(self, path):
        path = path.removeprefix("/p2")
        path = re.sub(r"/obsRuns/\d+", f"/obsRuns/{self.run}", path)
        path = re.sub(r"/containers/\d+", f"/containers/{self.container}", path)
        path = re.sub(r"/obsBlocks/\d+", f"/obsBlocks/{self.ob}", path)
        return re.sub(r"/templates/\d+", f"/templates/{self.template}", path)

    def body(self, one):
        if one["headers"].get("content-type") != "application/json":
            return one["body"]
        body = json.loads(one["body"])
        if self.method == "reorderItems":
            body = [{"itemType": "OB", "obId": self.ob}]
        elif self.method == "reorderTemplates":
            body = [{"templateId": template} for template in self.order]
        elif self.method == "duplicateFindingChart":
            body["obId"] = self.other
        elif self.moved is not None:
            body["obId" if "obId" in body else "containerId"] = self.moved
        return json.dumps(body)


def jpeg():
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (16, 16), "white").save(out, "JPEG")
    return out.getvalue()
