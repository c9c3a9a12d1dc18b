# One image for every process of Dogwatch; the command says which one it is.
FROM python:3.11-slim-bookworm

# bubblewrap holds the runner's scripts, where the image runs one; `dogwatch backup` needs pg_dump.
RUN apt-get update \
    && apt-get install -y --no-install-recommends git ca-certificates bubblewrap postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 dogwatch \
    && install -d -o dogwatch -g dogwatch -m 700 /data

WORKDIR /app
COPY requirements ./requirements
# Locked, with hashes, as everywhere; torch comes by itself, because only pip finds its CPU build.
RUN pip install --no-cache-dir --no-deps torch==2.13.0 \
    && pip install --no-cache-dir --no-deps --require-hashes -r requirements/run.lock

COPY pyproject.toml README.md LICENSE ./
COPY activities ./activities
COPY bot ./bot
COPY config_gen ./config_gen
COPY domain ./domain
COPY integrations ./integrations
COPY knowledge ./knowledge
COPY predictors ./predictors
COPY rca ./rca
COPY remediation ./remediation
COPY runtime ./runtime
COPY storage ./storage
COPY telemetry ./telemetry
COPY web ./web
COPY workflows ./workflows
RUN pip install --no-cache-dir --no-deps .

USER dogwatch
ENV DOGWATCH_DATA_DIR=/data OMP_NUM_THREADS=1 PYTHONUNBUFFERED=1
VOLUME /data
ENTRYPOINT []
CMD ["dogwatch", "serve"]
