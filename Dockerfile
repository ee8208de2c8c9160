# The project with all that it needs: `make build` and `make test` run in it without network.
FROM python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

# Debian's own versions of a pinned base; Debian removes older ones, so naming them would break the build.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends chromium git libatomic1 make openjdk-17-jre-headless \
        mono-mcs mono-runtime libmono-system-data4.0-cil libmono-system-runtime-serialization4.0-cil \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 lakevault \
    && install --directory --owner=lakevault /home/lakevault/project

USER 1000
# Without network the container's own name has no address.
ENV SPARK_LOCAL_IP=127.0.0.1
WORKDIR /home/lakevault/project

# What the environment needs is copied first, so that a change of a model does not reinstall anything.
COPY --chown=1000 requirements.lock requirements-powerbi.lock requirements-train.lock pyproject.toml Makefile README.md dbt_project.yml ./
COPY --chown=1000 src src
COPY --chown=1000 packages packages
COPY --chown=1000 profiles profiles
COPY --chown=1000 tests/powerbi/check.cs tests/powerbi/check.cs
RUN make .venv/.ready .venv/.browser .venv/.workflows .venv/.powerbi .venv/stripe.json .venv-train/.ready \
    && chmod -R u+w "$HOME/go" && rm -rf "$HOME/go" "$HOME/.cache"

COPY --chown=1000 . .
# make must not take what a newer clone brought for a newer environment.
RUN touch .venv/.ready && touch .venv/.browser .venv/.workflows .venv/.powerbi .venv/stripe.json .venv-train/.ready

CMD ["make", "build"]
