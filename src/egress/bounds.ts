/** Until a connection stands, TLS included. */
export const connectTimeoutMs = 5_000

/** More connections to one origin than this wait in line. */
export const maxConnections = 64

/** Bytes of all headers of one answer: twice what Node's own clients take, for long cookies and policies. */
export const maxHeaderBytes = 32_768

/** Headers of one answer, repeated ones counted each. */
export const maxHeaders = 256
