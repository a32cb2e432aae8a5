"""Timelines drawn as vectors: plain values in, a drawing out, no text on another."""

from service.report.drawing.layout import draw_timeline
from service.report.drawing.picture import Bar, Mark, Moment, Picture, Row

__all__ = ["Bar", "Mark", "Moment", "Picture", "Row", "draw_timeline"]
