import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { ArrayFormat } from '../../../core/source-config.ts'
import type { FieldEncoding } from '../document/operation.ts'
import type { OperationCall } from '../read-document.ts'
import { BadArgument } from './bad-argument.ts'
import { checkSize, readFile } from './file-value.ts'
import { writeMultipart } from './multipart.ts'
import { formEncoding, toJson, toPairs, toText } from './serialise.ts'
import type { Field, WriteOptions } from './write-options.ts'

/** A body, ready. */
export type WrittenBody = Readonly<{ body: string | Buffer; contentType: string; isMultipart?: true }>

type Body = NonNullable<OperationCall['body']>

/**
 * Writes the body of one call from its arguments; undefined when none of them is of the body and it is optional.
 *
 * @throws BadArgument
 */
export function writeBody(
  body: Body,
  slots: OperationCall['slots'],
  args: JsonObject,
  options: WriteOptions,
): WrittenBody | undefined {
  const whole = slots.get('body')?.place === 'body'
  const value = whole ? args.body : undefined
  switch (body.kind) {
    case 'json': {
      const json = whole ? value : jsonFields(slots, args)
      if (json === undefined && !body.required) return undefined
      return { body: json === undefined ? '{}' : toJson(json), contentType: body.mediaType }
    }
    case 'form': {
      const fields = readFields(body, slots, args, value)
      if (fields.length === 0 && value === undefined && !body.required) return undefined
      return { body: writeForm(fields, options.arrayFormat), contentType: body.mediaType }
    }
    case 'multipart': {
      const fields = readFields(body, slots, args, value)
      if (fields.length === 0 && value === undefined && !body.required) return undefined
      return { ...writeMultipart(fields, body.mediaType, options), isMultipart: true }
    }
    case 'bytes':
    case 'base64':
      return value === undefined ? emptyIf(body) : writeBytes(body, value, options)
    case 'text':
      return value === undefined ? emptyIf(body) : writeText(body.mediaType, toText(value))
  }
}

/** Some servers read `text/*` without a charset as Latin-1 (RFC 2046, section 4.1.2), so it is told where it matters. */
function writeText(mediaType: string, text: string): WrittenBody {
  const isTold = /^text\/[^;]*$/i.test(mediaType) && Buffer.byteLength(text) > text.length
  return { body: text, contentType: isTold ? `${mediaType.trim()}; charset=utf-8` : mediaType }
}

function jsonFields(slots: OperationCall['slots'], args: JsonObject): JsonObject | undefined {
  let fields: Record<string, unknown> | undefined
  for (const key of Object.keys(args)) {
    const slot = slots.get(key)
    if (slot !== undefined && slot.place !== 'field') continue
    fields ??= {}
    fields[slot === undefined ? key : slot.name] = args[key]
  }
  return fields
}

/** Of a field that the document does not list, only the value can tell whether it is a file. */
const unlisted: FieldEncoding = { file: { always: false, many: true } }

function readFields(body: Body, slots: OperationCall['slots'], args: JsonObject, whole: unknown): readonly Field[] {
  if (whole !== undefined && whole !== null && !isObject(whole)) {
    throw new BadArgument('"body" must be an object: the fields of a form.')
  }
  const fields = Object.entries(whole ?? {}).map(
    ([name, value]): Field => ({ key: name, name, encoding: body.encodings.get(name) ?? unlisted, value }),
  )
  // In the document's order: there are APIs that want to know of a file before it comes (Box).
  for (const [key, slot] of slots) {
    if (slot.place !== 'field' || !Object.hasOwn(args, key)) continue
    fields.push({ key, name: slot.name, encoding: slot.encoding, value: args[key] })
  }
  for (const key of Object.keys(args)) {
    if (!slots.has(key)) fields.push({ key, name: key, encoding: unlisted, value: args[key] })
  }
  return fields
}

function writeForm(fields: readonly Field[], format: ArrayFormat | undefined): string {
  return fields.flatMap(({ name, encoding, value }) => toPairs(name, value, formEncoding(encoding), format)).join('&')
}

/** For `image/*` the value may say what it is; without that it is bytes of no known type. */
function writeBytes({ kind, mediaType }: Body, value: unknown, options: WriteOptions): WrittenBody {
  const { content, contentType } = readFile('body', value)
  const sentAs = mediaType.includes('*') ? (contentType ?? 'application/octet-stream') : mediaType
  checkSize(content.length, options.maxUploadBytes)
  return { body: kind === 'base64' ? content.toString('base64') : content, contentType: sentAs }
}

function emptyIf({ required, mediaType }: Body): WrittenBody | undefined {
  return required ? { body: '', contentType: mediaType } : undefined
}
