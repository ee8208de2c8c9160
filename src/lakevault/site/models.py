"""The cards of the example models, as their last training wrote them."""

import json
from typing import Any

from lakevault.features.program import cards
from lakevault.site.charts import Spec
from lakevault.site.renderer import Renderer


def write(renderer: Renderer) -> None:
    """Write the page of the models; without a training it says how to make one."""
    found = cards()
    renderer.render("models.md", "models.md", cards=found, specs=[json.dumps(_calibration(card)) for card in found])


def _calibration(card: dict[str, Any]) -> Spec:
    """What was foretold against what came true, with the line on which both are equal."""
    share = {"type": "quantitative", "axis": {"format": "%"}}
    longest = max(max(tenth["foretold"], tenth["came"]) for tenth in card["calibration"])
    encoding = {
        "x": {"field": "foretold", "title": "foretold", **share},
        "y": {"field": "came", "title": "came true", **share},
    }
    equal = [{"foretold": 0, "came": 0}, {"foretold": longest, "came": longest}]
    return {
        "width": "container",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "description": "What the model foretold, by tenths of the rows, against what came true.",
        "height": 240,
        "layer": [
            {"data": {"values": equal}, "mark": {"type": "line", "strokeDash": [4, 4]}, "encoding": encoding},
            {
                "data": {"values": card["calibration"]},
                "mark": {"type": "line", "point": True, "tooltip": True},
                "encoding": encoding,
            },
        ],
    }
