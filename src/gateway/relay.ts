import type { View } from '../core/catalog.ts'
import { GatewayError } from '../core/errors.ts'
import type { ItemTarget } from '../core/item-view.ts'
import type { JsonObject } from '../core/json.ts'
import { isObject } from '../core/json.ts'
import { withPublicLinks } from '../core/result-links.ts'
import type { CallContext, RelayedMethod, ServerFeatures, ToolSource } from '../core/tool-source.ts'

/** What relaying needs of the gateway, for one scope. */
export type RelayParts = Readonly<{
  view: View
  source: (id: string) => ToolSource | undefined
}>

/**
 * Relays one request besides `tools/call` to whoever the view says it belongs to, and gives the result's links the URIs of
 * the view.
 *
 * @throws GatewayError `ITEM_NOT_FOUND`, and what {@link ServerFeatures.request} throws
 */
export async function relayRequest(
  parts: RelayParts,
  method: RelayedMethod,
  params: JsonObject,
  context: CallContext,
): Promise<JsonObject> {
  const { target, own } = readTarget(parts.view, method, params)
  const publicUri = (uri: string): string => parts.view.links.publicUri(target.sourceId, uri)
  const result = await featuresOf(parts, target)
    .request(method, own, context)
    .catch((error: unknown) => {
      throw withPublicUri(error, publicUri)
    })
  return withPublicLinks(result, publicUri)
}

/** A server's own error that names a URI in its `data`, as the one for a resource that is not there does (2025-11-25, server/resources). */
function withPublicUri(error: unknown, publicUri: (uri: string) => string): unknown {
  const said = error instanceof GatewayError && error.code === 'SOURCE_ERROR' && isObject(error.data) ? error.data : {}
  const { data } = said
  if (!isObject(data) || typeof data.uri !== 'string') return error
  const uri = publicUri(data.uri)
  if (uri === data.uri) return error
  return new GatewayError('SOURCE_ERROR', (error as GatewayError).message, {
    data: { ...said, data: { ...data, uri } },
    cause: error,
  })
}

/** Where a request goes, and its params in the words of the source there. */
function readTarget(
  { links }: View,
  method: RelayedMethod,
  params: JsonObject,
): Readonly<{ target: ItemTarget; own: JsonObject }> {
  if (method === 'prompts/get') {
    const name = String(params.name)
    const target = links.prompt(name)
    if (target === undefined) throw noPrompt(name)
    return { target, own: { ...params, name: target.key } }
  }
  if (method === 'resources/read') {
    const uri = String(params.uri)
    const target = links.resource(uri)
    if (target === undefined) throw noResource(uri)
    return { target, own: { ...params, uri: target.key } }
  }
  const ref = isObject(params.ref) ? params.ref : {}
  if (ref.type === 'ref/prompt') {
    const target = links.prompt(String(ref.name))
    if (target === undefined) throw noPrompt(String(ref.name))
    return { target, own: { ...params, ref: { ...ref, name: target.key } } }
  }
  if (ref.type !== 'ref/resource' || typeof ref.uri !== 'string')
    throw new GatewayError(
      'REQUEST_INVALID',
      'completion/complete needs a ref: a prompt by its name, or a resource by its uri.',
    )
  const target = links.template(ref.uri)
  if (target === undefined) throw noResource(ref.uri)
  return { target, own: { ...params, ref: { ...ref, uri: target.key } } }
}

function featuresOf({ source }: RelayParts, { sourceId }: ItemTarget): ServerFeatures {
  const features = source(sourceId)?.features
  if (features !== undefined) return features
  throw new GatewayError('ITEM_NOT_FOUND', `The source "${sourceId}" has nothing but tools, or was removed.`)
}

function noPrompt(name: string): GatewayError {
  const remedy = 'Call prompts/list for the current names.'
  return new GatewayError('ITEM_NOT_FOUND', `No prompt is named "${name.slice(0, 128)}" here. ${remedy}`, {
    data: { name },
  })
}

/** That nobody has a resource of that URI. */
export function noResource(uri: string): GatewayError {
  const remedy = 'Call resources/list and resources/templates/list for what there is.'
  return new GatewayError('ITEM_NOT_FOUND', `No resource has the URI "${uri.slice(0, 200)}" here. ${remedy}`, {
    data: { uri },
  })
}
