# One image for every process of Dogwatch; the command says which one it is.
FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends git ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 dogwatch \
    && install -d -o dogwatch -g dogwatch -m 700 /data

WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY requirements ./requirements
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
RUN pip install --no-cache-dir .

USER dogwatch
ENV DOGWATCH_DATA_DIR=/data OMP_NUM_THREADS=1 PYTHONUNBUFFERED=1
VOLUME /data
ENTRYPOINT []
CMD ["dogwatch", "serve"]
