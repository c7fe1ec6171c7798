"""Print the workflow as a page: `python -m meicheng.engine.workflow`."""

import sys

from .diagram import as_markdown

sys.stdout.write(as_markdown())
