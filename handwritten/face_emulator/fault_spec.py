"""Parses faults from the command line and the control path."""

import json

from face_emulator.fault import FAULT_RULES, Fault


def fault_from_json(document: object) -> Fault:
    """Make a `Fault` from a JSON object with its fields, whose names may have hyphens for underscores.

    Raises:
        ValueError: It is not an object, has an unknown field, or is not a valid `Fault`.
    """
    if isinstance(document, dict):
        named = {str(name).replace("-", "_"): value for name, value in document.items()}
        if unknown := sorted(named.keys() - FAULT_RULES.keys()):
            raise ValueError(f"{unknown[0]!r}: unknown field; the fields are {', '.join(FAULT_RULES)}")
        return Fault(**named)
    raise ValueError(f"a fault must be a JSON object, not {document!r}")


def fault_from_text(spec: str) -> Fault:
    """Make a `Fault` from text such as `"status=503,retry-after=1,times=2"`, or from a JSON object.

    A name without `=` is a flag: `"drop"`, `"html,status=502"`. Values with commas require a JSON object.

    Raises:
        ValueError: As for `fault_from_json`.
    """
    if spec.lstrip().startswith("{"):
        return fault_from_json(json.loads(spec))
    document: dict[str, object] = {}
    for part in spec.split(","):
        name, equals, text = part.strip().partition("=")
        document[name] = _value(name, text) if equals else True
    return fault_from_json(document)


def _value(name: str, text: str) -> int | float | str:
    if name.replace("-", "_") in ("body", "content_type", "operation", "image_id"):
        return text
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
