/**
 * Every bound on size, time and count, in one place; `limits` in servers.json overrides each by its name here.
 *
 * Sizes are bytes, times milliseconds, as the names say.
 */
export type Limits = Readonly<typeof defaultLimits>

/** What holds when `limits` says nothing. The reasons stand in `docs/configuration.md`. */
export const defaultLimits = {
  /** A request body at any door. */
  maxBodyBytes: 4_194_304,
  /** Messages of one batch, which revision 2025-03-26 alone has. */
  maxBatchMessages: 50,
  /** Levels of objects and arrays in a request. */
  maxJsonDepth: 64,
  /** Objects and arrays in a request, of all levels. */
  maxJsonContainers: 100_000,
  /** Until the last header, and until the last byte, of a request have come. */
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  /** How long a client may take no byte of what is waiting for it. */
  sendTimeoutMs: 60_000,
  /** Comments on open streams, so that nothing between us and the client closes them. */
  keepAliveMs: 15_000,
  /** Bytes written to a stream that the client does not read, before it is closed. */
  maxStreamBufferBytes: 1_048_576,
  /** Sessions of clients older than revision 2026-07-28. */
  maxSessions: 10_000,
  sessionIdleMs: 1_800_000,
  /** How long a sealed session id may be used, by whichever replica (`server.stateKeys`). */
  maxSessionAgeMs: 86_400_000,
  /** Streams that wait for changes (`subscriptions/listen`, GET). */
  maxStreams: 2_000,
  /** Tools, prompts or resources on one page of a list. */
  pageSize: 2_000,
  /** Resources that one client follows. */
  maxSubscriptions: 100,
  /** How long a client may take to answer what a server asks through it, while its call waits. */
  inputStateMs: 600_000,
  /** Calls that wait for such an answer without a request of their client. */
  maxParkedCalls: 1_000,
  /** Tasks of old clients that are remembered, so that they can be listed and told of. */
  maxTasks: 1_000,
  /** How long the first list waits for sources that are still connecting. */
  firstListWaitMs: 3_000,
  /** How old the list of an upstream that tells of no changes may be before it is read anew, when a client asks for lists. */
  maxListAgeMs: 60_000,
  /** How long the last list of an upstream that is away stays in the lists of clients. */
  keepListMs: 600_000,

  /** An upstream's start (spawn or connect, and handshake), list and call. */
  startTimeoutMs: 15_000,
  probeTimeoutMs: 4_000,
  /** Programs that are being started at once, over all sources; one that hangs counts for no longer than `probeTimeoutMs`. */
  maxConcurrentStarts: 8,
  /** Children or sessions of one source that `perSession` has opened; each is closed after `sessionIdleMs` without a use. */
  maxSessionsPerSource: 64,
  /** Calls of one source that run at once (`maxConcurrentCalls` of its entry overrides it), and that wait for that. */
  maxConcurrentCalls: 128,
  maxQueuedCalls: 1_000,
  /** Failures in a row after which a source is not called for a while: none of them an answer. How long that is. */
  breakerFailures: 5,
  breakerPauseMs: 15_000,
  listTimeoutMs: 15_000,
  callTimeoutMs: 60_000,
  /** Progress extends a call's time, but never past this. */
  callHardTimeoutMs: 600_000,
  /** What an upstream asks a client while a call runs: how long one answer may take, how many questions, and how many rounds. */
  askTimeoutMs: 300_000,
  /** How long a question that does not say whose it is waits until a single call is left that can have asked it. */
  askWaitMs: 10_000,
  /** How long after the call of another client has ended such a question may still be of that one; it is then refused. */
  lateAskMs: 0,
  maxAsksPerCall: 32,
  maxInputRounds: 8,
  /** How long calls of an upstream may all go unanswered before it is asked for a sign of life, and without one connected to
   * anew; how long the stream of its own messages may be silent before it is opened anew. */
  maxSilenceMs: 300_000,
  /** Between attempts to reach an upstream: doubled from the first to the last, with jitter. */
  retryMinMs: 500,
  retryMaxMs: 30_000,
  /** A call to an API that was answered "not now" is sent again so often, after pauses of no more than this. */
  maxCallRetries: 2,
  maxRetryPauseMs: 5_000,
  /** Tools and pages of one source. */
  maxToolsPerSource: 20_000,
  maxPages: 64,
  /** One message of an upstream MCP server. */
  maxMessageBytes: 10_485_760,
  /** An OpenAPI document: its bytes, all its files together, and its levels. */
  maxDocumentBytes: 20_971_520,
  maxDocumentDepth: 512,
  /** Reading a document of more than 1 MB, which happens in a thread of its own. */
  maxDocumentMemoryMb: 1_024,
  documentTimeoutMs: 30_000,
  /** What was read of large documents, kept for the next start: all of it together. 0 keeps nothing. */
  maxDocumentCacheBytes: 268_435_456,
  /** Between questions whether a document at a URL has changed, with jitter. */
  documentPollMs: 300_000,
  /** One tool of an OpenAPI document as it is listed; of that, its output schema. */
  maxToolBytes: 32_768,
  maxOutputSchemaBytes: 16_384,
  /** Files that one document is made of, besides its own. */
  maxDocumentFiles: 5_000,
  /** The part of an API's answer that is kept, and an answer that is kept whole: an image or sound, or another file. */
  maxResponseBytes: 65_536,
  maxMediaBytes: 4_194_304,
  /** Images and files of one result that a model is shown; 0 shows none. */
  maxResultMediaBytes: 4_194_304,
  maxFileBytes: 1_048_576,
  /** A body of files that a call sends to an API. */
  maxUploadBytes: 20_971_520,
  maxErrorBytes: 4_096,

  /** A list past either of these suggests search, or, in mode `auto`, turns it on. Tokens are estimated: bytes / 4. */
  suggestSearchTools: 128,
  suggestSearchTokens: 32_000,
  /** One answer of a source's `search` and `describe`. */
  maxSearchResults: 50,
  maxDescribeBytes: 65_536,
  /** The description of a tool that is made of an operation, in characters. */
  maxDescriptionLength: 1_024,

  /** One completion: rounds of model and tools, calls in all, calls at once, time in all. */
  maxRounds: 10,
  maxToolCalls: 50,
  /** Tokens of all rounds of one completion, as its providers count them, after which no more tools are called. */
  maxCompletionTokens: 1_000_000,
  maxParallelCalls: 8,
  completionTimeoutMs: 120_000,
  /** Until the first event of a turn of the model, before another deployment is tried. */
  firstEventTimeoutMs: 60_000,
  /** What a provider answers to one request for embeddings. */
  maxEmbeddingsBytes: 67_108_864,
  /** New tries of one turn that failed before its first event. */
  modelRetries: 2,
  /** Failures in a row after which a deployment is spared, and for how long. */
  modelFailures: 3,
  modelCooldownMs: 30_000,

  /** Entries of type `mcp` in one request for a completion. */
  maxMcpEntries: 64,
  /** Servers that callers name: connections kept at once, half of them for one caller, and for how long without a use. */
  maxCallerServers: 100,
  callerServerIdleMs: 60_000,
  /** Tools of one of them, and the bytes of its list. */
  maxCallerServerTools: 1_000,
  maxCallerListBytes: 1_048_576,
  /** An answer of `/v1/responses` with its conversation, as it is stored (0 stores none); how long; and all of them together. */
  maxStoredResponseBytes: 4_194_304,
  storedResponseMs: 604_800_000,
  maxStoredBytes: 134_217_728,

  /** A preview of a server or document. */
  previewTimeoutMs: 15_000,
  /** One call of the store. */
  storeTimeoutMs: 2_000,
  /** How long a stop waits for calls that are running, and a source that a reload has changed or removed. */
  shutdownMs: 20_000,
}
