import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { enter } from '../../../src/providers/boundary/boundary.ts'
import { geminiCodec } from '../../../src/providers/gemini/gemini.ts'
import { everything } from './requests.ts'

// The types of Google's own client say what a body may hold; a compiler checks each of ours against them.
const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = join(root, 'node_modules', '.cache', `gemini-types-${process.pid}`)

beforeAll(() => mkdir(folder, { recursive: true }))
afterAll(() => rm(folder, { recursive: true, force: true }))

const types = `
import type { Content, GenerationConfig, SafetySetting, Tool, ToolConfig } from '@google/genai'
type Json<T> = unknown extends T ? T : T extends string ? \`\${T}\` : T extends readonly (infer E)[] ? Json<E>[]
  : T extends object ? { [K in keyof T]: Json<T[K]> } : T
export type Body = Json<{
  contents: Content[]; systemInstruction?: Content; tools?: Tool[]; toolConfig?: ToolConfig
  generationConfig?: GenerationConfig; safetySettings?: SafetySetting[]; cachedContent?: string
  labels?: Record<string, string>
}>
`

/** Bodies with one fault each, which prove that the compiler looks. */
const faults = [
  `{ contents: [], tools: [{ functionDeclarations: [{ name: 'f', parameters: { additionalProperties: false } }] }] }`,
  `{ contents: [], tools: [{ functionDeclarations: [{ name: 'f', parameters: { type: 'string' } }] }] }`,
  `{ contents: [{ role: 'model', parts: [{ functionCall: { name: 'f', thoughtSignature: 'x' } }] }] }`,
  `{ contents: [{ role: 'user', parts: [{ functionResponse: { name: 'f', response: 'text' } }] }] }`,
  `{ contents: [], toolConfig: { functionCallingConfig: { mode: 'required' } } }`,
  `{ contents: [], generationConfig: { max_tokens: 1 } }`,
  `{ messages: [] }`,
]

it("every body that is sent is one by the types of Google's client, and a wrong one would be seen", async () => {
  const bodies = Object.entries(everything).map(([name, request]) => {
    const { body } = geminiCodec.write(enter(request, geminiCodec.dialect).request)
    return `export const ${name}: Body = ${JSON.stringify(body)}`
  })
  const wrong = faults.map((fault, at) => `// @ts-expect-error a fault\nexport const fault${at}: Body = ${fault}`)
  await writeFile(join(folder, 'bodies.ts'), `${types}\n${[...bodies, ...wrong].join('\n')}\n`)
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        target: 'es2024',
        module: 'nodenext',
        strict: true,
        skipLibCheck: true,
        noEmit: true,
        types: ['node'],
        typeRoots: [join(root, 'node_modules', '@types')],
      },
      files: ['bodies.ts'],
    }),
  )
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const { stdout } = await promisify(execFile)(tsc, ['-p', folder], { cwd: root }).catch((error: Failed) => error)
  expect(stdout).toBe('')
}, 60_000)

type Failed = { stdout: string }
