import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const require = createRequire(import.meta.url)
const run = promisify(execFile)

/** A body as it goes out, and the name it has in what the compiler says. */
export type NamedBody = readonly [name: string, body: unknown]

/**
 * Compiles bodies as literals of a type of a provider's own SDK: what the compiler refuses, the provider would too. Fresh
 * literals are checked for fields that the type does not have.
 *
 * @param header - TypeScript that brings a type `Body` into scope
 * @returns one line for each fault, naming the body; empty where all of them compile
 */
export async function checkTypes(header: string, bodies: readonly NamedBody[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-types-'))
  try {
    const headerLines = header.split('\n').length
    const lines = bodies.map(([, body], index) => `export const body${index}: Body = ${JSON.stringify(body)}`)
    await writeFile(join(folder, 'bodies.ts'), [header, ...lines].join('\n'))
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['bodies.ts'] }))
    const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
    const output = await run(process.execPath, [tsc, '--project', folder, '--pretty', 'false']).then(
      () => '',
      (failure: { stdout: string }) => failure.stdout,
    )
    return output
      .split('\n')
      .filter(line => line.includes('error TS'))
      .map(line =>
        line.replace(/^.*?\((\d+),\d+\): error /, (_, at: string) => `${bodies[Number(at) - headerLines - 1]?.[0]}: `),
      )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Where a file of an installed package lies, for an `import` in a header. */
export function pathInPackage(name: string, file: string): string {
  return join(import.meta.dirname, '..', '..', 'node_modules', name, file)
}

const compilerOptions = {
  target: 'ES2024',
  lib: ['ES2024', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
}
