import { cleanText } from './clean-text.ts'
import type { ExtensionLevel } from './extensions.ts'

/**
 * One operation of an OpenAPI document in neutral form: 2.0, 3.0, 3.1 and 3.2 all become this, references followed
 * except inside schemas. What the model sees and what the API gets are both made from it.
 */
export type Operation = Readonly<{
  /** Lower case, as the document has it. */
  method: string
  /** The template, as the document has it: `/pets/{petId}`. */
  path: string
  /** Where it stands: `#/paths/~1pets/get`. */
  pointer: string
  operationId?: string
  summary?: string
  description?: string
  deprecated: boolean
  /** Without invisible characters; absent where there are none. */
  tags?: readonly string[]
  /** Where the document, the path or the operation says something for whoever makes tools; absent where none does. */
  extensions?: readonly ExtensionLevel[]
  parameters: readonly Parameter[]
  body?: Body
  /** Finds the JSON schema of a good answer, not yet converted; most tools show none, and answers are long. */
  responseSchema?: () => unknown
  /** The operation's or path's own Server Objects, unread; absent where the document's hold. */
  servers?: readonly unknown[]
  /** The operation's own security requirements, unread; absent where the document's hold. */
  security?: readonly unknown[]
}>

/** The places of a parameter; `querystring` (3.2) is the whole query as one value. */
export type Place = 'path' | 'query' | 'querystring' | 'header' | 'cookie'

/** How arrays and objects become text; `tabDelimited` is 2.0's `tsv`, `cookie` is 3.2's cookie without encoding. */
export type Style =
  | 'simple'
  | 'label'
  | 'matrix'
  | 'form'
  | 'spaceDelimited'
  | 'pipeDelimited'
  | 'tabDelimited'
  | 'deepObject'
  | 'cookie'

/** How one value is written into a request. */
export type Encoding = Readonly<{
  style: Style
  explode: boolean
  /** Leaves reserved characters as they are, where that is safe. */
  allowReserved?: boolean
  /** A path value keeps its slashes: `x-multi-segment`, `{+name}`. */
  multiSegment?: boolean
  /** The value is written as JSON, as text or as a form, whatever the style (`content` of a Parameter Object). */
  content?: 'json' | 'text' | 'form'
  /** How lists inside a list are joined (2.0, Items Object); without it they are JSON. */
  inner?: Encoding
  /** Of a form: how its fields are written, by their names. Others are written the default way. */
  fields?: ReadonlyMap<string, FieldEncoding>
}>

/** How one field of a form is written (3.x Encoding Object, 2.0 `formData`). What is absent is up to the value. */
export type FieldEncoding = Readonly<{
  /** Present only where the document says something of style, explode or reserved characters. */
  encoding?: Encoding
  /** What the field is sent as: one media type, or several in a list. */
  contentType?: string
  /** The field carries files. */
  file?: FieldFile
  /** For multipart: headers of the part whose values the document fixes. */
  headers?: Readonly<Record<string, string>>
}>

/** Which values of a field are files. */
export type FieldFile = Readonly<{
  /** All of them; else only those that look like one, besides other values. */
  always: boolean
  /** They stand in a list; `also` where one may stand alone, too. */
  many: boolean | 'also'
  /** Of a field that takes other values too: none of these is text, so that text is always a file. */
  text?: true
}>

/** One parameter; `schema` is the document's own, not yet converted. */
export type Parameter = Readonly<{
  name: string
  place: Place
  required: boolean
  description?: string
  schema: unknown
  encoding: Encoding
}>

/** A request body in the one media type that was chosen; `schema` is the document's own, not yet converted. */
export type Body = Readonly<{
  required: boolean
  description?: string
  /** Sent as `Content-Type`, as the document spells it. */
  mediaType: string
  kind: BodyKind
  schema: unknown
  /** For `form` and `multipart`: how each field is written, by its name. Others are written the default way. */
  encodings: ReadonlyMap<string, FieldEncoding>
}>

/** How a body is written; `bytes` come as base64, and so does `base64`, which is sent as it came. */
export type BodyKind = 'json' | 'form' | 'multipart' | 'text' | 'bytes' | 'base64'

/** The longest path of the documents we know has 180 characters. */
const maxShownLength = 200

/** An operation that did not become a tool, and why. `code` is for programs, `reason` for people. */
export type SkippedOperation = Readonly<{
  /** `*` where a whole path was skipped. */
  method: string
  path: string
  operationId?: string
  code: SkipCode
  reason: string
  pointer: string
}>

/** Why an operation was skipped. */
export type SkipCode =
  | 'REF_REMOTE'
  | 'REF_UNREADABLE'
  | 'REF_MISSING'
  | 'REF_CYCLE'
  | 'PATH_INVALID'
  | 'METHOD_UNSUPPORTED'
  | 'OPERATION_INVALID'
  | 'BODY_UNSUPPORTED'
  | 'TOO_MANY'
  | 'TOO_LARGE'
  | 'FILTERED'
  | 'HIDDEN'

/** Thrown inside this room when one operation cannot become a tool; {@link SkippedOperation} is what becomes of it. */
export class UnusableOperation extends Error {
  readonly code: SkipCode

  constructor(code: SkipCode, reason: string) {
    super(reason)
    this.name = 'UnusableOperation'
    this.code = code
  }
}

/**
 * What becomes of an operation that threw {@link UnusableOperation}; anything else is thrown on. Text of the document is
 * cut and made visible: people read it in terminals.
 */
export function skipOperation(
  at: Pick<SkippedOperation, 'method' | 'path' | 'pointer'> & Readonly<{ operationId?: string }>,
  thrown: unknown,
): SkippedOperation {
  if (!(thrown instanceof UnusableOperation)) throw thrown
  const { code, message: reason } = thrown
  const shown = (text: string) => cleanText(text.replace(/[\r\n\t]/g, ' '), maxShownLength)
  return {
    method: shown(at.method),
    path: shown(at.path),
    ...(at.operationId !== undefined && { operationId: shown(at.operationId) }),
    code,
    reason,
    pointer: shown(at.pointer),
  }
}

/** What a tool is known by inside its source: `get /pets/{petId}`. */
export function keyOf(operation: Readonly<{ method: string; path: string }>): string {
  return `${operation.method} ${operation.path}`
}
