# Grantor in a container: `docker build -t grantor .`; compose.yaml runs two with PostgreSQL and a proxy.
# .ci/dockerfile carries out these same steps in an empty folder where there is no container engine.

# Without a compiler: the package of SQLite for Node.js 22 and newer has binaries for x64 and arm64.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
COPY src src
COPY drizzle drizzle
# Builds as well: the package's own `prepare`.
RUN npm ci
RUN npm prune --omit=dev --ignore-scripts
# What SQLite is compiled from, its binaries for other systems, and a database for tests that npm takes for one of ours.
RUN rm -rf node_modules/better-sqlite3*/deps node_modules/better-sqlite3*/build/Release/obj \
  node_modules/better-sqlite3/prebuilds/darwin-* node_modules/better-sqlite3/prebuilds/win32-* \
  node_modules/better-sqlite3/prebuilds/linuxmusl-* node_modules/@electric-sql

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/drizzle drizzle
COPY package.json LICENSE ./
# The only folders that it writes to, and neither with PostgreSQL: mount them to keep what is in them.
RUN install -d -o 1000 -g 1000 -m 700 data keys
USER 1000:1000
EXPOSE 9000
# Ready, not alive: it fails while the database is away, from which a node heals by itself and need not be restarted.
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 CMD ["node", "dist/main.js", "health"]
# Half of the usual space for what has just been made: 15 MB less, and no slower (docs/performance.md).
ENTRYPOINT ["node", "--max-semi-space-size=8", "dist/main.js"]
CMD ["start"]
