import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import type { ArrayFormat, OpenApiConfig } from '../../core/source-config.ts'
import type { SourceTool } from '../../core/tool-source.ts'
import type { BaseUrls } from './document/base-url.ts'
import { readBaseUrls } from './document/base-url.ts'
import { cleanText } from './document/clean-text.ts'
import type { Body, Operation, SkippedOperation } from './document/operation.ts'
import { keyOf, skipOperation, UnusableOperation } from './document/operation.ts'
import { readOperations } from './document/operations.ts'
import { isSwagger2 } from './document/swagger2.ts'
import { createTrust, holdHome } from './egress/trust.ts'
import type { LoadedDocument } from './load/load-document.ts'
import type { SecurityConfig } from './security/grants.ts'
import type { OperationSecurity, SchemePreview, Security, SecurityPlan } from './security/security-plan.ts'
import { planSecurity } from './security/security-plan.ts'
import type { LegalArguments } from './tool/make-tool.ts'
import { createToolMaker } from './tool/make-tool.ts'
import { selectOperations } from './tool/select-operations.ts'

/** What a document offers, for people: before a source is saved, and in its details afterwards. */
export type DocumentPreview = Readonly<{
  /** `info.title`, without invisible characters. */
  title?: string
  tools: readonly SourceTool[]
  skipped: readonly SkippedOperation[]
  /** Sentences; what was left out or looks wrong, at most 100 of them. */
  warnings: readonly string[]
  /** Base URLs that can be used, the one in use first. */
  servers: readonly string[]
  /** The ways in which the document lets callers say who they are, and which of them the configuration has. */
  securitySchemes: readonly SchemePreview[]
}>

/** A document read whole: the preview, and what each call needs. It holds no reference to the document itself. */
export type ReadDocument = DocumentPreview &
  Readonly<{
    calls: ReadonlyMap<string, OperationCall>
    security: SecurityPlan
    /** The URLs of the files that were joined to the document, `file:` or http(s); absent when there are none. */
    files?: readonly string[]
  }>

/** What a call needs of its operation. */
export type OperationCall = LegalArguments &
  Readonly<{
    method: string
    path: string
    baseUrls: BaseUrls
    /** Its tool has an output schema, so a good answer must have a structured form. */
    hasOutputSchema?: true
    /** It goes where the configured headers, and any credential, may go with it. */
    isTrusted: boolean
    body?: Pick<Body, 'kind' | 'mediaType' | 'required' | 'encodings'>
    /** How lists below a `deepObject` are written; brackets when absent. */
    arrayFormat?: ArrayFormat
    security: OperationSecurity
  }>

/** What of an entry decides what its document gives. */
export type DocumentConfig = Pick<
  OpenApiConfig,
  | 'document'
  | 'baseUrl'
  | 'server'
  | 'serverVariables'
  | 'arrayFormat'
  | 'schemaMode'
  | 'outputSchemas'
  | 'allowHosts'
  | 'tls'
  | 'externalRefs'
  | 'include'
  | 'exclude'
  | 'readOnly'
  | 'overrides'
> &
  SecurityConfig

const maxWarnings = 100

/**
 * Turns a loaded document into tools and what their calls need. Pure; nothing of one bad operation reaches the others.
 *
 * @param config - `headers` and `forwardHeaders` are set on every call, so parameters of their names are not shown; nor
 *   are those that carry a credential
 * @param before - the base URL that the document named first, which its trust is held to; see {@link holdHome}
 */
