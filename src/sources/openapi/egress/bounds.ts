/** Until a connection stands, TLS included. */
export const connectTimeoutMs = 5_000

/** More connections to one origin than this wait in line. */
export const maxConnections = 64
