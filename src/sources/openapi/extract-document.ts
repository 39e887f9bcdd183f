import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { OpenApiConfig } from '../../core/source-config.ts'
import type { SourceTool } from '../../core/tool-source.ts'
import { cleanText } from './document/clean-text.ts'
import type { Body, Operation } from './document/operation.ts'
import { keyOf, skipOperation, UnusableOperation } from './document/operation.ts'
import { readOperations } from './document/operations.ts'
import { cutServers, cutToServers } from './document/server-texts.ts'
import { isSwagger2 } from './document/swagger2.ts'
import type { Warn } from './document/warning.ts'
import { gatherWarnings } from './document/warning.ts'
import type { DocumentExtract, ExtractConfig, ExtractedCall, ExtractLimits } from './document-extract.ts'
import { maxWarnings } from './document-extract.ts'
import type { LoadedDocument } from './load/load-document.ts'
import type { ReadSecurity } from './security/read-security.ts'
import { readSecurity } from './security/read-security.ts'
import type { LegalArguments } from './tool/make-tool.ts'
import { createToolMaker } from './tool/make-tool.ts'
import { selectOperations } from './tool/select-operations.ts'

/**
 * Turns a loaded document into tools and what their calls need. Pure; nothing of one bad operation reaches the others.
 *
 * Parameters that carry a credential are not shown.
 */
export function extractDocument(loaded: LoadedDocument, config: ExtractConfig, limits: ExtractLimits): DocumentExtract {
  const { document } = loaded
  const { warn, all: allWarnings } = gatherWarnings()
  checkVersion(document, warn)
  const read = readOperations(document)
  for (const { reason, code, pointer } of read.warnings) warn(reason, code, pointer)
  if (read.operations.length === 0) {
    warn('The document has no operation that can be called.', 'NO_OPERATIONS', '#/paths')
  }

  const makeTool = createToolMaker(document, config, limits, warn)
  const security = readSecurity(document, warn)
  const hidden = new Set(config.hiddenHeaders)
  const tools: SourceTool[] = []
  const calls = new Map<string, ExtractedCall>()
  const places = new Map<readonly unknown[], number>()
  const selection = selectOperations(read.operations, config, warn)
  const skipped = [...read.skipped, ...selection.skipped]
  for (const each of selection.selected) {
    const operation = hideParameters(each.operation, hidden, security)
    try {
      if (tools.length >= limits.maxToolsPerSource) {
        throw new UnusableOperation('TOO_MANY', `A source has at most ${limits.maxToolsPerSource} tools.`)
      }
      const { tool, plan } = makeTool({ ...each, operation })
      const { servers } = operation
      if (servers !== undefined && !places.has(servers)) places.set(servers, places.size)
      const ownServers = servers && places.get(servers)
      calls.set(keyOf(operation), {
        ...toCall(operation, plan, tool, config),
        ...(ownServers !== undefined && { ownServers }),
        security: security.of(each.operation),
      })
      tools.push(tool)
    } catch (thrown) {
      skipped.push(skipOperation(operation, thrown))
    }
  }
  const title = isObject(document.info) && typeof document.info.title === 'string' ? document.info.title : undefined
  const warnings = allWarnings()
  return {
    ...(title !== undefined && { title: cleanText(title, 200) }),
    tools,
    skipped,
    warnings: warnings.slice(0, maxWarnings),
    moreWarnings: Math.max(0, warnings.length - maxWarnings),
    servers: cutToServers(document),
    ownServers: [...places.keys()].map(cutServers),
    security: security.said,
    calls,
    ...(loaded.files && { files: loaded.files }),
  }
}

function checkVersion(document: JsonObject, warn: Warn): void {
  const field = isSwagger2(document) ? 'swagger' : 'openapi'
  const version = String(document[field] ?? '')
  if (/^(2\.0|2|3|3\.[0-2](\.\d+)?)$/.test(version)) return
  warn(
    version === ''
      ? 'The document names no version in "openapi" or "swagger"; it is read as 3.1.'
      : `The document's version is ${JSON.stringify(version.slice(0, 20))}; it is read as 3.1.`,
    'VERSION_UNKNOWN',
    version === '' ? '#' : `#/${field}`,
  )
}

/** What the configuration or the caller's request sets on every call is not for the model to give, nor is a credential. */
function hideParameters(operation: Operation, headers: ReadonlySet<string>, { hides }: ReadSecurity): Operation {
  const isHidden = (parameter: Operation['parameters'][number]) =>
    hides(parameter) || (parameter.place === 'header' && headers.has(parameter.name.toLowerCase()))
  if (!operation.parameters.some(isHidden)) return operation
  return { ...operation, parameters: operation.parameters.filter(parameter => !isHidden(parameter)) }
}

function toCall(
  { method, path, body }: Operation,
  { inputSchema: _, ...plan }: LegalArguments,
  { tool }: SourceTool,
  { arrayFormat }: Pick<OpenApiConfig, 'arrayFormat'>,
): Omit<ExtractedCall, 'security'> {
  return {
    method,
    path,
    ...plan,
    ...(tool.outputSchema !== undefined && { promises: tool.outputSchema.type === 'object' ? 'object' : 'value' }),
    ...(body && { body: toSentBody(body) }),
    ...(arrayFormat !== undefined && { arrayFormat }),
  }
}

function toSentBody({ kind, mediaType, required, encodings }: Body): NonNullable<ExtractedCall['body']> {
  return { kind, mediaType, required, encodings }
}
