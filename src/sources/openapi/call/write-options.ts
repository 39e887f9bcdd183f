import type { ArrayFormat } from '../../../core/source-config.ts'
import type { FieldEncoding } from '../document/operation.ts'

/** How a body is written, besides what the document says. */
export type WriteOptions = Readonly<{
  arrayFormat?: ArrayFormat | undefined
  /** Of a body made of files. */
  maxUploadBytes?: number
  /** Between the parts of a multipart body; tests fix it. */
  boundary?: string
}>

/** One field of a form, by the document's name. */
export type Field = Readonly<{ key: string; name: string; encoding: FieldEncoding | undefined; value: unknown }>
