# The release workflow replaces both tags by the digests they stand for at that moment.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12:nonroot

# The bundle is the same for every platform, so it is built once, on the builder's own.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS bundle
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY test/support/build.ts test/support/
COPY src src
RUN npm run -s build

FROM ${NODE_IMAGE} AS node

# No shell and no package manager. Node is copied in, so that the version which the tests ran on is the one that serves.
FROM ${BASE_IMAGE}
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="sallyport" \
      org.opencontainers.image.description="Least-privilege guardrails for Kubernetes" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/LICENSE /usr/local/share/doc/node/LICENSE
WORKDIR /app
COPY LICENSE package.json ./
COPY policies policies
COPY --from=bundle /build/dist dist
ENV NODE_ENV=production
# By number, so that runAsNonRoot can be verified.
USER 65532:65532
# Little of what a request makes outlives it: in a young generation of V8's own choice a server holds 50 MB more, and is hardly faster.
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=4", "/app/dist/main.js"]
CMD ["serve"]
