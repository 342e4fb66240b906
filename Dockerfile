# Take A Number as an image: `docker compose up` runs it as web and clock (compose.yaml).
# Nothing in it runs as root, and nothing is written but to /data and /tmp.
FROM python:3.11.14-slim-bookworm AS packages
WORKDIR /app
COPY requirements.txt .
RUN python -m venv --without-pip /opt/venv \
    && python -m pip --python /opt/venv/bin/python install \
        --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt

FROM python:3.11.14-slim-bookworm
# A number, not a name: whoever mounts a folder for /data has to know it.
RUN groupadd --gid 10001 take-a-number \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin take-a-number \
    && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY .flaskenv LICENSE app.py ./
COPY bot bot
COPY commands commands
COPY config config
COPY jobs jobs
COPY migrations migrations
COPY models models
COPY security security
COPY static static
COPY templates templates
COPY translations translations
COPY web web
COPY webhooks webhooks
ENV PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8000 \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# Each start would make this anew, as it can't be kept there later.
RUN python -m compileall -q -j 0 /app && python -m app
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# Engines hand containers the proxy of their clients, which knows nothing of 127.0.0.1 in here.
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:8000/readyz/web', timeout=5)"]
CMD ["gunicorn", "-c", "python:web.http.server", "app:create_app()"]
