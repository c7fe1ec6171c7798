"""What of the standards comes in and goes out as files: one file of this folder for each kind."""

from .checklists import CHECKLISTS
from .documents import CROSSWALK, STANDARD
from .plans import PLANS
from .topics import TOPICS

KINDS = [STANDARD, CROSSWALK, CHECKLISTS, TOPICS, PLANS]
