# jamjet-proxy as a container: a sidecar beside an agent.
#
#   docker build -t jamjet-proxy .
#   docker run --rm --network container:my-agent -v jamjet-proxy:/data jamjet-proxy
#
# It listens on the loopback address alone, which serves an agent in the same network namespace. To
# be reached from another container it has to be told so: `serve --listen ...`, as in
# compose.example.yaml.

# A minor release is pinned; rebuilding picks up its security fixes.
ARG BASE=python:3.13-slim-bookworm

# ---- every dependency as a wheel whose hash the lock names, and the project's own wheel -------------
FROM ${BASE} AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /src

# The compiler makes the core of redaction; without it the package would run on its Python reference.
RUN apt-get update -qq && apt-get install -qq --yes --no-install-recommends gcc libc6-dev

COPY requirements/run.txt requirements/build.txt requirements/
RUN python -m pip download --quiet --only-binary=:all: --no-deps --require-hashes \
        --dest /wheels -r requirements/run.txt \
 && python -m pip install --quiet --only-binary=:all: --no-deps --require-hashes -r requirements/build.txt

COPY pyproject.toml setup.py LICENSE README.md ./
COPY jamjet_proxy jamjet_proxy
RUN python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheels . \
 && python -m venv --without-pip /opt/jamjet-proxy \
 && python -m pip --python /opt/jamjet-proxy/bin/python install --quiet --no-index --no-deps --compile /wheels/*.whl

# ---- what runs: the interpreter and that environment, no build tools --------------------------------
FROM ${BASE}

LABEL org.opencontainers.image.title="jamjet-proxy" \
      org.opencontainers.image.description="A local sidecar that redacts, stores and forwards the telemetry of AI agents" \
      org.opencontainers.image.licenses="Apache-2.0"

RUN groupadd --system --gid 10001 jamjet \
 && useradd --system --uid 10001 --gid jamjet --home-dir /data --no-create-home --shell /usr/sbin/nologin jamjet \
 && install --directory --owner=jamjet --group=jamjet --mode=0700 /data

COPY --from=build /opt/jamjet-proxy /opt/jamjet-proxy

ENV PATH=/opt/jamjet-proxy/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    JAMJET_PROXY_DATA_DIR=/data

USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 7717
STOPSIGNAL SIGTERM

# An HTTP proxy set for the container must not be asked for the loopback address.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:7717/healthz', timeout=3).read()"]

ENTRYPOINT ["jamjet-proxy"]
CMD ["serve"]
