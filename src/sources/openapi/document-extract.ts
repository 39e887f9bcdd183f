import type { JsonObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import type { ArrayFormat, OpenApiConfig } from '../../core/source-config.ts'
import type { SourceTool } from '../../core/tool-source.ts'
import type { Body, SkippedOperation } from './document/operation.ts'
import type { DocumentWarning } from './document/warning.ts'
import type { AskedSecurity, DocumentSecurity } from './security/read-security.ts'
import type { LegalArguments } from './tool/make-tool.ts'

/**
 * What of an entry an extract is made with. Nothing in it is a secret, and nothing else of the entry reaches the extract:
 * that is why it may be kept in a file.
 */
export type ExtractConfig = Pick<
  OpenApiConfig,
  'arrayFormat' | 'schemaMode' | 'outputSchemas' | 'include' | 'exclude' | 'readOnly' | 'overrides'
> &
  Readonly<{
    /** Names of headers, in lower case, that are set on every call, so that parameters of these names are not shown. */
    hiddenHeaders: readonly string[]
  }>

/** The limits that decide what an extract holds. */
export type ExtractLimits = Pick<
  Limits,
  'maxToolsPerSource' | 'maxToolBytes' | 'maxOutputSchemaBytes' | 'maxDescriptionLength'
>

/**
 * What a document gives before it is known where its calls go, and with which credentials: `completeDocument` adds that.
 *
 * Plain data without a reference to the document itself, which crosses threads and is kept in files.
 */
export type DocumentExtract = Readonly<{
  title?: string
  tools: readonly SourceTool[]
  skipped: readonly SkippedOperation[]
  /** The first {@link maxWarnings} distinct ones, and how many more there are. */
  warnings: readonly DocumentWarning[]
  moreWarnings: number
  /** The document, cut down to what names its servers. */
  servers: JsonObject
  /** The same of its operations: each list of Server Objects that one has of its own, in the order of the tools. */
  ownServers: readonly (readonly unknown[])[]
  security: DocumentSecurity
  /** By the keys of the tools. */
  calls: ReadonlyMap<string, ExtractedCall>
  /** The URLs of the files that were joined to the document, `file:` or http(s); absent when there are none. */
  files?: readonly string[]
  /** What a check against the schema of its version found; absent where there was none. */
  findings?: readonly string[]
}>

/** A call, as far as the document decides it; its schema is its tool's. */
export type ExtractedCall = Omit<LegalArguments, 'inputSchema'> &
  Readonly<{
    method: string
    path: string
    /** Its own among `ownServers`, by index; absent where the document's hold. */
    ownServers?: number
    /** What its tool's output schema promises, so that a good answer must have a structured form. */
    promises?: 'object' | 'value'
    body?: Pick<Body, 'kind' | 'mediaType' | 'required' | 'encodings'>
    /** How lists below a `deepObject` are written; brackets when absent. */
    arrayFormat?: ArrayFormat
    security: AskedSecurity
  }>

/** How many warnings there are of one document. */
export const maxWarnings = 100
