import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { writeJson } from '../../core/json-text.ts'
import { metaKey, withoutHopFields } from '../../core/protocol.ts'

/** Writes what every result of the modern era says: of which type it is, and who answers (2026-07-28, basic, "Responses"). */
export type Stamp = Readonly<{
  /** The fields themselves, for results that are made of parts. */
  fields: JsonObject
  /** The JSON of a complete result, whatever type or server it claims to be of. `extra` fields win. */
  complete(result: JsonObject, extra?: JsonObject): string
  /** The JSON of a result of another type: one that asks for more, or a task. */
  typed(resultType: 'input_required' | 'task', result: JsonObject): string
}>

/** Stamps results with who we are: `{ name, version, title }`. */
export function createStamp(serverInfo: JsonObject): Stamp {
  const _meta = { [metaKey.serverInfo]: serverInfo }
  const fields = { resultType: 'complete', _meta }
  const tail = JSON.stringify(fields).slice(1)
  const metaOf = (result: JsonObject): JsonObject => ({ ...withoutHopFields(result._meta), ..._meta })

  return {
    fields,
    complete(result, extra) {
      if (extra !== undefined || isObject(result._meta) || 'resultType' in result)
        return JSON.stringify({ ...result, ...extra, ...fields, _meta: metaOf(result) })
      // What nearly every result is: the stamp, written once, goes behind its last field.
      const text = writeJson(result)
      return text === '{}' ? `{${tail}` : `${text.slice(0, -1)},${tail}`
    },
    typed: (resultType, result) => JSON.stringify({ ...result, resultType, _meta: metaOf(result) }),
  }
}
