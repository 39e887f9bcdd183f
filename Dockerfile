# Built on Debian, since the build's own Node comes from npm and needs glibc; run on Alpine, where only JavaScript goes.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json rolldown.config.mjs ./
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM node:24.21.0-alpine
# An init, so that children of stdio servers that were killed do not stay as zombies.
RUN apk add --no-cache tini=~0.19
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json servers.schema.json LICENSE ./
USER 1000:1000
WORKDIR /config
EXPOSE 4000
HEALTHCHECK --interval=30s --timeout=3s CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:4000/healthz"]
ENTRYPOINT ["/sbin/tini", "--", "node", "/app/dist/cli.js"]
CMD ["serve", "--config", "/config/servers.json", "--host", "0.0.0.0"]
