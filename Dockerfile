# The bridge in an image: every file that is installed has a hash in deploy/.
FROM python:3.11-slim AS build

WORKDIR /src
RUN python -m venv /opt/build && python -m venv /opt/neo-slack
COPY deploy/build.lock deploy/requirements.lock deploy/
RUN /opt/build/bin/pip install --no-cache-dir --require-hashes -r deploy/build.lock \
 && /opt/neo-slack/bin/pip install --no-cache-dir --require-hashes -r deploy/requirements.lock
COPY pyproject.toml README.md manifest.yml ./
COPY bot bot
RUN /opt/build/bin/python -m hatchling build -t wheel \
 && /opt/neo-slack/bin/pip install --no-cache-dir --no-deps --no-index dist/*.whl

FROM python:3.11-slim

RUN useradd --system --uid 10001 --home-dir /var/lib/neo-slack --create-home neo-slack
COPY --from=build /opt/neo-slack /opt/neo-slack
ENV PATH=/opt/neo-slack/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NEO_SLACK_DATA_DIR=/var/lib/neo-slack
USER 10001
WORKDIR /var/lib/neo-slack
# The embedded store, where REDIS_URL is not set.
VOLUME /var/lib/neo-slack
EXPOSE 8080
# /healthz, not /readyz: Slack or the store being away is no reason to restart.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ.get(\"NEO_SLACK_HTTP_PORT\", 8080)}/healthz', timeout=4)"]
# 10 s to hand over, and some more before it is killed.
STOPSIGNAL SIGTERM
ENTRYPOINT ["neo-slack"]
CMD ["run"]
