"""What a case tells to those above it, inside the transaction of the step."""

from django.dispatch import Signal

# Sent after a step was written, with `case`, `code` (of the step) and `said` (remark, …).
stepped = Signal()
