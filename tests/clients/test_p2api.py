"""The unmodified official client prepares observations."""

from __future__ import annotations

import io
import zipfile

import pytest

pytestmark = pytest.mark.clients


def jpeg(path, size=(64, 48)):
    from PIL import Image

    Image.new("RGB", size, "white").save(path, "JPEG")
    return str(path)


EPHEMERIS = "PAF.HDR.START\nPAF.HDR.END\n" + "".join(
    f'INS.EPHEM.RECORD "2026-12-0{day}T00:00:00.0000, 2461375.5, 10 00 00.0, -20 00 00.0, 0.0, '
    '0.0, 14.0, 0.0, *"\n'
    for day in (1, 2, 3)
)
SLIT = "UVES_blue_acq_slit"
EXPOSE = "UVES_blue_obs_exp"


def make_ob(api, container, name="OB 1"):
    """Prepare an OB that can be observed."""
    ob, version = api.createOB(container, name)
    api.createTemplate(ob["obId"], SLIT)
    science, science_version = api.createTemplate(ob["obId"], EXPOSE)
    unset = {p["name"] for p in science["parameters"] if p["value"] is None}
    api.setTemplateParams(ob["obId"], science, dict.fromkeys(unset, 10), science_version)
    ob["target"] |= {"name": "NGC 104", "ra": "00:24:05.359", "dec": "-72:04:53.20"}
    ob["constraints"]["airmass"] = 2.0
    return api.saveOB(ob, version)


def test_the_runs_are_ones_own(api, runs, server):
    assert set(runs) == {"U", "V", "F", "N", "P", "B"}
    assert runs["U"]["observingConstraints"] == {"seeing": 2.0}
    mine, _ = api.getRun(runs["U"]["runId"])
    assert mine["pi"]["lastName"] == "Person"
    stranger = server.connect("stranger")
    theirs, _ = stranger.getRuns()
    assert [run["progId"] for run in theirs] == ["61.A-0001(A)"]
    with pytest.raises(Exception, match="no such") as refused:
        stranger.getRun(runs["U"]["runId"])
    assert refused.value.code == 404 if hasattr(refused.value, "code") else True


def test_a_wrong_password_is_refused(server):
    from p2api import p2api

    server.connect()
    with pytest.raises(p2api.P2Error):
        p2api.ApiConnection("dfs", "pi", "wrong password")


def test_an_ob_is_made_verified_certified_revised_and_deleted(api, runs):
    root = runs["U"]["containerId"]
    folder, _ = api.createFolder(root, "Life of an OB")
    ob, version = make_ob(api, folder["containerId"])
    assert ob["obStatus"] == "P"
    assert ob["constraints"]["airmass"] == 2.0
    assert {"airmass", "skyTransparency", "fli", "seeing", "moonDistance", "twilight"} <= set(
        ob["constraints"]
    )
    complete, _ = api.getOBCompletelyFilledIn(ob["obId"])
    assert complete == {"complete": True}
    answer, _ = api.verifyOB(ob["obId"], False)
    assert answer["observable"], answer["messages"]
    answer, _ = api.verifyOB(ob["obId"], True)
    certified, version = api.getOB(ob["obId"])
    assert certified["obStatus"] == "D"
    with pytest.raises(Exception, match=r"status|certified"):
        api.saveOB(certified, version)
    api.reviseOB(ob["obId"])
    revised, version = api.getOB(ob["obId"])
    assert revised["obStatus"] == "P"
    api.deleteOB(ob["obId"], version)
    empty, _ = api.getItems(folder["containerId"])
    assert empty == []


def test_a_stale_version_is_told_apart(api, runs):
    from p2api import p2api

    ob, first = api.createOB(runs["U"]["containerId"], "Stale")
    ob["userPriority"] = 3
    saved, second = api.saveOB(ob, first)
    assert (saved["userPriority"], first == second) == (3, False)
    with pytest.raises(p2api.P2Error) as stale:
        api.saveOB(ob, first)
    assert stale.value.args[0] == 412


def test_saving_an_ob_survives_what_other_clients_do_between(api, runs):
    """The behaviour that all known clients need of ETags."""
    ob, version = api.createOB(runs["U"]["containerId"], "ETags")
    api.createTemplate(ob["obId"], SLIT)
    science, science_version = api.createTemplate(ob["obId"], EXPOSE)
    ob["userPriority"] = 2
    ob, version = api.saveOB(ob, version)  # the OB's ETag does not cover its templates
    api.verifyOB(ob["obId"], False)
    science, _ = api.setTemplateParams(ob["obId"], science, {}, science_version)
    _, times = api.getAbsoluteTimeConstraints(ob["obId"])
    api.saveAbsoluteTimeConstraints(
        ob["obId"], [{"from": "2026-12-01T00:00", "to": "2026-12-02T00:00"}], times
    )
    api.deleteOB(ob["obId"], version)  # nor its time constraints


