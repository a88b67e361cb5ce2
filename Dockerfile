# Reframe in an image of its own: docker build -t reframe-bot .
#
# requirements.txt also pins development tools. The first stage downloads every pinned file and
# checks its hash, then installs the bot, its dependencies and its build tool from these files
# alone. Everything else stays behind in that stage. With --build-arg EXTRAS=[traces] the image can
# send traces, too.
FROM python:3.12-slim AS build
ARG EXTRAS=""
WORKDIR /src
COPY requirements.txt ./
RUN pip download --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt -d /wheels
COPY pyproject.toml README.md manifest.json ./
COPY bot ./bot
COPY prompts ./prompts
COPY alembic ./alembic
RUN python -m venv /opt/reframe
RUN /opt/reframe/bin/pip install --no-cache-dir --no-index --find-links /wheels ".${EXTRAS}"

FROM python:3.12-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data reframe
RUN install -d -o reframe -g reframe -m 0700 /data
COPY --from=build /opt/reframe /opt/reframe
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /data
VOLUME /data
EXPOSE 3000
USER 10001:10001
ENTRYPOINT ["/opt/reframe/bin/reframe"]
CMD ["run"]