export function readDocument(
  loaded: LoadedDocument,
  config: Omit<DocumentConfig, 'document'>,
  limits: Pick<Limits, 'maxToolsPerSource' | 'maxToolBytes' | 'maxOutputSchemaBytes' | 'maxDescriptionLength'>,
  before?: string,
): ReadDocument {
  const { document } = loaded
  const warnings: string[] = []
  const warn = (warning: string) => warnings.push(warning)
  checkVersion(document, warn)
  const read = readOperations(document)
  for (const warning of read.warnings) warn(warning)
  if (read.operations.length === 0) warn('The document has no operation that can be called.')

  const rootUrls = readBaseUrls(loaded, config)
  for (const problem of rootUrls.problems) warn(problem)
  const home = holdHome(rootUrls.usable[0], before)
  const isTrusted = createTrust(config, { home, documentUrl: loaded.url, warn })
  const makeTool = createToolMaker(document, config, limits, warn)
  const security = planSecurity(loaded, config, home, warn)
  const forwarded = config.forwardHeaders === true ? [] : (config.forwardHeaders ?? [])
  const hidden = new Set([...Object.keys(config.headers), ...forwarded].map(name => name.toLowerCase()))
  const tools: SourceTool[] = []
  const calls = new Map<string, OperationCall>()
  const selection = selectOperations(read.operations, config, warn)
  const skipped = [...read.skipped, ...selection.skipped]
  for (const each of selection.selected) {
    const operation = hideParameters(each.operation, hidden, security)
    try {
      if (tools.length >= limits.maxToolsPerSource) {
        throw new UnusableOperation('TOO_MANY', `A source has at most ${limits.maxToolsPerSource} tools.`)
      }
      const { tool, plan } = makeTool({ ...each, operation })
      const own = operation.servers && readBaseUrls(loaded, config, operation.servers)
      const baseUrls = own ?? rootUrls
      const target: Target = { baseUrls, isTrusted: isTrusted(baseUrls.usable[0]) }
      calls.set(keyOf(operation), {
        ...toCall(operation, plan, tool, config),
        ...target,
        security: security.of(each.operation),
      })
      tools.push(tool)
    } catch (thrown) {
      skipped.push(skipOperation(operation, thrown))
    }
  }
  const title = isObject(document.info) && typeof document.info.title === 'string' ? document.info.title : undefined
  return {
    ...(title !== undefined && { title: cleanText(title, 200) }),
    tools,
    skipped,
    warnings: shortenList(warnings),
    servers: rootUrls.usable.map(url => url.href),
    securitySchemes: security.preview,
    calls,
    security: security.plan,
    ...(loaded.files && { files: loaded.files }),
  }
}

function checkVersion(document: JsonObject, warn: (warning: string) => void): void {
  const version = String((isSwagger2(document) ? document.swagger : document.openapi) ?? '')
  if (/^(2\.0|2|3|3\.[0-2](\.\d+)?)$/.test(version)) return
  warn(
    version === ''
      ? 'The document names no version in "openapi" or "swagger"; it is read as 3.1.'
      : `The document's version is ${JSON.stringify(version.slice(0, 20))}; it is read as 3.1.`,
  )
}

/** What the configuration or the caller's request sets on every call is not for the model to give, nor is a credential. */
function hideParameters(operation: Operation, headers: ReadonlySet<string>, { hides }: Security): Operation {
  const isHidden = (parameter: Operation['parameters'][number]) =>
    hides(parameter) || (parameter.place === 'header' && headers.has(parameter.name.toLowerCase()))
  if (!operation.parameters.some(isHidden)) return operation
  return { ...operation, parameters: operation.parameters.filter(parameter => !isHidden(parameter)) }
}

/** Where a call goes, and what may go with it. */
type Target = Pick<OperationCall, 'baseUrls' | 'isTrusted'>

function toCall(
  { method, path, body }: Operation,
  plan: LegalArguments,
  { tool }: SourceTool,
  { arrayFormat }: Pick<OpenApiConfig, 'arrayFormat'>,
): Omit<OperationCall, keyof Target | 'security'> {
  return {
    method,
    path,
    ...plan,
    inputSchema: tool.inputSchema,
    ...(tool.outputSchema !== undefined && { hasOutputSchema: true }),
    ...(body && { body: toSentBody(body) }),
    ...(arrayFormat !== undefined && { arrayFormat }),
  }
}

function toSentBody({ kind, mediaType, required, encodings }: Body): NonNullable<OperationCall['body']> {
  return { kind, mediaType, required, encodings }
}

function shortenList(warnings: readonly string[]): readonly string[] {
  const distinct = [...new Set(warnings)]
  if (distinct.length <= maxWarnings) return distinct
  return [...distinct.slice(0, maxWarnings - 1), `And ${distinct.length - maxWarnings + 1} more warnings.`]
}
