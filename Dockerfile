# Two images from one file: `docker build --target service .` and `docker build --target verifier .`
# System packages come from setup.sh, Python packages from requirements/*.lock with their hashes, as with `make`.
FROM debian:bookworm-slim AS base
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/duly
COPY setup.sh ./
# What is pinned is Debian's release; its point releases bring security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
 && ./setup.sh packages verifier | xargs apt-get install -y --no-install-recommends \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin duly \
 && python3 -m venv .venv
ENV PATH=/opt/duly/.venv/bin:$PATH

FROM base AS build
COPY requirements/build.lock requirements/
RUN pip install --require-hashes -r requirements/build.lock
COPY pyproject.toml setup.py MANIFEST.in README.md LICENSE ./
COPY evidence evidence
COPY service service
COPY templates templates
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .

# Nothing in it can speak HTTP: run it with `docker run --network none -v …:/evidence:ro IMAGE bundle.zip --trust anchors`.
FROM base AS verifier
COPY requirements/verifier.lock requirements/
COPY --from=build /wheels /wheels
RUN pip install --require-hashes -r requirements/verifier.lock \
 && pip install --no-deps /wheels/*.whl \
 && pip uninstall -y pip setuptools \
 && rm -rf /wheels
WORKDIR /evidence
USER 10001:10001
HEALTHCHECK NONE
ENTRYPOINT ["python", "-m", "evidence", "verify"]
CMD ["--help"]

FROM base AS service
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update \
 && ./setup.sh packages service | xargs apt-get install -y --no-install-recommends \
 && rm -rf /var/lib/apt/lists/*
COPY requirements/service.lock requirements/
RUN pip install --require-hashes -r requirements/service.lock
COPY --from=build /wheels /wheels
RUN pip install --no-deps /wheels/*.whl \
 && rm -rf /wheels \
 && install -d -m 700 -o duly -g duly /data /keys
ENV DULY_DATA=/data
VOLUME /data
WORKDIR /data
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["duly", "serve", "--host", "0.0.0.0"]
