"""The mark of a demo city: this database holds nothing that anybody needs."""

from django.db import models


class DemoCity(models.Model):
    """How the city in this database was made; there is no row in a real city's database."""

    size = models.CharField(max_length=10)
    seed = models.BigIntegerField()
    until = models.DateTimeField()
    made_at = models.DateTimeField(auto_now_add=True)
    seconds = models.FloatField()

    def __str__(self) -> str:
        return f"{self.size} {self.seed}"
