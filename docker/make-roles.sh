#!/bin/sh
# Makes the two roles when the database is new: the owner of the tables, who migrates, and the role that serves.
set -eu
owner=$(cat /run/secrets/database_owner_password)
serving=$(cat /run/secrets/database_serving_password)
psql --set ON_ERROR_STOP=1 --username postgres --set owner="$owner" --set serving="$serving" <<'SQL'
CREATE ROLE tremplin_owner LOGIN PASSWORD :'owner';
CREATE ROLE tremplin LOGIN PASSWORD :'serving';
CREATE DATABASE tremplin OWNER tremplin_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE tremplin FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE tremplin TO tremplin;
\connect tremplin
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO tremplin_owner;
SQL
