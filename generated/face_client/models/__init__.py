# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""Contains all the data models used in inputs/outputs"""

from .create_liveness_session_content import CreateLivenessSessionContent
from .create_liveness_with_verify_session_content import CreateLivenessWithVerifySessionContent
from .face_error import FaceError
from .face_error_response import FaceErrorResponse
from .face_rectangle import FaceRectangle
from .image_type import ImageType
from .liveness_color_decision_target import LivenessColorDecisionTarget
from .liveness_decision import LivenessDecision
from .liveness_decision_targets import LivenessDecisionTargets
from .liveness_error import LivenessError
from .liveness_model import LivenessModel
from .liveness_operation_mode import LivenessOperationMode
from .liveness_result import LivenessResult
from .liveness_session import LivenessSession
from .liveness_session_attempt import LivenessSessionAttempt
from .liveness_session_results import LivenessSessionResults
from .liveness_with_verify_outputs import LivenessWithVerifyOutputs
from .liveness_with_verify_reference import LivenessWithVerifyReference
from .liveness_with_verify_result import LivenessWithVerifyResult
from .liveness_with_verify_session import LivenessWithVerifySession
from .liveness_with_verify_session_attempt import LivenessWithVerifySessionAttempt
from .liveness_with_verify_session_results import LivenessWithVerifySessionResults
from .operation_state import OperationState
from .quality_for_recognition import QualityForRecognition

__all__ = (
    "CreateLivenessSessionContent",
    "CreateLivenessWithVerifySessionContent",
    "FaceError",
    "FaceErrorResponse",
    "FaceRectangle",
    "ImageType",
    "LivenessColorDecisionTarget",
    "LivenessDecision",
    "LivenessDecisionTargets",
    "LivenessError",
    "LivenessModel",
    "LivenessOperationMode",
    "LivenessResult",
    "LivenessSession",
    "LivenessSessionAttempt",
    "LivenessSessionResults",
    "LivenessWithVerifyOutputs",
    "LivenessWithVerifyReference",
    "LivenessWithVerifyResult",
    "LivenessWithVerifySession",
    "LivenessWithVerifySessionAttempt",
    "LivenessWithVerifySessionResults",
    "OperationState",
    "QualityForRecognition",
)
