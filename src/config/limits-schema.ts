import { z } from 'zod'
import { defaultLimits } from '../core/limits.ts'
import { number } from './schema-parts.ts'

/** The longest a timer of Node can wait, and more than any size or count needs. */
const maxLimit = 2_147_483_647

const mayBeOff: ReadonlySet<string> = new Set([
  'lateAskMs',
  'maxCallRetries',
  'maxDocumentCacheBytes',
  'maxResultMediaBytes',
  'maxStoredResponseBytes',
  'modelRetries',
])

/** The `limits` block: each limit by its name, with its default and its unit in the description. */
export const limitsSchema: z.ZodType<LimitsBlock> = z
  .strictObject(
    Object.fromEntries(
      Object.entries(limitDescriptions()).map(([name, text]) => [
        name,
        number(minLimit(name), maxLimit, `${text} Default: ${defaultLimits[name as LimitName]}.`),
      ]),
    ),
  )
  .describe('Bounds on size, time and count, each by its name. Bytes and milliseconds, as the names say.')

/** The least that a limit may be: what can be turned off takes 0. */
export function minLimit(name: string): number {
  return mayBeOff.has(name) ? 0 : 1
}

/** A number, or text that a variable turns into one. */
export type LimitsBlock = Readonly<Record<string, number | string | undefined>>

/** The name of one limit. */
export type LimitName = keyof typeof defaultLimits

