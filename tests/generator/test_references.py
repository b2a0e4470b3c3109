"""References are followed wherever they lead."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from generator.build import GenerationError, build

TEXT = {"type": "string"}
SHIP = {"type": "object", "required": ["fuel"], "properties": {"fuel": {"type": "object", "properties": {"a": TEXT}}}}


def document(paths: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    start = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "components": {"schemas": schemas}}
    return start | {"paths": {path: {"get": {"responses": {"200": of(paths[path])}}} for path in paths}}


def of(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "OK", "content": {"application/json": {"schema": schema}}}


def test_references_into_paths_and_parts_of_components(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is described within an operation or a schema can be referred to, through other references, too."""
    monkeypatch.syspath_prepend(tmp_path)
    into = "#/paths/~1ships/get/responses/200/content/application~1json/schema/items"
    fuel = {"$ref": f"{into}/properties/fuel"}
    paths = {
        "/ships": {"type": "array", "items": SHIP},
        "/ship": {"$ref": into},
        "/fuel": {"$ref": "#/components/schemas/Tank/properties/fuel"},
    }
    content = document(paths, Tank={"type": "object", "properties": {"fuel": fuel}})
    # A callback may be the path that it belongs to.
    content["paths"]["/ship"]["get"]["callbacks"] = {"moved": {"{$url}": {"$ref": "#/paths/~1ship"}}}
    (tmp_path / "a.json").write_text(json.dumps(content))
    build(tmp_path / "a.json", tmp_path / "referring_client")
    models = importlib.import_module("referring_client.models")
    for name in ("GetShipResponse200", "Tank"):
        value = getattr(models, name).from_dict({"fuel": {"a": "x"}})
        assert value.fuel.a == "x"
    assert models.GetFuelResponse200.from_dict({"a": "x"}).a == "x"


def test_a_reference_to_what_contains_it(tmp_path: Path) -> None:
    """A class has a name of its own, which a part of a path has not."""
    into = "#/paths/~1ships/get/responses/200/content/application~1json/schema"
    ship = {"type": "object", "properties": {"tender": {"$ref": into}}}
    (tmp_path / "a.json").write_text(json.dumps(document({"/ships": ship})))
    with pytest.raises(
        GenerationError, match=r"a\.json:1: paths\./ships\..*\.tender\.properties\.tender: .* contains itself"
    ):
        build(tmp_path / "a.json", tmp_path / "client")
