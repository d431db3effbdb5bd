# syntax=docker/dockerfile:1
# One image for ingest, embedder, query and standalone; the command says which.

FROM node:20-bookworm AS build
WORKDIR /lookalike
# GPU libraries that nothing here uses.
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json .npmrc* ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY nest-cli.json tsconfig.json .swcrc* ./
COPY apps apps
COPY libs libs
COPY test test
COPY scripts/prepare.mjs scripts/build-page.mjs scripts/
# The server serves it.
COPY docs/reference/openapi.json docs/reference/openapi.json
RUN npm run build && rm -rf dist/test && find dist -name '*.test.*' -delete && npm prune --omit=dev --no-audit --no-fund

FROM node:20-bookworm-slim
LABEL org.opencontainers.image.title="lookalike" org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /lookalike
ENV NODE_ENV=production \
    LOOKALIKE_HOST=0.0.0.0 \
    LOOKALIKE_DATA_DIR=/var/lib/lookalike
COPY --from=build /lookalike/node_modules node_modules
COPY --from=build /lookalike/dist dist
COPY package.json LICENSE ./
RUN mkdir -p /var/lib/lookalike && chown node:node /var/lib/lookalike
USER node
VOLUME /var/lib/lookalike
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/live').then((it) => process.exit(it.ok ? 0 : 1), () => process.exit(1))"]
# Node as the first process: it gets the signals, and the applications stop on them by themselves.
ENTRYPOINT ["node"]
CMD ["dist/apps/standalone/src/main.js"]
