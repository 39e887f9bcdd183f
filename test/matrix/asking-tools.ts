import type { Json } from '../fakes/full/surface.ts'
import type { MatrixTool } from './tools.ts'

const form = {
  mode: 'form',
  message: 'Who are you?',
  requestedSchema: {
    type: 'object',
    properties: {
      name: { type: 'string', title: 'Name', minLength: 1 },
      color: { type: 'string', oneOf: [{ const: 'r', title: 'Red' }], default: 'r' },
      sizes: { type: 'array', items: { type: 'string', enum: ['s', 'm'] } },
    },
    required: ['name'],
  },
}

/** Tools that ask their client. Each gives back what it was answered. */
export const askingTools: readonly MatrixTool[] = [
  asking('ask_form', ask => ask('form', 'elicitation/create', form)),
  asking('ask_url', ask =>
    ask('url', 'elicitation/create', {
      mode: 'url',
      message: 'Sign in there.',
      url: 'https://example.com/sign-in?state=1',
      elicitationId: 'e-1',
    }),
  ),
  asking('ask_model', ask =>
    ask('model', 'sampling/createMessage', {
      messages: [{ role: 'user', content: { type: 'text', text: 'Capital of France?' } }],
      systemPrompt: 'Be brief.',
      maxTokens: 50,
      temperature: 0.5,
      stopSequences: ['.'],
      modelPreferences: { hints: [{ name: 'small' }], costPriority: 0.5 },
      metadata: { 'x-unknown': 1 },
    }),
  ),
  asking('ask_roots', ask => ask('roots', 'roots/list', {})),
  {
    definition: { name: 'ask_thrice', inputSchema: { type: 'object' } },
    async call(_, { require, responses, state }) {
      if (state === undefined) return require({ first: formOf('First?') }, 'one')
      if (state === 'one') return require({ second: formOf('Second?'), third: formOf('Third?') }, 'two')
      return { content: [], structuredContent: { state, responses } }
    },
  },
]

type Ask = (key: string, method: string, params: Json) => Promise<Json>

function asking(name: string, call: (ask: Ask) => Promise<Json>): MatrixTool {
  return {
    definition: { name, inputSchema: { type: 'object' } },
    call: async (_, scope) => ({ content: [], structuredContent: { answer: await call(scope.ask) } }),
  }
}

function formOf(message: string): { method: string; params: Json } {
  const requestedSchema = { type: 'object', properties: { name: { type: 'string' } } }
  return { method: 'elicitation/create', params: { mode: 'form', message, requestedSchema } }
}
