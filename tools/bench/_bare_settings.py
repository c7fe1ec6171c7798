"""The product's settings with the plain code's addresses."""

from meicheng.project.settings import *  # noqa: F403

ROOT_URLCONF = "tools.bench._bare"
