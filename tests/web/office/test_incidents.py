"""The register on the page."""

from __future__ import annotations

from consult import incidents
from tests.web.office.conftest import Hub

PAGE = "/office/consultations/safety/incidents"


def test_a_moderator_registers_an_incident_and_pauses_its_area(hub: Hub) -> None:
    moderator = hub.inside("moderator")
    assert "No incident is registered" in moderator.get(PAGE).text
    areas = [line for line in moderator.get(PAGE).text.split('<option value="')[1:] if "=" in line.split('"')[0]]
    area = areas[0].split('"')[0]
    shown = moderator.post(PAGE, kind="threat", area=area, note="Men asked who wrote", pauses="1").text
    assert "Men asked who wrote" in shown
    assert "Nothing is started there" in shown
    (kept,) = incidents.incidents(hub.house, "safety")
    assert (kept.pauses, "=".join(kept.area)) == (True, area)
    assert "It is over." in moderator.post(f"{PAGE}/1/close").text
    assert moderator.post(f"{PAGE}/1/close").status_code == 400
    assert moderator.post(PAGE, kind="threat", area="", note="").status_code == 400
