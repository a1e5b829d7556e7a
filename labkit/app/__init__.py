"""The application: a page where people show pictures to a trained network, by webcam, upload or example."""

from labkit.app.server import Demo, demo

__all__ = ["Demo", "demo"]