def test_every_kind_of_container_is_made_moved_reordered_and_deleted(api, runs):
    root = runs["U"]["containerId"]
    folder, _ = api.createFolder(root, "All containers")
    inside = folder["containerId"]
    group, _ = api.createGroup(inside, "Group")
    chain, _ = api.createConcatenation(inside, "Concatenation")
    link, _ = api.createTimeLink(inside, "Time link")
    order, version = api.getItems(inside)
    assert [item["itemType"] for item in order] == ["Group", "Concatenation", "TimeLink"]
    reordered, _ = api.reorderItems(inside, order[::-1], version)
    assert [item["itemType"] for item in reordered] == ["TimeLink", "Concatenation", "Group"]
    api.moveConcatenation(chain["containerId"], group["containerId"])
    inner, _ = api.getItems(group["containerId"])
    assert [item["containerId"] for item in inner] == [chain["containerId"]]
    with pytest.raises(Exception, match="hold"):
        api.moveGroup(group["containerId"], link["containerId"])
    info, info_version = api.getContainerSchedulingInfo(chain["containerId"])
    info["groupContribution"] = 50
    saved, _ = api.saveContainerSchedulingInfo(chain["containerId"], info, info_version)
    assert saved["groupContribution"] == 50
    renamed, renamed_version = api.getContainer(group["containerId"])
    renamed["userPriority"] = 7
    renamed, _ = api.saveContainer(renamed, renamed_version)
    assert renamed["userPriority"] == 7
    for container in (chain, group, link, folder):
        _, version = api.getContainer(container["containerId"])
        api.deleteContainer(container["containerId"], version)


def test_visitors_have_no_scheduling_containers(api, runs):
    with pytest.raises(Exception, match=r"visitor|service"):
        api.createGroup(runs["V"]["containerId"], "Group")


def test_a_time_link_is_scheduled_and_certified_as_a_whole(api, runs):
    link, _ = api.createTimeLink(runs["U"]["containerId"], "Monitor")
    ids = [make_ob(api, link["containerId"], f"Epoch {number}")[0]["obId"] for number in (1, 2)]
    info, version = api.getOBSchedulingInfo(ids[1])
    info |= {"earliestAfterPrevious": 86400, "latestAfterPrevious": 3 * 86400}
    saved, _ = api.saveOBSchedulingInfo(ids[1], info, version)
    assert saved["latestAfterPrevious"] == 3 * 86400
    listed, _ = api.getContainerItemsSchedulingInfo(link["containerId"])
    assert [one["earliestAfterPrevious"] for one in listed] == [None, 86400]
    times = api.executionTime(link["containerId"], itemType="TimeLink")
    assert times[0]["executionTime"] == 2 * times[0]["obs"][0]["executionTime"] > 0
    for ob_id in ids:
        api.verifyOB(ob_id, True)
    answer, _ = api.verifyContainer(link["containerId"], True)
    assert answer["observable"], answer["messages"]
    found, _ = api.getContainer(link["containerId"])
    assert found["containerStatus"] == "D"
    api.reviseContainer(link["containerId"])
    found, _ = api.getContainer(link["containerId"])
    assert found["containerStatus"] == "P"


def test_templates_are_reordered_duplicated_and_deleted_and_the_acquisition_stays_first(api, runs):
    ob, _ = make_ob(api, runs["U"]["containerId"], "Templates")
    listed, version = api.getTemplates(ob["obId"])
    copied, _ = api.duplicateTemplate(ob["obId"], listed[1]["templateId"])
    listed, version = api.getTemplates(ob["obId"])
    again, _ = api.reorderTemplates(ob["obId"], [listed[0], listed[2], listed[1]], version)
    assert [t["templateId"] for t in again][1] == copied["templateId"]
    with pytest.raises(Exception, match="already"):
        api.createTemplate(ob["obId"], SLIT)
    _, template_version = api.getTemplate(ob["obId"], copied["templateId"])
    api.deleteTemplate(ob["obId"], copied["templateId"], template_version)
    assert len(api.getTemplates(ob["obId"])[0]) == 2


def test_times_are_understood_in_every_spelling(api, runs):
    ob, _ = api.createOB(runs["U"]["containerId"], "Times")
    _, version = api.getAbsoluteTimeConstraints(ob["obId"])
    saved, _ = api.saveAbsoluteTimeConstraints(
        ob["obId"],
        [
            {"from": "2026-12-22T22:02:44.387867Z", "to": "2026-12-23T22:02:44"},
            {"from": "2026-12-01T00:00", "to": "2026-12-01T01:00"},
        ],
        version,
    )
    assert saved[0] == {"from": "2026-12-01T00:00", "to": "2026-12-01T01:00"}
    _, version = api.getSiderealTimeConstraints(ob["obId"])
    saved, _ = api.saveSiderealTimeConstraints(
        ob["obId"], [{"from": "02:00:00", "to": "12:00"}], version
    )
    assert saved == [{"from": "02:00", "to": "12:00"}]


