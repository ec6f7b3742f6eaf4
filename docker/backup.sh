#!/bin/sh
# Backs up into a folder, as the owner of the tables. Rows first: a document is stored before its row and stays, so that
# what the dumped rows name is there when the documents are copied after them. The key ring is kept elsewhere.
#   docker/backup.sh FOLDER [how many dumps to keep]
set -eu
folder=${1:?the folder of backups}
python manage.py dump_database "$folder/database" --keep "${2:-14}"
python manage.py documents --to "$folder/documents"
