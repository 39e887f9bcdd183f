import type { Embeddings, EmbedRequest } from '../core/embeddings.ts'
import type { JsonObject } from '../core/json.ts'
import type { TurnEvent, TurnRequest, WireName } from '../core/model.ts'
import type { NameRule } from './boundary/tool-names.ts'
import type { Redact } from './wire/provider-error.ts'

/**
 * One wire format: how a turn is written, and how an answer is read. Pure; connections and credentials are the
 * transport's.
 *
 * A codec sees what the tool boundary lets through: names, property keys, schemas and ids are legal by its
 * {@link Dialect}, and the boundary gives answers their names and keys back.
 */
export interface Codec {
  readonly dialect: Dialect
  /**
   * Where the turn goes, relative to the configured base URL, and what is sent. `toX` of the wire.
   *
   * @throws GatewayError `REQUEST_INVALID` for what the wire cannot carry
   */
  write(request: TurnRequest): WireRequest
  /** Reads a whole answer as the events of a turn; none for what is no answer. `fromX` of the wire. */
  readWhole(answer: JsonObject, context: ReadContext): readonly TurnEvent[]
  /** Begins to read a streamed answer. `fromXStream` of the wire. */
  readStream(context: ReadContext): StreamReader
}

/**
 * Reads a streamed answer, frame by frame, as the events of a turn.
 *
 * Whoever has the frames gives them to `read` as they come, until `isOver` or there are no more, and then asks for the
 * events of the end. Both throw a GatewayError `PROVIDER_ERROR` for an error inside the stream and a stream that breaks off;
 * the events from before it count.
 */
export interface StreamReader {
  read(frame: Frame): Iterable<TurnEvent>
  /** True once the answer has said that it is complete; what may follow is not for us. */
  isOver(): boolean
  end(): Iterable<TurnEvent>
}

/** How a wire embeds texts. Pure, as its {@link Codec}. */
export interface EmbedCodec {
  /**
   * One request for each batch that the wire takes.
   *
   * @throws GatewayError `REQUEST_INVALID` for what the wire cannot embed
   */
  write(request: EmbedRequest): readonly WireRequest[]
  /** Makes one answer of those to the requests, which come in their order; undefined for what is no answer. */
  read(answers: readonly WireAnswer[], request: EmbedRequest): Embeddings | undefined
}

/** A whole answer that is a JSON object; `text` is what it came as, header names are in lower case. */
export type WireAnswer = Readonly<{
  text: string
  value: JsonObject
  headers: Readonly<Record<string, string | readonly string[] | undefined>>
}>

/** A turn as it goes out: a path such as `/chat/completions`, and a body that is sent as JSON. */
export type WireRequest = Readonly<{ path: string; body: JsonObject; headers?: Readonly<Record<string, string>> }>

/** One message of a streamed answer: a server-sent event, or an AWS event under its `:event-type`. */
export type Frame = Readonly<{ event?: string | undefined; data: string }>

/** Who is answering, for errors, and how its text is freed from our credentials. */
export type ReadContext = Readonly<{
  model: string
  redact: Redact
  /** The caller speaks this wire: a wire that has `native` events tells them. */
  tellsNative?: boolean
}>

/** What a wire takes of tools, for the tool boundary. */
export type Dialect = Readonly<{
  wire: WireName
  names: NameRule
  /** How many tools one request may carry. */
  maxTools: number
  /** What property keys of a schema may look like; absent where any may. */
  keys?: NameRule
  /** What ids of tool calls may look like; absent where any may. */
  callIds?: NameRule
  /** The schema of a function's parameters as the wire takes it. Never changes what it is given. */
  toSchema(parameters: JsonObject, options: { strict: boolean }): JsonObject
  /** Renames the tools in a message of this wire, as its `finish` had given it. */
  renameNative?(message: JsonObject, rename: (name: string) => string): JsonObject
  /**
   * Makes what gives the `native` events of one turn the caller's names back. An event whose arguments would need other
   * keys, by the name that the provider knows, becomes one that says nothing: the call is told whole, later.
   */
  restoreEvents?(names: {
    toName: (name: string) => string
    hasKeys: (name: string) => boolean
  }): (event: JsonObject) => JsonObject
}>
