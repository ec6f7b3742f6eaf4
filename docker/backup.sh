#!/bin/sh
# Backs up into a folder, as the owner of the tables. Rows first: a document is stored before its row and stays, so that
# what the dumped rows name is there when the documents are copied after them. The key ring is kept elsewhere.
#   docker/backup.sh FOLDER [how many dumps to keep]
set -eu
began=$(date -u +%Y-%m-%dT%H:%M:%SZ)
folder=${1:?the folder of backups}
python manage.py dump_database "$folder/database" --keep "${2:-14}"
python manage.py documents --to "$folder/documents"
# Only now is it whole: the alarm of /metrics looks at this.
python manage.py note_backup --began "$began"