def test_charts_and_ephemerides_go_up_and_come_down(api, runs, tmp_path):
    ob, _ = api.createOB(runs["U"]["containerId"], "Files")
    chart = jpeg(tmp_path / "chart.jpg")
    api.addFindingChart(ob["obId"], chart)
    api.addFindingChart(ob["obId"], jpeg(tmp_path / "second.jpg"))
    names, _ = api.getFindingChartNames(ob["obId"])
    assert names == ["chart.jpg", "second.jpg"]
    api.getFindingChart(ob["obId"], 1, str(tmp_path / "down.jpg"))
    assert (tmp_path / "down.jpg").read_bytes() == (tmp_path / "chart.jpg").read_bytes()
    api.deleteFindingChart(ob["obId"], 1)
    assert api.getFindingChartNames(ob["obId"])[0] == ["second.jpg"]
    other, _ = api.createOB(runs["U"]["containerId"], "Other")
    api.duplicateFindingChart(ob["obId"], 1, other["obId"])
    assert api.getFindingChartNames(other["obId"])[0] == ["second.jpg"]
    path = tmp_path / "ephemeris.paf"
    path.write_text(EPHEMERIS, "utf-8")
    _, version = api.getEphemerisFile(ob["obId"], str(tmp_path / "none.paf"))
    _, version = api.saveEphemerisFile(ob["obId"], str(path), version)
    api.getEphemerisFile(ob["obId"], str(tmp_path / "back.paf"))
    assert (tmp_path / "back.paf").read_text("utf-8").strip() == EPHEMERIS.strip()
    api.deleteEphemerisFile(ob["obId"], version)


def test_a_block_is_duplicated_migrated_timed_and_exported(api, runs, tmp_path):
    ob, _ = make_ob(api, runs["U"]["containerId"], "Copy me")
    copy, _ = api.duplicateOB(ob["obId"])
    assert copy["obId"] != ob["obId"]
    assert len(api.getTemplates(copy["obId"])[0]) == 2
    result, _ = api.migrateOB(ob["obId"], True)
    assert result["changes"] == []
    time = api.executionTime(ob["obId"])
    assert time["exposureTime"] == 10
    assert time["executionTime"] > 10
    path = tmp_path / "ob.zip"
    content = api.exportOB(ob["obId"], str(path))
    data = path.read_bytes() if path.exists() else content
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(data)).namelist()


def test_the_readme_is_asked_for_and_the_run_is_submitted(api, runs, server):
    run = runs["F"]["runId"]
    schema, _ = api.getReadmeSchema(run)
    readme, version = api.getReadme(run)
    assert set(readme) <= set(schema["properties"])
    filled = dict.fromkeys(schema["properties"], "all is well")
    saved, version = api.saveReadme(run, filled, version)
    assert saved == filled
    with pytest.raises(Exception, match=r"nothing to submit|certified"):
        api.submitRun(run)


def test_packages_tell_what_an_instrument_can(api):
    versions, _ = api.getInstrumentPackageVersions("UVES")
    assert "98.09" in versions
    constraints, _ = api.getInstrumentConstraints("UVES", "98.09")
    assert {one["name"] for one in constraints} >= {"airmass", "waterVapour", "twilight"}
    signatures, _ = api.getTemplateSignatures("UVES", "98.09")
    assert {one["templateName"] for one in signatures} >= {SLIT, EXPOSE}
    one, _ = api.getTemplateSignature("UVES", "98.09", SLIT)
    assert one["type"] == "acquisition"


def test_the_night_has_not_begun(api, runs):
    ob, _ = api.createOB(runs["V"]["containerId"], "Visitor")
    assert api.getOBExecutions(ob["obId"], "2026-11-23")[0] == []
    assert api.getNightExecutions("UVES", "2026-11-23")[0] == []
    assert api.getExecutionSequence("UVES")[0] == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"target": {"ra": "25:00:00.0"}}, "target.ra"),
        ({"target": {"dec": "-95:00:00"}}, "target.dec"),
        ({"target": {"properMotionRa": "fast"}}, "target.proper_motion_ra_arcsec_yr"),
        ({"userPriority": 11}, "user_priority"),
        ({"constraints": {"airmass": "high"}}, "constraints.airmass"),
        ({"constraints": {"none": 1}}, "constraints.none"),
    ],
)
def test_what_cannot_be_saved_is_named_and_changes_nothing(api, runs, server, change, place):
    import requests

    ob, version = api.createOB(runs["U"]["containerId"], "Bad input")
    path = f"{server.url}/api/v1/obsBlocks/{ob['obId']}"
    headers = {"Authorization": f"Bearer {api.access_token}", "If-Match": version}
    answer = requests.put(path, json=change, headers=headers, timeout=30)
    assert answer.status_code == 400, answer.text
    assert answer.json()["path"] == place
    assert api.getOB(ob["obId"]) == (ob, version)
