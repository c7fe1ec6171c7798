"""What rooms above hang on the page of a case: a list, a campaign, a criterion.

The page stands below those rooms and does not know them; each says in its `apps.ready` which
function makes its panel:

    from meicheng.cases.panels import PANELS
    PANELS["lists"] = panel_of_lists      # (case, user) → what `render_to_string` gives, "" for none
"""

from __future__ import annotations

from collections.abc import Callable

from meicheng.organisation.models import User

from .models import Case

Panel = Callable[[Case, User], str]

PANELS: dict[str, Panel] = {}
