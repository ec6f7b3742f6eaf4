#!/bin/sh
# Brings a backup back into an empty database and an empty storage, as the owner of the tables, and asks whether all is well.
#   docker/restore.sh FOLDER DUMP [the role that serves]
set -eu
folder=${1:?the folder of backups}
dump=${2:?the name of the dump in it}
python manage.py restore_database "$folder/database/$dump"
python manage.py migrate --noinput
python manage.py grant_serving "${3:-tremplin}"
python manage.py documents --from "$folder/documents"
python manage.py check_laws
