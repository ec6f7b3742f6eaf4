"""Names of startups are found by the beginnings of their words."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("applications", "0003_laws")]

    operations = [
        migrations.AddIndex("startup", GinIndex(SearchVector("name_folded", config="simple"), name="startup_words")),
    ]
