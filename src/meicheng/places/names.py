"""Names in two languages, the same for every table that carries them."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Named(models.Model):
    """A thing with a Chinese name and, where known, an English one."""

    name_zh = models.CharField(_("name in Chinese"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language; Chinese where no English one is known."""
        if (get_language() or "").startswith("en") and self.name_en:
            return self.name_en
        return self.name_zh
