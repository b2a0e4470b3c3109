"""A chaos run: thousands of calls to the emulator, a tenth of whose answers are faulty: `python -m tools.chaos`."""
