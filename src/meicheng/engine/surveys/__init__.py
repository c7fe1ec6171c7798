"""Questionnaires by sample: who is asked, what answers weigh, how sure a figure is, what is hidden."""