function limitDescriptions(): Record<LimitName, string> {
  return {
    maxBodyBytes: 'Largest request body at any door.',
    maxBatchMessages: 'Messages that a client of revision 2025-03-26 sends in one batch.',
    maxJsonDepth: 'Levels of objects and arrays in a request.',
    maxJsonContainers: 'Objects and arrays in a request, of all levels.',
    headersTimeoutMs: 'Time until the last header of a request has come.',
    requestTimeoutMs: 'Time until the last byte of a request has come.',
    sendTimeoutMs: 'Time in which a client takes no byte of what waits for it, before it is cut off.',
    keepAliveMs: 'Pause between comments on open streams.',
    maxStreamBufferBytes:
      'Bytes waiting on a stream that its client does not read: past it a stream of MCP is closed, and an answer of a model waits.',
    maxSessions: 'Sessions of clients older than revision 2026-07-28.',
    sessionIdleMs: 'Time after which an unused session ends.',
    maxSessionAgeMs: 'How long a sealed session id may be used, by whichever replica (server.stateKeys).',
    maxStreams: 'Open streams that wait for changes.',
    pageSize: 'Tools, prompts or resources on one page of a list.',
    maxSubscriptions: 'Resources that one client follows.',
    inputStateMs: 'How long a client of revision 2026-07-28 may take to answer what a server asks through it.',
    maxParkedCalls: 'Calls that wait for such an answer.',
    maxTasks: 'Tasks of clients of 2025-11-25 that are remembered, so that they can be listed and told of.',
    firstListWaitMs: 'How long the first list waits for sources that are still connecting.',
    maxListAgeMs:
      'How old the list of an upstream that tells of no changes may be before it is read anew, when a client asks for lists.',
    keepListMs: 'How long the last list of a source that is away stays in the lists of clients.',
    startTimeoutMs: "An upstream's start and handshake.",
    probeTimeoutMs: 'The question which era of the protocol an upstream speaks.',
    maxConcurrentStarts: 'Programs that are being started at once, over all sources.',
    maxSessionsPerSource: 'Children or sessions that `perSession` opens for one source.',
    maxConcurrentCalls: 'Calls of one source that run at once; `maxConcurrentCalls` of an entry overrides it.',
    maxQueuedCalls: 'Calls of one source that wait until another has ended.',
    breakerFailures: 'Calls in a row that fail without an answer, after which a source is not called for a while.',
    breakerPauseMs: 'How long a source is not called then; after it one call tries.',
    listTimeoutMs: 'A list of an upstream, all pages of it.',
    callTimeoutMs: 'A call without progress; `timeoutMs` of an entry overrides it.',
    callHardTimeoutMs: 'A call in all, with progress.',
    askTimeoutMs: 'An answer of a client, or of its human, to what an upstream asks.',
    askWaitMs:
      'How long a question that does not say whose it is waits until a single call is left that can have asked it.',
    lateAskMs:
      'How long after the call of another client has ended such a question may still be of that one; it is then refused. 0 for never.',
    maxAsksPerCall: 'Questions of an upstream to the client of one call.',
    maxInputRounds: 'Rounds in which an upstream asks for more input before it answers.',
    maxSilenceMs:
      'How long calls of an upstream may all go unanswered before it is asked for a sign of life, and without one connected to anew.',
    retryMinMs: 'First pause between attempts to reach an upstream.',
    retryMaxMs: 'Longest pause between attempts to reach an upstream.',
    maxCallRetries:
      'How often a call to an API is sent again that was answered "not now", or refused a connection; `maxRetries` of an entry overrides it.',
    maxRetryPauseMs: 'Longest pause before that; an API that asks for more (Retry-After) is not asked again.',
    maxToolsPerSource: 'Tools of one source.',
    maxPages: 'Pages of one list of an upstream.',
    maxMessageBytes: 'One message of an upstream MCP server.',
    maxDocumentBytes: 'Size of an OpenAPI document, all its files together.',
    maxDocumentDepth: 'Levels of objects and arrays in an OpenAPI document.',
    maxDocumentMemoryMb: 'Memory for reading one large OpenAPI document, in megabytes.',
    documentTimeoutMs: 'Reading one large OpenAPI document.',
    maxDocumentCacheBytes: 'What was read of large OpenAPI documents and is kept for the next start; 0 keeps nothing.',
    documentPollMs: 'Pause between questions whether a document at a URL has changed.',
    maxToolBytes: 'One tool of an OpenAPI document, as it is listed.',
    maxOutputSchemaBytes: "The output schema of one tool, where an entry's `outputSchemas` asks for it.",
    maxDocumentFiles: 'Files that an OpenAPI document refers to (`externalRefs`).',
    maxResultMediaBytes: 'Images and files of one result of a tool that a model is shown; 0 shows none.',
    maxResponseBytes: "The part of an API's answer that is kept.",
    maxMediaBytes: 'An image or sound that an API answers with; of a larger one only the size is told.',
    maxFileBytes: 'The same for a binary answer of another kind.',
    maxUploadBytes: 'A body of files that a call sends to an API.',
    maxErrorBytes: "The part of an API's error that is kept.",
    suggestSearchTools: 'Tools of one list above which `mode: "search"` is suggested, and which mode `auto` turns on.',
    suggestSearchTokens: 'The same for the tokens of a list, estimated as bytes / 4.',
    maxSearchResults: "Results of one answer of a source's `search`.",
    maxDescribeBytes: "One answer of a source's `describe`.",
    maxDescriptionLength: 'Characters of the description of a tool that an operation becomes.',
    maxRounds: 'Rounds of model and tools in one completion.',
    maxToolCalls: 'Tool calls in one completion.',
    maxCompletionTokens:
      'Tokens of all rounds of one completion, as its providers count them, after which no more tools are called.',
    maxParallelCalls: 'Tool calls of one completion that run at once.',
    completionTimeoutMs: 'One completion in all.',
    firstEventTimeoutMs: 'Until the first event of a turn of the model, before another deployment is tried.',
    maxEmbeddingsBytes: 'What a provider answers to one request for embeddings.',
    modelRetries: 'New tries of one turn that failed before its first event.',
    modelFailures: 'Failures in a row after which a deployment is spared for a while.',
    modelCooldownMs: 'How long it is spared.',
    maxMcpEntries: 'Entries of type `mcp` in one request for a completion.',
    maxCallerServers:
      'Connections to MCP servers that callers name (egress.callerServers); half of them for one caller.',
    callerServerIdleMs: 'Time after which such a connection ends unused, and its list of tools is asked for anew.',
    maxCallerServerTools: 'Tools of one such server.',
    maxCallerListBytes: 'The list of tools of one such server.',
    maxStoredResponseBytes:
      'One answer of `/v1/responses` with its conversation; a larger one is not stored, and 0 stores none.',
    storedResponseMs: 'How long an answer of `/v1/responses` is stored.',
    maxStoredBytes: 'All answers that are stored; the oldest go first.',
    previewTimeoutMs: 'A preview of a server or document.',
    storeTimeoutMs: 'One call of the store.',
    shutdownMs: 'How long a stop waits for calls that are running.',
  }
}
