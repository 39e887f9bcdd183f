import type { IncomingMessage } from 'node:http'
import { createServer, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A running library. `url` has no slash at its end. */
export type LibraryApi = Readonly<{ url: string; close: () => Promise<void> }>

/**
 * Starts the HTTP API that `specs/library.json` describes: a real service with its own state, kept in memory.
 *
 * @param port - 0 takes any free one
 */
export async function startLibraryApi(port = 0, host = '127.0.0.1'): Promise<LibraryApi> {
  const library = openLibrary()
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(library, request)
    const type = status < 400 ? 'application/json' : 'application/problem+json'
    response.writeHead(status, body === undefined ? {} : { 'content-type': type })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  const { port: actual } = server.address() as AddressInfo
  return {
    url: `http://${host}:${actual}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Book = { id: number; title: string; author: string; year: number | null; subjects: string[]; copies: number }
type Loan = { id: number; bookId: number; card: string; due: string; returned: boolean }
type Subject = { name: string; narrower?: Subject[] }
type Library = { books: Map<number, Book>; loans: Map<number, Loan>; subjects: Subject[]; lastId: number }

type Reply = Readonly<{ status: number; body?: unknown }>
type Given = Readonly<{ id: number; query: URLSearchParams; card: string; body: Record<string, unknown> }>
type Route = Readonly<{ method: string; path: RegExp; handle: (library: Library, given: Given) => Reply }>

const routes: readonly Route[] = [
  { method: 'GET', path: /^\/books$/, handle: listBooks },
  { method: 'POST', path: /^\/books$/, handle: createBook },
  { method: 'GET', path: /^\/books\/([^/]+)$/, handle: (library, { id }) => ok(show(library, findBook(library, id))) },
  { method: 'PATCH', path: /^\/books\/([^/]+)$/, handle: updateBook },
  { method: 'DELETE', path: /^\/books\/([^/]+)$/, handle: deleteBook },
  { method: 'GET', path: /^\/subjects$/, handle: ({ subjects }) => ok(subjects) },
  { method: 'POST', path: /^\/subjects$/, handle: addSubject },
  { method: 'GET', path: /^\/loans$/, handle: listLoans },
  { method: 'POST', path: /^\/loans$/, handle: createLoan },
  { method: 'POST', path: /^\/loans\/([^/]+)\/return$/, handle: returnLoan },
]

/** What the API refuses; it becomes a problem document (RFC 9457). */
class Refusal extends Error {
  readonly status: number

  constructor(status: number, detail: string) {
    super(detail)
    this.status = status
  }
}

async function answer(library: Library, request: IncomingMessage): Promise<Reply> {
  try {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://library')
    const here = routes.filter(route => route.path.test(pathname))
    const route = here.find(({ method }) => method === request.method)
    if (route === undefined) throw new Refusal(here.length > 0 ? 405 : 404, `${request.method} ${pathname}`)
    const id = Number(route.path.exec(pathname)?.[1])
    const card = String(request.headers['x-library-card'] ?? '')
    return route.handle(library, { id, query, card, body: await readJson(request) })
  } catch (thrown) {
    const { status, message } = thrown instanceof Refusal ? thrown : new Refusal(500, 'The library broke down.')
    return { status, body: { title: STATUS_CODES[status], status, detail: message } }
  }
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > 100_000) throw new Refusal(413, 'A body has at most 100,000 characters.')
  }
  if (text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Told below, like every other body that is no object.
  }
  throw new Refusal(400, 'The body must be a JSON object.')
}

function ok(body: unknown): Reply {
  return { status: 200, body }
}

function listBooks(library: Library, { query }: Given): Reply {
  const words = (query.get('q') ?? '').toLowerCase()
  const available = readBoolean(query, 'available')
  const subjects = query.getAll('subject')
  const limit = readInteger(query.get('limit') ?? 20, 'limit', 1, 100)
  const offset = readInteger(query.get('offset') ?? 0, 'offset', 0)
  const found = [...library.books.values()]
    .map(book => show(library, book))
    .filter(book => `${book.title} ${book.author}`.toLowerCase().includes(words))
    .filter(book => available === undefined || book.available > 0 === available)
    .filter(book => subjects.length === 0 || subjects.some(subject => book.subjects.includes(subject)))
  return ok({ total: found.length, books: found.slice(offset, offset + limit) })
}

function createBook(library: Library, { body }: Given): Reply {
  for (const name of ['title', 'author']) if (body[name] === undefined) throw new Refusal(400, `"${name}" is required.`)
  const book: Book = { id: 0, title: '', author: '', year: null, subjects: [], copies: 1, ...readBook(body) }
  const same = [...library.books.values()].find(({ title, author }) => title === book.title && author === book.author)
  if (same) throw new Refusal(409, `The library has that book already: ${same.id}.`)
  library.lastId += 1
  book.id = library.lastId
  library.books.set(book.id, book)
  return { status: 201, body: show(library, book) }
}

function updateBook(library: Library, { id, body }: Given): Reply {
  const book = Object.assign(findBook(library, id), readBook(body))
  return ok(show(library, book))
}

function deleteBook(library: Library, { id }: Given): Reply {
  const book = findBook(library, id)
  if (loansOf(library, book).length > 0) throw new Refusal(409, `Book ${id} is on loan.`)
  library.books.delete(id)
  return { status: 204 }
}

function addSubject(library: Library, { body }: Given): Reply {
  const subject = readSubject(body)
  if (library.subjects.some(({ name }) => name === subject.name)) throw new Refusal(409, `"${subject.name}" exists.`)
  library.subjects.push(subject)
  return { status: 201, body: subject }
}

function listLoans(library: Library, { query }: Given): Reply {
  const open = readBoolean(query, 'open')
  const bookId = query.get('bookId')
  const loans = [...library.loans.values()]
    .filter(loan => open === undefined || loan.returned !== open)
    .filter(loan => bookId === null || loan.bookId === readInteger(bookId, 'bookId'))
  return ok(loans)
}

function createLoan(library: Library, { card, body }: Given): Reply {
  if (!/^C-\d{4}$/.test(card)) throw new Refusal(400, 'X-Library-Card must be a card number such as C-1001.')
  const book = findBook(library, readInteger(body.bookId, 'bookId'))
  const days = readInteger(body.days ?? 21, 'days', 1, 60)
  if (show(library, book).available === 0) throw new Refusal(409, `Every copy of book ${book.id} is on loan.`)
  const due = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  library.lastId += 1
  const loan: Loan = { id: library.lastId, bookId: book.id, card, due, returned: false }
  library.loans.set(loan.id, loan)
  return { status: 201, body: loan }
}

function returnLoan(library: Library, { id }: Given): Reply {
  const loan = library.loans.get(id)
  if (loan === undefined) throw new Refusal(404, 'There is no such loan.')
  if (loan.returned) throw new Refusal(409, `Loan ${id} was returned before.`)
  loan.returned = true
  return ok(loan)
}

function findBook(library: Library, id: number): Book {
  const book = library.books.get(id)
  if (book === undefined) throw new Refusal(404, 'There is no such book.')
  return book
}

function loansOf(library: Library, { id }: Book): readonly Loan[] {
  return [...library.loans.values()].filter(({ bookId, returned }) => bookId === id && !returned)
}

function show(library: Library, book: Book): Book & { available: number } {
  return { ...book, available: Math.max(0, book.copies - loansOf(library, book).length) }
}

function readBook({ title, author, year, subjects, copies }: Given['body']): Partial<Book> {
  return {
    ...(title !== undefined && { title: readText(title, 'title') }),
    ...(author !== undefined && { author: readText(author, 'author') }),
    ...(year !== undefined && { year: year === null ? null : readInteger(year, 'year') }),
    ...(subjects !== undefined && { subjects: readList(subjects, 'subjects').map(each => readText(each, 'subjects')) }),
    ...(copies !== undefined && { copies: readInteger(copies, 'copies', 0) }),
  }
}

function readSubject(value: unknown): Subject {
  const { name, narrower } = Object(value) as Record<string, unknown>
  if (narrower === undefined) return { name: readText(name, 'name') }
  return { name: readText(name, 'name'), narrower: readList(narrower, 'narrower').map(readSubject) }
}

function readText(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new Refusal(400, `"${name}" must be a string that is not empty.`)
}

function readList(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new Refusal(400, `"${name}" must be an array.`)
}

function readInteger(value: unknown, name: string, least = -Infinity, most = Infinity): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number
  const range = least === -Infinity ? '' : ` from ${least}${most === Infinity ? '' : ` to ${most}`}`
  throw new Refusal(400, `"${name}" must be an integer${range}.`)
}

function readBoolean(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (text === 'true' || text === 'false') return text === 'true'
  throw new Refusal(400, `"${name}" must be true or false.`)
}

function openLibrary(): Library {
  const seed: readonly [title: string, author: string, year: number | null, copies: number, ...subjects: string[]][] = [
    ['Middlemarch', 'George Eliot', 1871, 2, 'Novels'],
    ['Moby-Dick', 'Herman Melville', 1851, 1, 'Novels', 'Sea'],
    ['Walden', 'Henry David Thoreau', 1854, 1, 'Essays', 'Nature'],
    ['Frankenstein', 'Mary Shelley', 1818, 3, 'Novels', 'Horror'],
    ['On the Origin of Species', 'Charles Darwin', 1859, 1, 'Biology'],
    ['The Time Machine', 'H. G. Wells', 1895, 2, 'Novels'],
    ['Beowulf', 'Unknown', null, 1, 'Poetry'],
    ['The Art of War', 'Sun Tzu', null, 0, 'Essays'],
  ]
  const books = seed.map(([title, author, year, copies, ...subjects], index): [number, Book] => {
    return [index + 1, { id: index + 1, title, author, year, subjects, copies }]
  })
  const subjects: Subject[] = [
    {
      name: 'Fiction',
      narrower: [{ name: 'Novels', narrower: [{ name: 'Horror' }, { name: 'Sea' }] }, { name: 'Poetry' }],
    },
    { name: 'Knowledge', narrower: [{ name: 'Essays' }, { name: 'Biology' }, { name: 'Nature' }] },
  ]
  return { books: new Map(books), loans: new Map(), subjects, lastId: seed.length }
}
