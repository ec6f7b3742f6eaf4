#!/bin/sh
# Makes the two roles when the database is new: the owner of the tables, who migrates, and the role that serves.
set -eu
secrets=${SECRETS:-/run/secrets}
# Through the environment: a list of processes shows every argument to everybody.
OWNER_PASSWORD=$(cat "$secrets/database_owner_password")
SERVING_PASSWORD=$(cat "$secrets/database_serving_password")
export OWNER_PASSWORD SERVING_PASSWORD
psql --set ON_ERROR_STOP=1 --username postgres <<'SQL'
\getenv owner OWNER_PASSWORD
\getenv serving SERVING_PASSWORD
CREATE ROLE tremplin_owner LOGIN PASSWORD :'owner';
CREATE ROLE tremplin LOGIN PASSWORD :'serving';
-- Whatever the server's own order is: names are sorted by a folded column, and found by its beginnings.
CREATE DATABASE tremplin OWNER tremplin_owner ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0;
REVOKE ALL ON DATABASE tremplin FROM PUBLIC;
-- Not TEMPORARY: from a trigger of its own temporary table it could write what triggers alone may write.
GRANT CONNECT ON DATABASE tremplin TO tremplin;
\connect tremplin
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO tremplin_owner;
-- Nobody waits for a host that is gone, and it holds no lock for longer than a task may take.
ALTER ROLE tremplin SET statement_timeout = '5min';
ALTER ROLE tremplin SET idle_in_transaction_session_timeout = '5min';
ALTER ROLE tremplin SET client_connection_check_interval = '10s';
ALTER ROLE tremplin SET tcp_keepalives_idle = '30s';
ALTER ROLE tremplin SET tcp_keepalives_interval = '10s';
ALTER ROLE tremplin SET tcp_keepalives_count = 3;
ALTER ROLE tremplin SET tcp_user_timeout = '30s';
SQL
