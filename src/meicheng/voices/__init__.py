"""What citizens report and say."""
