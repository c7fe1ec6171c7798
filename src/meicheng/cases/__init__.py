"""Problem, dispatch, repair, verification, closed, or back again."""
