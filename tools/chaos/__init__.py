"""A chaos run: thousands of calls to the emulator, a tenth of whose responses are faulty: `python -m tools.chaos`."""
