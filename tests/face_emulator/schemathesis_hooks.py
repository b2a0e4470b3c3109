"""What schemathesis cannot know from the document, which it imports this file for."""

import os
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.generation import GenerationMode

IMAGE = "GIF89a" + 1024 * "."  # as text, since schemathesis does not take bytes for a valid string


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Let valid create requests keep the rules that the document has only in words."""
    is_valid = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    if case.method != "POST" or not is_valid or not isinstance(case.body, dict):
        return
    body = dict(case.body)
    if body["livenessOperationMode"] not in ("Passive", "PassiveActive"):
        body["livenessOperationMode"] = "Passive"
    body.pop("livenessModelVersion", None)
    body.pop("deviceCorrelationId", None)
    if body.get("deviceCorrelationIdSetInClient") is not True:
        body["deviceCorrelationId"] = "a device"
    if "verifyImage" in body:
        body["verifyImage"] = IMAGE
    body["enableSessionImage"] = True
    case.body = body


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: schemathesis.Case, response: schemathesis.Response) -> None:
    """Note which operation answered with which status."""
    operation = case.operation.definition.raw.get("operationId", "")
    with Path(os.environ["ANSWERS"]).open("a", encoding="utf-8") as answers:
        answers.write(f"{operation} {response.status_code}\n")
