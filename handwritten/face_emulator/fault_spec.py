"""Faults in writing: one reader for the command line and the control path."""

import json

from face_emulator.fault import FAULT_RULES, Fault


def fault_from_json(document: object) -> Fault:
    """Make a `Fault` from a JSON object with its fields, hyphens allowed for underscores.

    Raises:
        ValueError: Not an object, or what `Fault` refuses, or a field that it does not have.
    """
    if isinstance(document, dict):
        named = {str(name).replace("-", "_"): value for name, value in document.items()}
        if unknown := sorted(named.keys() - FAULT_RULES.keys()):
            raise ValueError(f"{unknown[0]!r}: no such field; there are {', '.join(FAULT_RULES)}")
        return Fault(**named)
    raise ValueError(f"a fault is a JSON object, not {document!r}")


def fault_from_text(spec: str) -> Fault:
    """Make a `Fault` from `"status=503,retry-after=1,times=2"`, or from a JSON object for what holds commas.

    A name without `=` is a flag: `"drop"`, `"html,status=502"`.

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
    if name.replace("-", "_") in ("body", "content_type", "image_id"):
        return text
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
