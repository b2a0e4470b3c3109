import importlib.util
from pathlib import Path

from face_emulator.images import bundled_image


def test_the_portrait_is_what_its_script_draws() -> None:
    """Drawing it again gives the committed bytes."""
    spec = importlib.util.spec_from_file_location("draw_portrait", Path(__file__).with_name("draw_portrait.py"))
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.draw() == bundled_image()
